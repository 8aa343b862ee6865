"""asyncpg's errors in our words, translated where they leave this package."""

import asyncio
import contextlib
from collections.abc import Iterator

import asyncpg

from core.kernel.errors import Invalid, Unavailable

# What a dead, starting, full or unreachable server makes asyncpg raise.
AWAY: tuple[type[Exception], ...] = (
    ConnectionError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shutting down, starting, cancelled
    asyncpg.InsufficientResourcesError,  # too many connections, no room on the disk
    asyncpg.ReadOnlySQLTransactionError,  # a replica, after a fail-over
    asyncpg.InterfaceError,  # the pool or the connection is closed
    asyncpg.InternalClientError,  # it is dying: the server's last word came, its end has not
)
# Waiting will not help: the settings are wrong.
REFUSED: tuple[type[Exception], ...] = (
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidAuthorizationSpecificationError,
)
# A connection that was fine when it was last used; the next one may be.
LOST: tuple[type[Exception], ...] = (
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


class DatabaseUnavailable(Unavailable): ...


@contextlib.contextmanager
def connecting() -> Iterator[None]:
    """As `translated`, and any OSError: an unknown host, a socket that is not there."""
    try:
        with translated():
            yield
    except ValueError:
        raise _unreadable_address() from None
    except OSError as error:
        raise DatabaseUnavailable(
            f"the database cannot be reached: {error}",
            remedy="see that it runs; `bookwheel doctor` shows the address in use",
        ) from error


def _unreadable_address() -> DatabaseUnavailable:
    """What asyncpg says of it may hold a part of the password."""
    return DatabaseUnavailable(
        "the database's address cannot be read",
        remedy="see BOOKWHEEL_DATABASE_URL: special characters are percent-encoded",
        retry_after_seconds=30,
    )


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Raise DatabaseUnavailable for a server that is away or not migrated, Invalid for what no
    column can hold."""
    try:
        yield
    except asyncpg.ClientConfigurationError:
        raise _unreadable_address() from None
    except REFUSED as error:
        raise DatabaseUnavailable(
            f"PostgreSQL refused us: {error}",
            remedy="see the user, password and database in BOOKWHEEL_DATABASE_URL",
            retry_after_seconds=30,
        ) from error
    except AWAY as error:
        if isinstance(error.__context__, asyncio.CancelledError):
            # The caller gave up, and the ROLLBACK that followed failed in its turn.
            raise error.__context__ from None
        # asyncpg's own DataError (a number past the column's range, a lone surrogate) is an
        # InterfaceError and a ValueError at once.
        if isinstance(error, ValueError):
            raise Invalid(f"the database cannot hold a value: {error}") from error
        raise DatabaseUnavailable(
            f"the database does not answer: {error or type(error).__name__}",
            remedy="try again; `bookwheel doctor` shows the address in use",
        ) from error
    except (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError) as error:
        raise DatabaseUnavailable(
            f"the database is not of this version: {error}",
            remedy="run `bookwheel migrate`",
        ) from error
    except asyncpg.DataError as error:
        raise Invalid(f"the database cannot hold a value: {error}") from error
