"""The schema's history, oldest first by name; applied by `ext.postgres.migrating`."""
