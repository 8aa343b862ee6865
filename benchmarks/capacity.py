"""What does a request cost, and a book, as the catalogue grows; and what follows for larger ones?

Seeded synthetic catalogues of 10,000, 100,000 and 1,000,000 books (indexes are kept between runs).
For each a fresh process opens the index as a worker does and answers what a storefront's visitors
send (`core/load/traffic.py`), but for HTTP: processor time a request, memory of its own, bytes on
the disk, all after as many other requests. Then real workers answer the same over HTTP, one alone
and two at once, with a model of ten drawn neighbours a book: what a request takes more than in the
process is HTTP's part. Cost is fitted as a · books^b, memory as a + b · books, HTTP's part as one
number, by least squares over the sizes; the error told is the largest difference between a measured
size and what the fit says of it. From there it goes on paper: ten million books, requests a second
of a core, and of nodes of eight cores with a worker on each. Left out: answers that are kept (they
cost far less), limits, TLS.

    python -m benchmarks.capacity --picture docs/capacity.svg
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import click
import msgspec
import numpy as np
from msgspec import Struct

from benchmarks.builds import memory_mb
from benchmarks.corpus import BOOKS, open_index, search_over, synthetic_index, view_of
from benchmarks.growth_chart import growth_chart
from benchmarks.load import Job, Load
from benchmarks.questions import drawn_rows, shown
from benchmarks.servers import Server
from benchmarks.shop import open_shop
from benchmarks.table import aligned
from core.load.traffic import Known, drawn
from core.search.request import SearchRequest, parse
from core.search.service import Search
from ext.tantivy_search.published import PublishedSnapshot

SIZES = (10_000, 100_000, 1_000_000)
ON_PAPER = 10_000_000
KNOWN, REQUESTS, SEED = 1_000, 3_000, 4
WARMING = 40
"""Seed of what is asked before anything is measured: other requests for the same books."""
CONNECTIONS, CORES = 8, 8


class Measured(Struct, frozen=True):
    """microseconds: of processor a request, by kind and "all"; http_us: over HTTP, of one worker
    and of each of two at once. own_mb: anonymous memory of the process after all requests;
    disk_mb: of the generation, mapped and shared by workers."""

    books: int
    microseconds: dict[str, float]
    own_mb: float
    disk_mb: float
    open_seconds: float
    http_us: tuple[float, float]


class Fit(Struct, frozen=True):
    """error: the largest share by which the fit misses a measured size."""

    at: dict[int, float]
    error: float


def measured() -> Measured:
    folder = synthetic_index()
    began = time.perf_counter()
    snapshot = open_index(folder)
    view = view_of(snapshot)
    search = search_over(view)
    seconds = time.perf_counter() - began
    rows = list(dict.fromkeys(drawn_rows(snapshot, 20 * KNOWN, seed=SEED).tolist()))[:KNOWN]
    books = []
    for row in rows:
        book = shown(snapshot, row)
        author = book.authors[0].name if book.authors else ""
        category = book.categories[0].name if book.categories else ""
        books.append(Known(book.id, book.title, author, category))
    for each in drawn(books, REQUESTS, WARMING):
        answer(search, each.path)
    spent: dict[str, list[int]] = {}
    for each in drawn(books, REQUESTS, SEED):
        before = time.process_time_ns()
        answer(search, each.path)
        spent.setdefault(each.kind, []).append(time.process_time_ns() - before)
    every = [one for kind in spent.values() for one in kind]
    costs = {kind: sum(each) / len(each) / 1e3 for kind, each in {**spent, "all": every}.items()}
    disk = sum(512 * file.stat().st_blocks for file in folder.rglob("*"))
    own_mb = memory_mb("Anonymous")
    return Measured(BOOKS, costs, own_mb, disk / 1e6, seconds, over_http(snapshot, folder, books))


def over_http(
    snapshot: PublishedSnapshot, index: Path, books: Sequence[Known]
) -> tuple[float, float]:
    """Microseconds of processor a request: of one worker, and of each of two at once."""

    def heads(seed: int) -> list[str]:
        sent = drawn(books, REQUESTS, seed)
        return [f"GET {each.path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n" for each in sent]

    with ExitStack() as stack:
        shop = stack.enter_context(open_shop(snapshot, index, neighbours=0.1))
        pairs = [(stack.enter_context(shop.worker()), Load()) for _ in range(2)]
        for _, load in pairs:
            stack.callback(load.close)
        for worker, load in pairs:
            asked(worker, load, heads(WARMING))
        alone = asked(*pairs[0], heads(SEED))
        with ThreadPoolExecutor() as threads:
            both = list(threads.map(lambda pair: asked(pair[0], pair[1], heads(SEED + 1)), pairs))
    return alone, sum(both) / len(both)


def asked(worker: Server, load: Load, heads: list[str]) -> float:
    before = worker.cpu_us()
    result = load.send(Job(worker.port, heads, len(heads), connections=CONNECTIONS))
    assert result.statuses == {200: len(heads)}
    return (worker.cpu_us() - before) / len(heads)


def answer(search: Search, path: str) -> object:
    """What a route does with a request of the traffic, but for HTTP."""
    parts = urlsplit(path)
    pairs = parse_qsl(parts.query)
    match parts.path.split("/")[3:]:
        case ["search"]:
            return search.search(parse(pairs, SearchRequest)).body
        case ["search", "autocomplete"]:
            return search.autocomplete(dict(pairs)["q"])
        case ["books", "trending"]:
            return search.search(parse([("sort", "popular"), ("facets", "")], SearchRequest)).body
        case ["books", book]:
            return search.book(UUID(book))
        case ["books", book, "similar"]:
            return search.similar(UUID(book))
    raise ValueError(path)


def power(sizes: Sequence[int], values: Sequence[float]) -> Fit:
    """a · books^b, fitted to logarithms."""
    slope, level = np.polyfit(np.log(sizes), np.log(values), 1)
    return _fit(sizes, values, lambda books: float(np.exp(level) * books**slope))


def line(sizes: Sequence[int], values: Sequence[float]) -> Fit:
    """a + b · books, weighted so that every size counts by its share."""
    slope, level = np.polyfit(sizes, values, 1, w=1 / np.array(values))
    return _fit(sizes, values, lambda books: float(level + slope * books))


def _fit(sizes: Sequence[int], values: Sequence[float], says: Callable[[int], float]) -> Fit:
    return Fit({size: says(size) for size in (*sizes, ON_PAPER)}, error_of(sizes, values, says))


def error_of(sizes: Sequence[int], values: Sequence[float], says: Callable[[int], float]) -> float:
    """The largest share by which a measured size is missed."""
    return max(abs(says(size) / value - 1) for size, value in zip(sizes, values, strict=True))


def of_size(books: int) -> Measured:
    environment = {**os.environ, "BOOKWHEEL_BENCH_BOOKS": str(books)}
    build = "from benchmarks.corpus import synthetic_index; synthetic_index()"
    # In a process of its own: what building leaves behind is not a worker's memory.
    subprocess.run((sys.executable, "-c", build), env=environment, check=True)
    command = (sys.executable, "-m", "benchmarks.capacity", "--one")
    told = subprocess.run(command, env=environment, capture_output=True, check=True).stdout
    return msgspec.json.decode(told, type=Measured)


def table(found: Sequence[Measured], costs: Mapping[str, Fit]) -> Iterator[str]:
    """Markdown."""
    whole, part = [each.http_us[0] for each in found], http_part(found)
    on_paper = {size: cost + part for size, cost in costs["all"].at.items()}
    over = Fit(on_paper, error_of(SIZES, whole, on_paper.__getitem__))
    both = [f"{each.http_us[1]:,.0f}" for each in found]
    slowed = max(1.0, *(each.http_us[1] / each.http_us[0] for each in found))
    rates = [1e6 / over.at[size] for size in (*SIZES, ON_PAPER)]
    own, disk = [each.own_mb for each in found], [each.disk_mb for each in found]
    rows = [
        *(
            fitted(
                "**a visitor's mix**" if kind == "all" else kind,
                [each.microseconds[kind] for each in found],
                fit,
            )
            for kind, fit in costs.items()
        ),
        fitted(f"**the mix over HTTP** ({part:.0f} more)", whole, over),
        ("the same, two workers at once", *both, "", ""),
        ("requests a second of a core", *(f"{rate:,.0f}" for rate in rates), ""),
        (
            f"of a node of {CORES} cores, on paper",
            *(f"{CORES * rate / slowed:,.0f}" for rate in rates),
            "",
        ),
        fitted("MB of a worker's own, beyond mapped files", own, line(SIZES, own)),
        fitted("MB on the disk, mapped and shared", disk, line(SIZES, disk)),
    ]
    sizes = [f"{size:,}" for size in SIZES]
    headings = ("µs of processor a request", *sizes, f"{ON_PAPER:,}, on paper", "error")
    yield from aligned(headings, rows)
    yield ""
    yield (
        f"Load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores. Two workers at once take up to "
        f"{slowed:.2f} times as much a request, which the nodes' row reckons with."
    )


def http_part(found: Sequence[Measured]) -> float:
    """Microseconds that a request takes more over HTTP, whatever the number of books."""
    return float(np.mean([each.http_us[0] - each.microseconds["all"] for each in found]))


def fitted(name: str, values: Sequence[float], fit: Fit) -> tuple[str, ...]:
    cells = [f"{value:,.0f}" for value in (*values, fit.at[ON_PAPER])]
    return (name, *cells, f"{fit.error:.0%}")


@click.command(help=(__doc__ or "").splitlines()[0])
@click.option("--one", is_flag=True, hidden=True, help="Measure this process's size and tell it.")
@click.option("--picture", type=click.Path(path_type=Path), help="Write the costs as SVG.")
def main(*, one: bool, picture: Path | None) -> None:
    if one:
        sys.stdout.buffer.write(msgspec.json.encode(measured()))
        return
    found = [of_size(books) for books in SIZES]
    kinds = sorted(found[0].microseconds, key=lambda kind: -found[-1].microseconds[kind])
    costs = {kind: power(SIZES, [each.microseconds[kind] for each in found]) for kind in kinds}
    for told in table(found, costs):
        click.echo(told)
    if picture:
        lines = {kind: [each.microseconds[kind] for each in found] for kind in kinds}
        picture.write_text(growth_chart(SIZES, lines), encoding="utf-8")


if __name__ == "__main__":
    main()
