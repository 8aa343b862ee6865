"""The schema's history, oldest first by name; applied by `ext.postgres.migrating`."""

APP_NAME = "bookwheel"
"""Under which Piccolo records what was applied."""
