"""What does a whole index cost at full size: its build, and a worker that opens it?

A seeded synthetic catalogue, batch by batch, as `bookwheel index rebuild` hands it over: from
`Book` values to a generation that readers may open. The books are made beforehand (some 2 GB a
million), so that nothing goes on beside them while they are made; reading them from a real
PostgreSQL is told by itself, over --read of them. Then a fresh process opens the index as a
worker does and asks every kind of question: memory beyond mapped files is what it has of its own.
Wall times tell little on a busy machine; processor time divided by the cores is what a quiet one
could reach at best.

    python -m benchmarks.builds --books 1000000
"""

import asyncio
import gc
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from benchmarks.corpus import open_index, search_over, view_of
from benchmarks.followed import Written, written_store
from benchmarks.synthetic import books
from core.catalogue.book import Book
from core.search.request import SearchRequest, parse
from core.search.snapshot import Horizon
from ext.postgres.source import CatalogueSource
from ext.tantivy_search.writer import IndexWriter

QUESTIONS = (
    {"q": "the"},
    {"q": "stra bel", "facets": "category,price,rating,author,language,year,series,availability"},
    {"facets": "category,price,rating,author,language,year,series,availability"},
    {"sort": "price_asc"},
    {"category": "Fiction", "sort": "popular", "facets": "author,series"},
)


class Spent(Struct, frozen=True):
    """Seconds by the clock, and of processor over all threads and processes that have ended."""

    wall: float
    processor: float

    def since(self, other: "Spent") -> "Spent":
        return Spent(self.wall - other.wall, self.processor - other.processor)


class Opened(Struct, frozen=True):
    """seconds: until the index answers; megabytes: anonymous memory, before it and after all."""

    seconds: float
    processor_seconds: float
    before_mb: float
    after_mb: float
    resident_mb: float


def spent() -> Spent:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = time.process_time() + children.ru_utime + children.ru_stime
    return Spent(time.perf_counter(), processor)


def most_mb() -> float:
    """The most memory this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def build(folder: Path, catalogue: list[list[Book]]) -> tuple[Spent, Spent]:
    """What adding all books took, and what came after the last."""
    writer = IndexWriter(folder)
    began = spent()
    writer.begin()
    for batch in catalogue:
        writer.add(batch)
    added = spent()
    writer.seal(Horizon(1, 1), "")
    writer.switch()
    finished = spent()
    writer.close()
    return added.since(began), finished.since(added)


def open_as_worker(folder: Path) -> Opened:
    before_mb = memory_mb("Anonymous")
    began = spent()
    snapshot = open_index(folder)
    took = spent().since(began)
    search = search_over(view_of(snapshot))
    for question in QUESTIONS:
        search.search(parse(question.items(), SearchRequest))
    return Opened(took.wall, took.processor, before_mb, memory_mb("Anonymous"), memory_mb("Rss"))


def memory_mb(kind: str) -> float:
    """Megabytes of this process, as /proc/self/smaps_rollup names them."""
    told = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    return int(told.partition(f"\n{kind}:")[2].split()[0]) / 1024


async def read(written: Written) -> Spent:
    """What reading every book as `Book` values takes; PostgreSQL's own time left out."""
    async with written.connections() as pool:
        began = spent()
        async for _ in CatalogueSource(pool).everything(written.store):
            pass
        return spent().since(began)


@click.command(help=(__doc__ or "").splitlines()[0])
@click.option("--books", "count", default=100_000, show_default=True)
@click.option("--read", "sample", default=20_000, show_default=True, help="Books to be read.")
@click.option("--opened", hidden=True, help="Open this index as a worker and tell in JSON.")
def main(count: int, sample: int, opened: str | None) -> None:
    if opened:
        told = open_as_worker(Path(opened))
        sys.stdout.buffer.write(msgspec.json.encode(told))
        return
    folder = Path(tempfile.mkdtemp(prefix="bookwheel-build-"))
    try:
        catalogue = list(books(count))
        gc.freeze()  # nobody else has a whole catalogue in memory
        before_mb = most_mb()
        adding, finishing = build(folder, catalogue)
        wall, processor = (
            adding.wall + finishing.wall,
            adding.processor + finishing.processor,
        )
        click.echo(
            f"{count:,} books, load {os.getloadavg()[0]:.1f}: {wall:.1f} s "
            f"({adding.wall:.1f} adding), {count / wall:,.0f} a second; "
            f"{1e6 * processor / count:.0f} µs of processor a book: at best "
            f"{2 * count / processor:,.0f} a second on two cores; {most_mb() - before_mb:,.0f} MB "
            "beside the books at most, without the text index's process"
        )
        command = (sys.executable, "-m", "benchmarks.builds", "--opened", str(folder))
        answer = subprocess.run(command, capture_output=True, check=True).stdout
        worker = msgspec.json.decode(answer, type=Opened)
        click.echo(
            f"opened in {worker.seconds:.2f} s ({worker.processor_seconds:.2f} of processor); "
            f"{worker.after_mb:.0f} MB beyond mapped files after {len(QUESTIONS)} questions "
            f"({worker.before_mb:.0f} before the index), {worker.resident_mb:.0f} MB resident"
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    with written_store(sample) as store:
        reading = asyncio.run(read(store))
    click.echo(
        f"reading {sample:,} books from PostgreSQL: {1e6 * reading.processor / sample:.0f} µs of "
        f"processor a book, {1e6 * reading.wall / sample:.0f} by the clock"
    )


if __name__ == "__main__":
    main()
