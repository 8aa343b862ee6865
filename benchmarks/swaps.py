"""Does any search fail, or mix two generations, while generations are built and swapped?

Two processes, each with a reader as a worker has it, search without pause while a third builds the
next generation, switches to it and begins again. Every title of a generation tells its number, so
an answer whose hits, counts or facets are not of one generation is torn. Left out: HTTP and
PostgreSQL. Disk: how many generations lay there at most, the one being built among them.

    python -m benchmarks.swaps --queries 100000 --books 2000
"""

import json
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import click
import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from benchmarks.corpus import CURRENCY, search_over
from benchmarks.synthetic import books
from core.catalogue.book import Book
from core.kernel.errors import BookwheelError
from core.search.request import SearchRequest, parse
from core.search.snapshot import Horizon
from core.search.view import View
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

READERS = 2
QUESTIONS = (
    {"q": "era", "fuzzy": "off", "facets": "price,availability"},
    {"q": "era", "fuzzy": "off", "in_stock": "true", "facets": "category,availability"},
    {"sort": "price_asc", "facets": "availability"},
)


class Tally(Struct, frozen=True):
    """What one reader met; microseconds: of each search, those of swaps among them."""

    asked: int
    failed: int
    torn: int
    generations: int
    microseconds: list[float]


def read(folder: str, count: int, expected: list[int]) -> Tally:
    """expected: how many books each question finds in every generation."""
    reader = IndexReader(Path(folder))
    snapshot = reader.current()
    search = search_over(View(snapshot, CURRENCY))
    failed = torn = 0
    seen, times = set[str](), []
    for number in range(count):
        place = number % len(QUESTIONS)
        began = time.perf_counter()
        try:
            reader.refresh()
            if reader.current() is not snapshot:
                snapshot = reader.current()
                search = search_over(View(snapshot, CURRENCY))
            request = parse(QUESTIONS[place].items(), SearchRequest)
            answer = json.loads(search.search(request).body)
        except (BookwheelError, RuntimeError, ValueError, LookupError, OSError):
            failed += 1
            continue
        times.append(1e6 * (time.perf_counter() - began))
        generation = answer["index_version"].partition(".")[0]
        seen.add(generation)
        eras = {hit["title"] for hit in answer["results"]}
        stocked = sum(each["count"] for each in answer["facets"]["availability"])
        whole = eras == {f"Era {int(generation[1:])}"} and answer["count"] == expected[place]
        torn += not (whole and stocked == expected[len(QUESTIONS)])
    return Tally(count, failed, torn, len(seen), times)


def era(number: int, catalogue: list[Book]) -> list[Book]:
    return [replace(book, title=f"Era {number}", version=number) for book in catalogue]


@click.command(help=(__doc__ or "").splitlines()[0])
@click.option("--queries", default=100_000, show_default=True)
@click.option("--books", "count", default=2_000, show_default=True)
def main(queries: int, count: int) -> None:
    catalogue = [book for batch in books(count, 31) for book in batch]
    stocked = sum(book.stock > 0 for book in catalogue)
    most, swaps = 0, 1
    with tempfile.TemporaryDirectory(prefix="bookwheel-swaps-") as folder:
        index = Path(folder)
        writer = IndexWriter(index)
        writer.rebuild([era(1, catalogue)], Horizon(1, 1), "")
        with ProcessPoolExecutor(READERS, get_context("spawn")) as processes:
            share, found = queries // READERS + 1, [count, stocked, count, count]
            reading = [processes.submit(read, folder, share, found) for _ in range(READERS)]
            while not all(each.done() for each in reading):
                swaps += 1
                writer.begin()
                writer.add(era(swaps, catalogue))
                most = max(most, len(list(index.glob("*g[0-9]*"))))
                writer.seal(Horizon(swaps, swaps), "")
                writer.switch()
            tallies = [each.result() for each in reading]
        writer.close()
    asked = sum(tally.asked for tally in tallies)
    failed = sum(tally.failed for tally in tallies)
    torn = sum(tally.torn for tally in tallies)
    times = np.concatenate([tally.microseconds for tally in tallies])
    p50, p99 = np.percentile(times, [50, 99])
    click.echo(
        f"{asked:,} searches of {count:,} books over {swaps} swaps, of which a reader saw "
        f"{min(tally.generations for tally in tallies)} or more, load {os.getloadavg()[0]:.1f}: "
        f"{failed} failed, {torn} torn; p50 {p50:.0f} µs, p99 {p99:.0f}, "
        f"longest {times.max() / 1e3:.0f} ms; at most {most} generations on the disk"
    )
    sys.exit(bool(failed or torn))


if __name__ == "__main__":
    main()
