"""How long after its commit is a write searchable in every worker?

A store in a real PostgreSQL, the real follower, two real workers over HTTP. Books are changed at a
steady rate; each change is asked for in both workers at once by its `Index-Version`, which waits
until the index has it, and by a word that only this change gave the title. Timed from the commit's
acknowledgement to the later worker's answer; an answer without the book is stale.

    python -m benchmarks.freshness --books 100000 --writes 1500 --rate 50
"""

import asyncio
import os
import time
from contextlib import AsyncExitStack
from uuid import UUID

import click
import httpx
import numpy as np

from benchmarks.followed import Written, written_store
from core.stores.store import Store
from ext.postgres.books import BookRepository

WORKERS = 2


class Freshness:
    """Times in milliseconds, and how many answers were without the book or none at all."""

    def __init__(
        self, books: BookRepository, store: Store, workers: list[httpx.AsyncClient]
    ) -> None:
        self._books = books
        self._store = store
        self._workers = workers
        self.times: list[float] = []
        self.stale = self.failed = 0

    async def write(self, number: int, book_id: UUID) -> None:
        word = f"zq{number}"
        made = await self._books.patch(
            self._store, book_id, {"title": f"Fresh {word}", "stock": number % 50}, 1
        )
        committed = time.perf_counter()
        asked = {"q": word, "fuzzy": "off", "min_version": made.token}
        answers = await asyncio.gather(
            *(worker.get("/api/v1/search", params=asked) for worker in self._workers)
        )
        self.times.append(1e3 * (time.perf_counter() - committed))
        for answer in answers:
            if answer.status_code != 200:
                self.failed += 1
            elif [hit["id"] for hit in answer.json()["results"]] != [str(book_id)]:
                self.stale += 1


async def measure(written: Written, ports: list[int], writes: int, rate: float) -> Freshness:
    chosen = np.random.default_rng(5).permutation(len(written.ids))[:writes].tolist()
    async with written.connections() as pool, AsyncExitStack() as stack:
        clients = [httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") for port in ports]
        for client in clients:
            await stack.enter_async_context(client)
        freshness = Freshness(BookRepository(pool), written.store, clients)
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number, place in enumerate(chosen):
                await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
                group.create_task(freshness.write(number, written.ids[place]))
    return freshness


@click.command(help=(__doc__ or "").splitlines()[0])
@click.option("--books", default=20_000, show_default=True)
@click.option("--writes", default=1_500, show_default=True)
@click.option("--rate", default=50.0, show_default=True, help="Writes a second.")
def main(books: int, writes: int, rate: float) -> None:
    with written_store(books) as store, store.follower():
        store.wait_for_index()
        with store.workers(WORKERS) as servers:
            ports = [server.port for server in servers]
            found = asyncio.run(measure(store, ports, writes, rate))
    times = np.array(found.times)
    p50, p90, p99 = np.percentile(times, [50, 90, 99])
    click.echo(
        f"{books:,} books, {writes:,} writes at {rate:g} a second, {WORKERS} workers, load "
        f"{os.getloadavg()[0]:.1f}: p50 {p50:.0f} ms, p90 {p90:.0f}, p99 {p99:.0f}, longest "
        f"{times.max():.0f}; {found.stale} stale, {found.failed} failed"
    )


if __name__ == "__main__":
    main()
