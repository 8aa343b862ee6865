"""Builds services from adapters, a module a purpose: the only place in `api` that knows `ext`."""
