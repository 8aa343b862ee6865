"""Experiments: who sees which variant, what it earned, and when that may be believed."""
