"""Other search engines, started for tests and measured beside ours."""
