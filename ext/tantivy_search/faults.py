"""The engine's and the file system's errors in our words."""

import contextlib
from collections.abc import Iterator

from core.search.snapshot import IndexUnavailable


@contextlib.contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise IndexUnavailable for what Tantivy refuses or panics over and for a full disk."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise IndexUnavailable(f"{doing}: {error}") from error
    except BaseException as error:
        if not is_panic(error):
            raise
        raise IndexUnavailable(f"{doing}: the engine panicked: {error}") from error


def is_panic(error: BaseException) -> bool:
    """A PanicException derives from BaseException: uncaught, it would end the process."""
    return type(error).__name__ == "PanicException"
