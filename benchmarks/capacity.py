"""What does a request cost, and a book, as the catalogue grows; and what follows for larger ones?

Seeded synthetic catalogues of 10,000, 100,000 and 1,000,000 books (indexes are kept between runs).
For each a fresh process opens the index as a worker does and answers what a storefront's visitors
send (`core/load/traffic.py`), but for HTTP: processor time a request, memory of its own, bytes on
the disk. Cost is fitted as a · books^b, memory as a + b · books, by least squares over the sizes;
the error told is the largest difference between a measured size and what the fit says of it. From
there it goes on paper: ten million books, and how many requests a second a core answers, with a
fixed part for HTTP that is measured elsewhere (--http, microseconds; bench_layers.py).

    python -m benchmarks.capacity --picture docs/capacity.svg
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
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
from benchmarks.questions import drawn_rows, shown
from core.load.traffic import Known, drawn
from core.search.request import SearchRequest, parse
from core.search.service import Search

SIZES = (10_000, 100_000, 1_000_000)
ON_PAPER = 10_000_000
KNOWN, REQUESTS, SEED = 1_000, 3_000, 4


class Measured(Struct, frozen=True):
    """microseconds: of processor a request, by kind and "all". own_mb: anonymous memory of the
    process after all requests; disk_mb: of the generation, mapped and shared by workers."""

    books: int
    microseconds: dict[str, float]
    own_mb: float
    disk_mb: float
    open_seconds: float


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
    spent: dict[str, list[int]] = {}
    for each in drawn(books, REQUESTS, SEED):
        before = time.process_time_ns()
        answer(search, each.path)
        spent.setdefault(each.kind, []).append(time.process_time_ns() - before)
    every = [one for kind in spent.values() for one in kind]
    costs = {kind: sum(each) / len(each) / 1e3 for kind, each in {**spent, "all": every}.items()}
    disk = sum(512 * file.stat().st_blocks for file in folder.rglob("*"))
    return Measured(BOOKS, costs, memory_mb("Anonymous"), disk / 1e6, seconds)


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
    error = max(abs(says(size) / value - 1) for size, value in zip(sizes, values, strict=True))
    return Fit({size: says(size) for size in (*sizes, ON_PAPER)}, error)


def of_size(books: int) -> Measured:
    command = (sys.executable, "-m", "benchmarks.capacity", "--one")
    environment = {**os.environ, "BOOKWHEEL_BENCH_BOOKS": str(books)}
    told = subprocess.run(command, env=environment, capture_output=True, check=True).stdout
    return msgspec.json.decode(told, type=Measured)


@click.command(help=(__doc__ or "").splitlines()[0])
@click.option("--one", is_flag=True, hidden=True, help="Measure this process's size and tell it.")
@click.option("--http", default=110.0, show_default=True, help="Microseconds of HTTP a request.")
@click.option("--picture", type=click.Path(path_type=Path), help="Write the costs as SVG.")
def main(*, one: bool, http: float, picture: Path | None) -> None:
    if one:
        sys.stdout.buffer.write(msgspec.json.encode(measured()))
        return
    found = [of_size(books) for books in SIZES]
    kinds = sorted(found[0].microseconds, key=lambda kind: -found[-1].microseconds[kind])
    costs = {kind: power(SIZES, [each.microseconds[kind] for each in found]) for kind in kinds}
    click.echo(f"load {os.getloadavg()[0]:.1f}; µs of processor a request, without HTTP")
    click.echo(f"{'':<22}" + "".join(f"{size:>12,}" for size in (*SIZES, ON_PAPER)) + "  error")
    for kind in kinds:
        cells = [f"{each.microseconds[kind]:>12,.0f}" for each in found]
        paper = f"{costs[kind].at[ON_PAPER]:>12,.0f}"
        click.echo(f"{kind:<22}{''.join(cells)}{paper}  {costs[kind].error:.0%}")
    for name, values in (
        ("MB of its own", [each.own_mb for each in found]),
        ("MB on the disk", [each.disk_mb for each in found]),
    ):
        fit = line(SIZES, values)
        cells = [f"{value:>12,.0f}" for value in (*values, fit.at[ON_PAPER])]
        click.echo(f"{name:<22}{''.join(cells)}  {fit.error:.0%}")
    rates = [1e6 / (costs["all"].at[size] + http) for size in (*SIZES, ON_PAPER)]
    click.echo(f"{'requests/s a core':<22}" + "".join(f"{rate:>12,.0f}" for rate in rates))
    click.echo("seconds to open: " + ", ".join(f"{each.open_seconds:.2f}" for each in found))
    if picture:
        lines = {kind: [each.microseconds[kind] for each in found] for kind in kinds}
        picture.write_text(growth_chart(SIZES, lines), encoding="utf-8")


if __name__ == "__main__":
    main()
