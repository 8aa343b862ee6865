"""Catalogue files read with Polars: CSV, JSON Lines and Parquet, as text, line by line."""
