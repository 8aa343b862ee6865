"""One adapter for each outside engine, named by engine and role."""
