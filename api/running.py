"""The experiments that run: known to every worker, and told whom they showed what, in batches."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol
from uuid import UUID

import msgspec
from msgspec import Struct

from api.beside import beside
from core.experiments.experiment import Experiment
from core.experiments.exposure import Exposure
from core.kernel.errors import Unavailable
from core.kernel.ids import new_id

LOOK_SECONDS: Final = 0.4
"""Between looks: what staff start or stop is promised within a second."""
FIRST_LOOK_SECONDS: Final = 1.0
MOST_WAITING: Final = 2_000
"""Exposures that a worker holds while the database is away; others are lost, and counted."""
AT_ONCE: Final = 100

_LOGGER = logging.getLogger("bookwheel.experiments")


class _Hit(Struct):
    id: UUID


class _Shown(Struct):
    results: tuple[_Hit, ...]


_shown = msgspec.json.Decoder(_Shown)


class Subject(Struct, frozen=True):
    """Somebody to whom an experiment may show a variant. reader_id: None for a visitor."""

    id: UUID
    reader_id: UUID | None


class Seen(Struct, frozen=True):
    """An answer that an experiment had a part in; see `Exposure` for the other fields.

    body: the JSON that was sent, from which the books are read later.
    """

    id: UUID
    experiment: Experiment
    variant: int | None
    subject: Subject
    body: bytes
    teams: bytes
    at: datetime


class Running:
    """One store's experiments as of now: None where none runs, which is all a request looks at.

    lost: exposures that there was no room for and that nobody has counted yet.
    """

    __slots__ = ("_seen", "lost", "recommended", "search")

    def __init__(self, seen: list[Seen]) -> None:
        self.lost = 0
        self.recommended: Experiment | None = None
        self.search: Experiment | None = None
        self._seen = seen

    @property
    def any(self) -> bool:
        return self.recommended is not None or self.search is not None

    def note(
        self,
        experiment: Experiment,
        subject: Subject,
        body: bytes,
        *,
        variant: int | None = None,
        teams: bytes = b"",
    ) -> None:
        """Remember what somebody is shown; costs a request an append."""
        if len(self._seen) >= MOST_WAITING:
            self.lost += 1
            return
        seen = Seen(new_id(), experiment, variant, subject, body, teams, datetime.now(UTC))
        self._seen.append(seen)


class Feed(Protocol):
    """Raises Unavailable."""

    async def running(self) -> dict[UUID, list[Experiment]]: ...
    async def expose(self, exposures: Sequence[Exposure]) -> None: ...


class RunningExperiments:
    """Of every store. While the database is away, what was known last goes on.

    count_lost: is told how many exposures were lost, as they are.
    """

    def __init__(self, feed: Feed, count_lost: Callable[[int], None]) -> None:
        self._feed = feed
        self._count_lost = count_lost
        self._lost = 0
        self._seen: list[Seen] = []
        self._stores: dict[UUID, Running] = {}
        self._found: dict[UUID, list[Experiment]] = {}
        self._looking = asyncio.Lock()

    def of(self, store_id: UUID) -> Running:
        if store_id not in self._stores:
            self._stores[store_id] = Running(self._seen)
            self._take_up(store_id)
        return self._stores[store_id]

    async def look(self) -> None:
        """Take up what runs now. Raises Unavailable."""
        async with self._looking:  # of two answers the older must not come second
            self._found = await self._feed.running()
            for store_id in tuple(self._stores):  # a store may be opened in a thread meanwhile
                self._take_up(store_id)

    def _take_up(self, store_id: UUID) -> None:
        by_surface = {each.surface: each for each in self._found.get(store_id, ())}
        running = self._stores[store_id]
        running.recommended = by_surface.get("recommended")
        running.search = by_surface.get("search")

    async def tell(self) -> None:
        """Write down what was seen. Raises Unavailable, and then it waits."""
        while self._seen:
            batch = self._seen[:AT_ONCE]
            await self._feed.expose([_exposure(seen) for seen in batch])
            del self._seen[: len(batch)]
        self._say_lost()

    async def end(self) -> None:
        """Tell the rest; what cannot be told is lost."""
        try:
            await self.tell()
        except Unavailable:
            self._give_up()
            self._say_lost()

    def _give_up(self) -> None:
        self._lose(len(self._seen))
        self._seen.clear()

    def _lose(self, dropped: int) -> None:
        """Count these, and those that stores had no room for."""
        for running in tuple(self._stores.values()):
            dropped, running.lost = dropped + running.lost, 0
        if dropped:
            self._lost += dropped
            self._count_lost(dropped)

    def _say_lost(self) -> None:
        """Once for all that an outage cost."""
        self._lose(0)
        if self._lost:
            _LOGGER.warning("%d exposures were lost while they could not be written", self._lost)
            self._lost = 0

    async def follow(self) -> None:
        while True:
            self._lose(0)
            try:
                await self.look()
                await self.tell()
            except Unavailable as error:
                _LOGGER.debug("experiments are not followed: %s", error)
            except Exception as error:  # whatever it is, requests go on as before
                _LOGGER.error("experiments are not followed", exc_info=error)
                self._give_up()
            await asyncio.sleep(LOOK_SECONDS)


@contextlib.asynccontextmanager
async def following_experiments(running: RunningExperiments) -> AsyncIterator[None]:
    """Look and tell until the end of the block, then tell the rest.

    The block begins with what runs, or after a second: nobody is to see the shop as it is for a
    moment after a start.
    """
    with contextlib.suppress(Unavailable, TimeoutError):
        async with asyncio.timeout(FIRST_LOOK_SECONDS):
            await running.look()
    try:
        async with beside(running.follow()):
            yield
    finally:
        await running.end()


def _exposure(seen: Seen) -> Exposure:
    return Exposure(
        id=seen.id,
        experiment_id=seen.experiment.id,
        variant=seen.variant,
        subject=seen.subject.id,
        reader_id=seen.subject.reader_id,
        books=tuple(hit.id for hit in _shown.decode(seen.body).results),
        teams=seen.teams,
        shown_at=seen.at,
    )
