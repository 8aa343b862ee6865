"""Stores: the tenants of a deployment."""
