"""The process edge: HTTP, pages, the command line, and the wiring of adapters to services."""
