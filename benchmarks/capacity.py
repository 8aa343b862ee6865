"""What does a request cost, and a book, as the catalogue grows; and what follows for larger ones?

Seeded synthetic catalogues of 10,000 to 1,000,000 books (indexes are kept between runs). For each a
process opens the index as a worker does and answers what a storefront's visitors send
(`core/load/traffic.py`), but for HTTP: processor time a request, memory of its own, bytes on the
disk, all after as many other requests. Real workers answer the same over HTTP, one alone and two at
once, with a model of ten drawn neighbours a book. The sizes take turns, and the times of each turn
are divided by what a loop that never changes took in it (`yardstick.py`), so that a machine that
changes its speed meanwhile does not bend the curve: all are told as of its fastest turn. Cost is
fitted as a + b · books^c, memory as a + b · books (`growth.py`); the error is the largest share by
which the fit misses a measured size, and "foretold" how far the same fit to all smaller sizes is
off the largest. From there it goes on paper: ten million books, requests a second of a core, and
of nodes of eight cores with a worker on each. Left out: answers that are kept (they cost far less),
limits, TLS.

    python -m benchmarks.capacity --picture docs/capacity.svg
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import click
import numpy as np
from msgspec import Struct

from benchmarks.growth import Fit, fit
from benchmarks.growth_chart import growth_chart
from benchmarks.site import Left, Site
from benchmarks.table import aligned

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
ON_PAPER = 10_000_000
TURNS, CORES = 6, 8


class Measured(Struct, frozen=True):
    """microseconds: by kind and "all", as of the machine's fastest turn."""

    books: int
    microseconds: dict[str, float]
    http_us: tuple[float, float]
    left: Left


def measured(sizes: Sequence[int]) -> list[Measured]:
    with ExitStack() as stack:
        sites = []
        for size in sizes:
            click.echo(f"opening a shop of {size:,} books", err=True)
            sites.append(Site(size))
            stack.callback(sites[-1].close)
        for number in range(TURNS):
            click.echo(f"turn {number + 1} of {TURNS}", err=True)
            for place in range(len(sites)):
                sites[(number + place) % len(sites)].turn(number)
        turns = [turn for site in sites for turn in site.turns]
        # The loop amid searches finds its data less often in the caches than by itself.
        fastest = min(turn.yardstick for turn in turns), min(turn.yardstick_http for turn in turns)
        return [summed(site, fastest) for site in sites]


def summed(site: Site, fastest: tuple[float, float]) -> Measured:
    """fastest: the loop's best turn, amid searches and around those over HTTP."""
    spent: dict[str, list[float]] = {}
    for each in site.turns:
        for kind, taken in each.own.items():
            as_of = [one * fastest[0] / each.yardstick for one in taken]
            spent.setdefault(kind, []).extend(as_of)
            spent.setdefault("all", []).extend(as_of)
    costs = {kind: sum(found) / len(found) for kind, found in spent.items()}
    alone, both = (
        float(
            np.median([each.http[place] * fastest[1] / each.yardstick_http for each in site.turns])
        )
        for place in range(2)
    )
    return Measured(site.books, costs, (alone, both), site.left())


def table(found: Sequence[Measured], costs: Mapping[str, Fit]) -> Iterator[str]:
    """Markdown."""
    sizes = [each.books for each in found]
    alone = [each.http_us[0] for each in found]
    over = fit(sizes, alone)
    both = [f"{each.http_us[1]:,.0f}" for each in found]
    slowed = max(1.0, *(each.http_us[1] / each.http_us[0] for each in found))
    rates = [1e6 / over.says(size) for size in (*sizes, ON_PAPER)]
    own, disk = [each.left.own_mb for each in found], [each.left.disk_mb for each in found]
    rows = [
        *(
            fitted(
                "**a visitor's mix**" if kind == "all" else kind,
                [each.microseconds[kind] for each in found],
                curve,
            )
            for kind, curve in costs.items()
        ),
        fitted("**the mix over HTTP**", alone, over),
        ("the same, two workers at once", *both, "", "", ""),
        ("requests a second of a core", *(f"{rate:,.0f}" for rate in rates), "", ""),
        (
            f"of a node of {CORES} cores, on paper",
            *(f"{CORES * rate / slowed:,.0f}" for rate in rates),
            "",
            "",
        ),
        fitted("MB of a worker's own, beyond mapped files", own, fit(sizes, own, [1.0])),
        fitted("MB on the disk, mapped and shared", disk, fit(sizes, disk, [1.0])),
    ]
    told = [f"{size:,}" for size in sizes]
    headings = (
        *("µs of processor a request", *told, f"{ON_PAPER:,}, on paper"),
        *("error", f"{sizes[-1]:,} foretold"),
    )
    yield from aligned(headings, rows)
    yield ""
    yield (
        f"Load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores. Two workers at once take up to "
        f"{slowed:.2f} times as much a request, which the nodes' row reckons with."
    )


def fitted(name: str, values: Sequence[float], curve: Fit) -> tuple[str, ...]:
    cells = [f"{value:,.0f}" for value in (*values, curve.says(ON_PAPER))]
    return (name, *cells, f"{curve.error:.0%}", f"{curve.foretold:.0%} off")


@click.command(help=(__doc__ or "").splitlines()[0])
@click.option("--picture", type=click.Path(path_type=Path), help="Write the costs as SVG.")
@click.option("--largest", default=SIZES[-1], show_default=True, help="Leave larger sizes out.")
def main(*, picture: Path | None, largest: int) -> None:
    sizes = [size for size in SIZES if size <= largest]
    found = measured(sizes)
    kinds = sorted(found[0].microseconds, key=lambda kind: -found[-1].microseconds[kind])
    costs = {kind: fit(sizes, [each.microseconds[kind] for each in found]) for kind in kinds}
    for told in table(found, costs):
        click.echo(told)
    if picture:
        lines = {kind: [each.microseconds[kind] for each in found] for kind in kinds}
        picture.write_text(growth_chart(sizes, lines), encoding="utf-8")


if __name__ == "__main__":
    main()
