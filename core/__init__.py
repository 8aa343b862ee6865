"""What a bookstore is, and the mathematics of search and recommendation: no framework, no I/O."""
