"""Every route, a capability a module; the table of them is `EVERY`."""
