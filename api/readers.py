"""What is known of the reader who asks, kept for a moment so that pages do not wait for rows."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from core.kernel.errors import Unavailable
from core.privacy.erasure import digest_of
from core.recommendations.history import NOTHING, History
from core.recommendations.taste import taste_of
from core.search.port import SearchPort
from core.search.ranking import Taste

KEPT_SECONDS = 2.0
MOST_READERS = 10_000


class _Kept(Struct):
    """digest: of the reader's id, as erasures name it."""

    digest: bytes
    history: History
    until: float
    version: int
    told_by: str | None = None
    taste: Taste | None = None


class Versions(Protocol):
    """A number for each reader that changes with their acts, at this node at once."""

    def of(self, reader_id: UUID) -> int: ...
    def changed(self, reader_id: UUID) -> None: ...


class _NoVersions:
    def of(self, reader_id: UUID) -> int:
        return 0

    def changed(self, reader_id: UUID) -> None: ...


class Readers:
    """Histories of one store's readers.

    load: asks the database; raises Unavailable when it is away, and then what was known before
    serves, or nothing. Of several who ask for one reader at once, one asks the database.
    """

    def __init__(
        self,
        load: Callable[[UUID], Awaitable[History]],
        *,
        kept_seconds: float = KEPT_SECONDS,
        versions: Versions | None = None,
    ) -> None:
        self._load = load
        self._kept_seconds = kept_seconds
        self._versions: Versions = versions or _NoVersions()
        self._kept: dict[UUID, _Kept] = {}
        self._loading: dict[tuple[UUID, int], asyncio.Task[_Kept]] = {}

    def changed(self, reader_id: UUID) -> None:
        """Let every worker ask anew; call it when what was done is committed."""
        self._versions.changed(reader_id)

    def forget(self, digests: Collection[bytes]) -> None:
        """Erased readers; others are not touched."""
        for reader_id in [each for each, kept in self._kept.items() if kept.digest in digests]:
            del self._kept[reader_id]

    def knows(self, reader_id: UUID) -> bool:
        """Whether anything of the reader is in memory."""
        return reader_id in self._kept

    async def history(self, reader_id: UUID) -> History:
        """With all that was done on this node; of other nodes' at most two seconds old."""
        return (await self._of(reader_id)).history

    async def taste(self, reader_id: UUID, search: SearchPort) -> Taste | None:
        """None for a reader of whom nothing is known."""
        kept = await self._of(reader_id)
        if kept.told_by != (version := search.version):
            view = await search.view_of(kept.history.books)
            kept.told_by, kept.taste = version, taste_of(view, kept.history)
        return kept.taste

    async def _of(self, reader_id: UUID) -> _Kept:
        kept = self._kept.get(reader_id)
        # Looked at before the rows are: a change while they come makes the next one ask again.
        version = self._versions.of(reader_id)
        if kept is not None and kept.version == version and time.monotonic() < kept.until:
            return kept
        asked = reader_id, version
        loading = self._loading.get(asked)
        if loading is None:
            loading = asyncio.create_task(self._renewed(reader_id, kept, version))
            self._loading[asked] = loading
            loading.add_done_callback(lambda _: self._loading.pop(asked, None))
        return await asyncio.shield(loading)

    async def _renewed(self, reader_id: UUID, before: _Kept | None, version: int) -> _Kept:
        try:
            history = await self._load(reader_id)
        except Unavailable:
            history = before.history if before is not None else NOTHING
        kept = _Kept(digest_of(reader_id), history, time.monotonic() + self._kept_seconds, version)
        if len(self._kept) >= MOST_READERS:
            self._kept.clear()
        self._kept[reader_id] = kept
        return kept
