"""Keeps the indexes of all stores in step with the database, commit by commit."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from msgspec import Struct

from core.catalogue.changes import ChangeFeed, Changes
from core.kernel.errors import Unavailable
from core.search.indexing import AlreadyWritten, Index, RebuildNeeded, Source
from core.search.snapshot import Horizon
from core.stores.store import Store, Stores

AT_ONCE = 1_000
"""Changed books that are read and applied in one commit."""
GATHERED = 500
"""So many changes are not kept waiting for others to share their commit."""
REBUILD_SHARE = 0.2
"""From this share of the books on, building anew is quicker than changing one by one."""

log = logging.getLogger("bookwheel.index")


class Pace(Struct, frozen=True):
    """poll_seconds: how often the feed is asked; commit_seconds: least time between the
    beginnings of two commits of a store that are not full; sync_seconds: how long a change may
    be missing from the disk; stores_seconds: how often new stores are looked for;
    retry_seconds: longest pause while the database is away.
    """

    poll_seconds: float = 0.05
    commit_seconds: float = 0.15
    sync_seconds: float = 30.0
    stores_seconds: float = 5.0
    retry_seconds: float = 5.0


class Followed:
    """A store's index as it is being followed; times are monotonic."""

    def __init__(self, store: Store, index: Index) -> None:
        self.store = store
        self.index = index
        self.cursor = index.cursor
        self.horizon: Horizon | None = None
        self.told_at = 0.0
        self.unsynced_since: float | None = None
        self.failures = 0
        self.retry_at = 0.0
        self.rebuild: asyncio.Task[None] | None = None
        self.changing = asyncio.Lock()

    def failed(self, error: Unavailable, longest_seconds: float) -> None:
        """Leave the store alone for a while; only the first of several failures is told."""
        if not self.failures:
            log.warning("store %s: %s; retrying", self.store.slug, error)
        self.failures += 1
        self.retry_at = time.monotonic() + _pause(self.failures, longest_seconds)

    def well(self) -> None:
        if self.failures:
            log.info("store %s: following again", self.store.slug)
        self.failures = 0


class Follower:
    """Follows the feed until told to stop.

    open_index: gives a store's index, locked for this process; raises AlreadyWritten when it is
    another's. progress: called with a store and the books taken so far while it is rebuilt.
    """

    def __init__(
        self,
        feed: ChangeFeed,
        source: Source,
        open_index: Callable[[Store], Awaitable[Index]],
        *,
        pace: Pace = Pace(),  # noqa: B008 # frozen
        progress: Callable[[Store, int], None] = lambda store, taken: None,
    ) -> None:
        self._feed = feed
        self._source = source
        self._open_index = open_index
        self._pace = pace
        self._progress = progress
        self._followed: dict[UUID, Followed] = {}
        self._stores_at = 0.0
        self._failures = 0
        self._stop = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until `stop` is set, then end between two commits.

        Raises AlreadyWritten.
        """
        self._stop = stop
        try:
            while not stop.is_set():
                await _rest(stop, await self._round())
        finally:
            await self._close()

    async def rebuild(self, slug: str | None = None) -> dict[str, str]:
        """Rebuild one store's index, or all, and end; returns generations by store.

        Raises AlreadyWritten, Unavailable, and StoreNotFound for an unknown slug.
        """
        try:
            await self._look_for_stores(slug)
            return {
                followed.store.slug: await self._rebuild(followed)
                for followed in self._followed.values()
            }
        finally:
            await self._close()

    async def _round(self) -> float:
        """Ask, apply, and return the seconds to rest until the next round."""
        try:
            if time.monotonic() >= self._stores_at:
                await self._look_for_stores()
            for cursor, group in self._groups().items():
                asked_at_ns = time.time_ns()
                changes = await self._feed.changes(cursor)
                for followed in group:
                    # Not rebuilt since the question was put.
                    if followed.cursor == cursor:
                        await self._take(followed, changes, asked_at_ns)
        except AlreadyWritten:
            raise
        except Unavailable as error:
            if not self._failures:
                log.warning("cannot follow: %s; retrying", error)
            self._failures += 1
            return _pause(self._failures, self._pace.retry_seconds)
        if self._failures:
            log.info("following again after %d attempts", self._failures)
        self._failures = 0
        return self._pace.poll_seconds

    async def _look_for_stores(self, slug: str | None = None) -> None:
        stores = Stores(await self._source.stores())
        chosen = stores.all if slug is None else (stores.resolve(slug=slug),)
        for store in chosen:
            if store.id not in self._followed:
                self._followed[store.id] = Followed(store, await self._open_index(store))
            self._followed[store.id].store = store
        for gone in self._followed.keys() - {store.id for store in chosen}:
            await _leave(self._followed.pop(gone))
        self._stores_at = time.monotonic() + self._pace.stores_seconds

    def _groups(self) -> dict[str | None, list[Followed]]:
        """Stores that wait for changes since the same cursor: one question does for all."""
        groups: dict[str | None, list[Followed]] = {}
        for followed in self._followed.values():
            idle = followed.cursor is not None or followed.rebuild is None
            if idle and followed.retry_at <= time.monotonic():
                groups.setdefault(followed.cursor, []).append(followed)
        return groups

    async def _take(self, followed: Followed, changes: Changes, asked_at_ns: int) -> None:
        """Bring one store up to these changes, or start to rebuild it."""
        ids = list(changes.books.get(followed.store.id, ()))
        many = len(ids) > max(AT_ONCE, REBUILD_SHARE * followed.index.living)
        try:
            if followed.store.id in changes.rebuild or many or followed.index.worn:
                self._start_rebuild(followed)
            if followed.cursor is None or followed.store.id in changes.rebuild or many:
                return
            if await self._follow(followed, ids, changes):
                followed.index.complete(asked_at_ns)
            followed.well()
        except RebuildNeeded as error:
            log.info("store %s: %s; rebuilding", followed.store.slug, error)
            self._start_rebuild(followed)
        except AlreadyWritten:
            raise
        except Unavailable as error:
            if not self._stop.is_set():
                followed.failed(error, self._pace.retry_seconds)

    async def _follow(self, followed: Followed, ids: list[UUID], changes: Changes) -> bool:
        """Whether the index holds all that the feed told of."""
        now = time.monotonic()
        news = bool(ids) or changes.horizon != followed.horizon
        if news and len(ids) < GATHERED and now - followed.told_at < self._pace.commit_seconds:
            return False  # asked for again from the same cursor, with what has joined them by then
        asked = followed.cursor
        async with followed.changing:
            if followed.cursor != asked:
                return False  # a rebuild has taken over while we waited
            if news:
                await self._apply(followed, ids, changes)
                followed.told_at, followed.horizon = now, changes.horizon
                followed.unsynced_since = followed.unsynced_since or now
            followed.cursor = changes.cursor
        if followed.unsynced_since and now - followed.unsynced_since > self._pace.sync_seconds:
            await followed.index.sync()
            followed.unsynced_since = None
        return True

    async def _apply(
        self, followed: Followed, ids: list[UUID], changes: Changes, *, sealed: bool = False
    ) -> None:
        """Read the books as they are now and apply them, a commit for each thousand.

        The cursor moves with the last: what a crash cuts short is applied once more.
        """
        for first in range(0, max(1, len(ids)), AT_ONCE):
            if self._stop.is_set():
                raise Unavailable("stopped between two commits")
            part = ids[first : first + AT_ONCE]
            books = await self._source.books(followed.store, part) if part else []
            removed = list(set(part) - {book.id for book in books})
            last = first + AT_ONCE >= len(ids)
            horizon, cursor = (changes.horizon, changes.cursor) if last else (None, None)
            await followed.index.apply(books, removed, horizon, cursor, sealed=sealed)

    def _start_rebuild(self, followed: Followed) -> None:
        if followed.rebuild is None:
            followed.rebuild = asyncio.create_task(self._rebuild_or_retry(followed))

    async def _rebuild_or_retry(self, followed: Followed) -> None:
        try:
            name = await self._rebuild(followed)
            log.info("store %s: rebuilt as %s", followed.store.slug, name)
            followed.well()
        except Unavailable as error:
            followed.failed(error, self._pace.retry_seconds)
        finally:
            followed.rebuild = None

    async def _rebuild(self, followed: Followed) -> str:
        """Build beside, catch up with what happened meanwhile, then let readers move."""
        start = await self._feed.changes(None)
        await followed.index.begin()
        try:
            await self._fill(followed)
            await followed.index.seal(start.horizon, start.cursor)
            cursor = await self._catch_up(followed, start.cursor)
            async with followed.changing:
                asked_at_ns = time.time_ns()
                cursor = await self._catch_up(followed, cursor)
                name = await followed.index.switch()
                followed.index.complete(asked_at_ns)
            followed.cursor, followed.horizon = cursor, None
            return name
        except BaseException:
            await followed.index.abandon()
            raise

    async def _fill(self, followed: Followed) -> None:
        """Add every book; the next batch is read while one is being added."""
        adding: asyncio.Task[int] | None = None
        try:
            async with contextlib.aclosing(self._source.everything(followed.store)) as batches:
                async for batch in batches:
                    if adding is not None:
                        self._progress(followed.store, await adding)
                    adding = asyncio.create_task(followed.index.add(batch))
        finally:
            if adding is not None:
                self._progress(followed.store, await adding)

    async def _catch_up(self, followed: Followed, cursor: str) -> str:
        """Apply to the sealed generation what was committed since; returns where it got to."""
        while True:
            changes = await self._feed.changes(cursor)
            if followed.store.id in changes.rebuild:
                return cursor  # the rounds to come ask again and rebuild again
            ids = list(changes.books.get(followed.store.id, ()))
            await self._apply(followed, ids, changes, sealed=True)
            cursor = changes.cursor
            if len(ids) < GATHERED:
                return cursor

    async def _close(self) -> None:
        for followed in self._followed.values():
            await _leave(followed)
        self._followed.clear()


async def _leave(followed: Followed) -> None:
    if followed.rebuild is not None:
        followed.rebuild.cancel()
        await asyncio.gather(followed.rebuild, return_exceptions=True)
    await followed.index.close()


def _pause(failures: int, longest_seconds: float) -> float:
    return min(longest_seconds, 0.1 * 2.0 ** min(failures, 10))


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
