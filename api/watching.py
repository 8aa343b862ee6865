"""Keeps what requests read up to date, and knows what is missing; never waits for a request."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from api.beside import beside
from api.services import Readiness, StoreServices
from core.kernel.errors import BookwheelError
from core.stores.store import Store, Stores

_LOGGER = logging.getLogger("bookwheel.watching")
_stores = msgspec.json.Decoder(list[Store])

Serve = Callable[[Stores, dict[str, StoreServices]], None]

LOOK_SECONDS = 2.0
EAGER_SECONDS = 0.2
"""Between looks at the database: while it is there, and while it is missing."""
FIRST_LOOK_SECONDS = 2.0
MODEL_SECONDS = 1.0
RULES_SECONDS = 0.4
"""Between looks for changed rules of search: they are promised within a second."""


class Opened(Struct, frozen=True):
    """A store as this process serves it.

    refresh: looks for a newer index; costs microseconds when there is none. refresh_model: looks
    for a newer model, which may take a second to read, so it runs in a thread.
    index_missing and model_missing: why there is none, "" when there is.
    """

    services: StoreServices
    refresh: Callable[[], object]
    refresh_model: Callable[[], object]
    index_missing: Callable[[], str]
    model_missing: Callable[[], str]


async def no_rules() -> None:
    """There are none to look for."""


class Watch:
    """load: every store, asked of the database; raises BookwheelError when it is away.

    open_store: may take seconds, so it runs in a thread. remembered: a file with the stores seen
    last, by which reads are served before the database answers, and while it is away.
    follow_rules: looks for changed rules of search; raises BookwheelError while it cannot.
    """

    def __init__(
        self,
        *,
        load: Callable[[], Awaitable[Stores]],
        open_store: Callable[[Store], Opened],
        remembered: Path,
        poll_seconds: float,
        follow_rules: Callable[[], Awaitable[object]] = no_rules,
    ) -> None:
        self._load = load
        self._follow_rules = follow_rules
        self._open_store = open_store
        self._serve: Serve = lambda stores, services: None
        self._remembered = remembered
        self._poll_seconds = poll_seconds
        self._opened: dict[Store, Opened] = {}
        self._away = "not asked yet"
        self._complained = False
        self._started = False

    @contextlib.asynccontextmanager
    async def running(self, serve: Serve) -> AsyncIterator[None]:
        """Keep looking until the end of the block, and give `serve` the stores there are.

        The block begins when stores are served, or after two seconds: a worker should not take
        requests that others could answer meanwhile.
        """
        self._serve = serve
        looked = asyncio.Event()
        works = self._keep_looking(looked), self._poll(), self._poll_models(), self._poll_rules()
        async with beside(*works):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(looked.wait(), FIRST_LOOK_SECONDS)
            yield

    def readiness(self) -> Readiness:
        missing = {"database": self._away} if self._away else {}
        alone = len(self._opened) == 1
        indexed = bool(self._opened)
        for store, opened in self._opened.items():
            for part, why in (("index", opened.index_missing()), ("model", opened.model_missing())):
                if why:
                    missing[part if alone else f"{part} of {store.slug}"] = why
                    indexed = indexed and part != "index"
        if not indexed:
            return Readiness("not ready", missing, self._started)
        self._started = True
        return Readiness("degraded" if missing else "ready", missing, started=True)

    async def _keep_looking(self, looked: asyncio.Event) -> None:
        if last := self._last_seen():
            # Reads need no database: they do not wait for it to answer, or to be away.
            try:
                await self._take(Stores(last))
                looked.set()
            except Exception as error:  # whatever it is, the stores of the database are tried
                _LOGGER.error("cannot open the stores seen last", exc_info=error)
        while True:
            try:
                await self._look()
            except Exception as error:  # whatever it is, the reads must go on
                _LOGGER.error("cannot look for stores", exc_info=error)
                self._told_away(f"{type(error).__name__}: {error}")
            looked.set()
            await asyncio.sleep(EAGER_SECONDS if self._away else LOOK_SECONDS)

    async def _look(self) -> None:
        try:
            stores = await self._load()
            await self._follow_rules()
        except BookwheelError as error:
            self._told_away(error.detail)
            return
        self._told_away("")
        if set(stores.all) != set(self._opened):
            await self._take(stores)
            await asyncio.to_thread(self._remember, stores)

    async def _take(self, stores: Stores) -> None:
        opened = dict(self._opened)
        for store in stores.all:
            if store not in opened:
                opened[store] = await asyncio.to_thread(self._open_store, store)
        self._opened = {store: opened[store] for store in stores.all}
        self._serve(stores, {store.slug: opened.services for store, opened in self._opened.items()})

    async def _poll(self) -> None:
        while True:
            try:
                for opened in self._opened.values():
                    opened.refresh()
                pause = self._poll_seconds
            except Exception as error:  # whatever it is, what is open goes on being served
                _LOGGER.error("cannot look for a newer index or model", exc_info=error)
                pause = LOOK_SECONDS
            await asyncio.sleep(pause)

    async def _poll_models(self) -> None:
        while True:
            await asyncio.sleep(MODEL_SECONDS)
            for opened in self._opened.values():
                try:
                    await asyncio.to_thread(opened.refresh_model)
                except Exception as error:  # the same
                    _LOGGER.error("cannot look for a newer model", exc_info=error)

    async def _poll_rules(self) -> None:
        while True:
            await asyncio.sleep(RULES_SECONDS)
            try:
                await self._follow_rules()
            except BookwheelError:
                pass  # the look for stores tells that the database is away
            except Exception as error:  # whatever it is, the rules known last go on
                _LOGGER.error("cannot look for rules of search", exc_info=error)
                await asyncio.sleep(LOOK_SECONDS)

    def _told_away(self, why: str) -> None:
        if why and not self._complained:
            _LOGGER.error("the database is away: %s", why)
        elif self._complained and not why:
            _LOGGER.warning("the database is back")
        self._away, self._complained = why, bool(why)

    def _last_seen(self) -> list[Store]:
        with contextlib.suppress(OSError, msgspec.DecodeError):
            return _stores.decode(self._remembered.read_bytes())
        return []

    def _remember(self, stores: Stores) -> None:
        draft = self._remembered.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):  # a full disk must not stop the reads
            self._remembered.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(msgspec.json.encode(stores.all))
            draft.replace(self._remembered)
