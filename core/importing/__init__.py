"""What another system's row means here: columns, names, dates, tags, and why a row is refused."""
