"""Reviews: what readers think of books."""
