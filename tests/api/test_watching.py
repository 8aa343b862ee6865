"""A worker's parts come, go and come back without a request noticing."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from api.services import StoreServices
from api.watching import Opened, Watch
from core.kernel.errors import Unavailable
from core.kernel.ids import new_id
from core.stores.store import Store, Stores

MAIN = Store(new_id(), "main", "Main", "EUR")
SECOND = Store(new_id(), "second", "Second", "JPY")


class Deployment:
    """A database that answers with these stores, or is away when there are none."""

    def __init__(self, stores: Iterable[Store], folder: Path) -> None:
        self.stores: tuple[Store, ...] = tuple(stores)
        self.opened: list[str] = []
        self.faults: list[Exception] = []
        self.served: dict[str, StoreServices] = {}
        self.index_missing = ""
        self.refreshed = 0
        self.watch = Watch(
            load=self._load,
            open_store=self._open,
            remembered=folder / "stores.json",
            poll_seconds=0.001,
        )

    async def _load(self) -> Stores:
        if not self.stores:
            raise Unavailable("connection refused")
        return Stores(self.stores)

    def _open(self, store: Store) -> Opened:
        if self.faults:
            raise self.faults.pop()
        self.opened.append(store.slug)
        services: Any = store.slug
        return Opened(
            services, self._refresh, lambda: None, lambda: self.index_missing, lambda: "none yet"
        )

    def _refresh(self) -> None:
        self.refreshed += 1

    def serve(self, stores: Stores, services: dict[str, StoreServices]) -> None:
        self.served = services


@pytest.fixture
def wait() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    async def until(condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(300):
            while True:
                if condition():
                    return
                await asyncio.sleep(0.001)

    return until


async def test_store_of_the_database_is_served_at_once(tmp_path: Path) -> None:
    deployment = Deployment([MAIN], tmp_path)

    async with deployment.watch.running(deployment.serve):
        readiness = deployment.watch.readiness()

    assert list(deployment.served) == ["main"]
    assert (readiness.status, readiness.missing) == ("degraded", {"model": "none yet"})
    assert readiness.started


async def test_new_store_is_served_and_known_ones_stay_open(
    tmp_path: Path, wait: Callable[[Callable[[], bool]], Awaitable[None]]
) -> None:
    deployment = Deployment([MAIN], tmp_path)

    async with deployment.watch.running(deployment.serve):
        deployment.stores = (MAIN, SECOND)
        await wait(lambda: "second" in deployment.served)
        readiness = deployment.watch.readiness()

    assert deployment.opened == ["main", "second"]
    assert "model of second" in readiness.missing


async def test_stores_seen_last_serve_while_the_database_is_away(
    tmp_path: Path, wait: Callable[[Callable[[], bool]], Awaitable[None]]
) -> None:
    before = Deployment([MAIN], tmp_path)
    async with before.watch.running(before.serve):
        pass
    deployment = Deployment([], tmp_path)

    async with deployment.watch.running(deployment.serve):
        served = list(deployment.served)
        await wait(lambda: "connection refused" in deployment.watch.readiness().missing.values())

    assert served == ["main"]
    assert deployment.watch.readiness().status == "degraded"


async def test_store_that_is_gone_from_the_database_is_served_no_more(
    tmp_path: Path, wait: Callable[[Callable[[], bool]], Awaitable[None]]
) -> None:
    before = Deployment([MAIN, SECOND], tmp_path)
    async with before.watch.running(before.serve):
        pass
    deployment = Deployment([SECOND], tmp_path)

    async with deployment.watch.running(deployment.serve):
        await wait(lambda: list(deployment.served) == ["second"])

    assert list(deployment.served) == ["second"]


async def test_nothing_is_ready_without_stores(tmp_path: Path) -> None:
    deployment = Deployment([], tmp_path)

    async with deployment.watch.running(deployment.serve):
        readiness = deployment.watch.readiness()

    assert readiness.status == "not ready"
    assert not readiness.started


async def test_database_that_comes_back_is_noticed(
    tmp_path: Path, wait: Callable[[Callable[[], bool]], Awaitable[None]]
) -> None:
    deployment = Deployment([], tmp_path)

    async with deployment.watch.running(deployment.serve):
        deployment.stores = (MAIN,)
        await wait(lambda: "main" in deployment.served)
        readiness = deployment.watch.readiness()

    assert "database" not in readiness.missing


async def test_missing_index_is_not_ready_though_it_had_started(tmp_path: Path) -> None:
    deployment = Deployment([MAIN], tmp_path)

    async with deployment.watch.running(deployment.serve):
        deployment.watch.readiness()
        deployment.index_missing = "deleted"
        readiness = deployment.watch.readiness()

    assert readiness.status == "not ready"
    assert readiness.missing["index"] == "deleted"
    assert readiness.started


async def test_store_that_cannot_be_opened_is_tried_again(
    tmp_path: Path, wait: Callable[[Callable[[], bool]], Awaitable[None]]
) -> None:
    before = Deployment([MAIN], tmp_path)
    async with before.watch.running(before.serve):
        pass
    deployment = Deployment([MAIN], tmp_path)
    deployment.faults = [OSError("too many open files"), OSError("too many open files")]

    async with deployment.watch.running(deployment.serve):
        await wait(lambda: "main" in deployment.served)

    assert deployment.faults == []


async def test_indexes_are_polled(
    tmp_path: Path, wait: Callable[[Callable[[], bool]], Awaitable[None]]
) -> None:
    deployment = Deployment([MAIN], tmp_path)

    async with deployment.watch.running(deployment.serve):
        await wait(lambda: deployment.refreshed > 3)

    assert deployment.refreshed > 3
