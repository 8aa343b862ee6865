"""Polars between the truth and training: cleaning events, one row a reader and book."""
