"""Is anything lost or torn when the follower is killed, over and over, while books are written?

A store in a real PostgreSQL that is written without pause, and `bookwheel index follow`, killed by
SIGKILL at a random moment and started again at once; in every fourth round the index is deleted
besides, so that the next kill falls into a build. After each start the index must reach the last
write acknowledged before the kill: a book is lost if the index has an older version than was
acknowledged, torn if a row's columns, document and terms are not of one version. Timed: from the
start to that moment.

    python -m benchmarks.kills --rounds 40
"""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from uuid import UUID

import click
import msgspec
import numpy as np

from benchmarks.followed import Written, written_store
from core.catalogue.book import Book
from core.kernel.errors import Unavailable
from ext.postgres.books import BookRepository
from ext.tantivy_search.published import PublishedSnapshot
from ext.tantivy_search.reader import IndexReader

WRITES_A_SECOND = 40.0
LONGEST_SECONDS = 1.5
"""A follower lives so long at most."""
REACH_SECONDS = 300.0


class Writing:
    """Changes books without pause; versions: of each book, as acknowledged."""

    def __init__(self, books: BookRepository, written: Written, chance: random.Random) -> None:
        self._books = books
        self._written = written
        self._chance = chance
        self.versions = dict.fromkeys(written.ids, 1)
        self.token = "0"  # of the last write
        self.writes = 0

    async def run(self) -> None:
        while True:
            book_id = self._chance.choice(self._written.ids)
            version = self.versions[book_id]
            patch = {"title": f"Killed zv{version + 1}", "stock": version}
            made = await self._books.patch(self._written.store, book_id, patch, version)
            self.versions[book_id] = version + 1
            self.token = made.token
            self.writes += 1
            await asyncio.sleep(1 / WRITES_A_SECOND)


class Rounds:
    """seconds: until the index had reached what was acknowledged before a kill."""

    def __init__(self) -> None:
        self.kills = self.builds = self.lost = self.torn = 0
        self.seconds: list[float] = []

    async def run(self, written: Written, count: int) -> Writing:
        chance = random.Random(40)
        async with written.connections() as pool:
            writing = Writing(BookRepository(pool), written, chance)
            task = asyncio.create_task(writing.run())
            process = written.start_follower()
            try:
                await _reached(written, 0)
                for number in range(count):
                    await asyncio.sleep(chance.random() * LONGEST_SECONDS)
                    process = await self._kill(written, process, writing, anew=number % 4 == 3)
            finally:
                task.cancel()
                await asyncio.wait([task])
                process.send_signal(signal.SIGTERM)
                process.wait(60)
        return writing

    async def _kill(
        self,
        written: Written,
        process: "subprocess.Popen[bytes]",
        writing: Writing,
        *,
        anew: bool,
    ) -> "subprocess.Popen[bytes]":
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.kills += 1
        if anew:
            shutil.rmtree(written.index)
            # Into the build that follows, and start once more.
            building = written.start_follower()
            await asyncio.sleep(random.Random(self.kills).uniform(0.5, 2.0))
            building.send_signal(signal.SIGKILL)
            building.wait()
            self.kills, self.builds = self.kills + 1, self.builds + 1
        acknowledged, token = dict(writing.versions), int(writing.token)
        started, process = time.perf_counter(), written.start_follower()
        snapshot = await _reached(written, token)
        self.seconds.append(time.perf_counter() - started)
        self._compare(snapshot, acknowledged)
        return process

    def _compare(self, snapshot: PublishedSnapshot, acknowledged: dict[UUID, int]) -> None:
        for book_id, version in acknowledged.items():
            row = snapshot.ordinal_of(book_id)
            if row < 0 or snapshot.columns.version[row] < version:
                self.lost += 1
        if snapshot.living != len(acknowledged):
            self.lost += 1
        for row in np.flatnonzero(snapshot.alive).tolist():
            book = msgspec.json.decode(snapshot.detail_json(row), type=Book)
            code = snapshot.terms.code(f"zv{book.version}")
            told = book.version == 1 or row in snapshot.terms.postings(code)
            if book.version != snapshot.columns.version[row] or not told:
                self.torn += 1


async def _reached(written: Written, token: int) -> PublishedSnapshot:
    async with asyncio.timeout(REACH_SECONDS):
        while True:
            reader = IndexReader(written.index)
            try:
                if reader.current().horizon.contains(token):
                    return reader.current()
            except Unavailable:
                pass
            await asyncio.sleep(0.05)


@click.command(help=(__doc__ or "").splitlines()[0])
@click.option("--rounds", default=40, show_default=True)
@click.option("--books", default=2_000, show_default=True)
def main(rounds: int, books: int) -> None:
    drill = Rounds()
    with written_store(books) as store:
        writing = asyncio.run(drill.run(store, rounds))
    p50, longest = np.median(drill.seconds), max(drill.seconds)
    click.echo(
        f"{rounds} rounds, {drill.kills} kills ({drill.builds} of them during a build), "
        f"{writing.writes:,} writes, load {os.getloadavg()[0]:.1f}: {drill.lost} lost, "
        f"{drill.torn} torn; caught up in {p50:.1f} s, {longest:.1f} at most"
    )
    sys.exit(bool(drill.lost or drill.torn))


if __name__ == "__main__":
    main()
