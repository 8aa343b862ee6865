"""One piece of work, kept in the database until it is done: exports, nightly rounds."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from msgspec import Struct

MOST_ATTEMPTS: Final = 5
FIRST_PAUSE_SECONDS: Final = 10
LONGEST_PAUSE_SECONDS: Final = 3600
"""After each failure four times as long, up to this."""


class Job(Struct, frozen=True):
    """subject: what it is about, in the words of its kind. attempt: 1 for the first."""

    id: UUID
    kind: str
    subject: UUID | None
    attempt: int


Handler = Callable[[Job], Awaitable[datetime | None]]
"""Does the work; when to do it again, None for never. It may run twice: make that harmless."""


class Queue(Protocol):
    """Every method raises Unavailable when the database is away."""

    async def take(self) -> Job | None:
        """The job that is due for the longest, ours for a while; None where nothing is due."""
        ...

    async def extend(self, job: Job) -> None:
        """It stays ours for another while."""
        ...

    async def done(self, job: Job, again: datetime | None) -> None:
        """Forget it, or have it come again."""
        ...

    async def failed(self, job: Job, fault: str, pause_seconds: float) -> None:
        """Try again after a pause; after the last attempt it stays, for somebody to look at."""
        ...


def pause_after(attempt: int) -> float:
    """Seconds until the next attempt."""
    return float(min(FIRST_PAUSE_SECONDS * 4 ** (attempt - 1), LONGEST_PAUSE_SECONDS))
