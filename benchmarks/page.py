"""`just bench page`: measure anew all that docs/PERFORMANCE.md shows, its tables and its pictures.

    just bench page                    # everything: twenty minutes on two quiet cores
    just bench page mixed-load start   # what is named so

A table stands between `<!-- NAME -->` and `<!-- end -->` with the command, the day it is of and the
minutes that it took; a picture is docs/NAME.svg. What fails leaves its part of the page as it was;
the others are measured all the same. BOOKWHEEL_BENCH_BOOKS makes every catalogue as small as that.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import click
import msgspec
from msgspec import Struct

from benchmarks.pages import placed, tables
from benchmarks.peers.__main__ import ONE_THREAD, PEER_SESSION, interpreter
from benchmarks.processes import SESSION, TREE, python
from benchmarks.table import aligned, machine, microseconds

PAGE = TREE / "docs" / "PERFORMANCE.md"
BOOKS = "BOOKWHEEL_BENCH_BOOKS"
TARGETS = "targets"
"""The table of all rows that have a target."""
MOST = int(os.environ.get(BOOKS, "1000000"))


class Failed(Exception):
    """A part that could not be measured."""


class Session(Struct, frozen=True):
    """A file of benchmarks, which writes its table to a file. peer: in the peers' environment."""

    file: str
    books: int = 100_000
    peer: bool = False

    def shown(self) -> str:
        size = "" if self.books == 100_000 else f"{BOOKS}={self.books} "
        return f"`{size}just bench {'peers' if self.peer else self.file}`"

    def table(self) -> str:
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder, "table.md")
            run(
                "pytest",
                *(f"benchmarks/{self.file}.py", *(PEER_SESSION if self.peer else SESSION)),
                f"--table={table}",
                books=self.books,
                peer=self.peer,
            )
            return table.read_text(encoding="utf-8")


class Sizes(Struct, frozen=True):
    """A file of benchmarks with catalogues of several sizes, side by side in one table.

    only: the names of what is measured. called: what parts of names stand for.
    """

    file: str
    books: tuple[int, ...]
    only: str = ""
    called: dict[str, str] = {}

    def shown(self) -> str:
        *sizes, last = map(str, self.books)
        return f"`just bench {self.file}`, `{BOOKS}` of {', '.join(sizes)} and {last}"

    def table(self) -> str:
        found: dict[str, list[str]] = {}
        sizes = tuple(dict.fromkeys(min(MOST, size) for size in self.books))
        for place, size in enumerate(sizes):
            for name, cell in self._cells(size):
                found.setdefault(name, [""] * len(sizes))[place] = cell
        headings = ("median, and how often the control's", *(f"{size:,} books" for size in sizes))
        rows = [(name, *cells) for name, cells in found.items()]
        return "\n".join((*aligned(headings, rows), "", f"{machine()}."))

    def _cells(self, size: int) -> Iterator[tuple[str, str]]:
        with tempfile.TemporaryDirectory() as folder:
            told = Path(folder, "told.json")
            chosen = ("-k", self.only) if self.only else ()
            run(
                "pytest",
                *(f"benchmarks/{self.file}.py", *SESSION, *chosen, f"--benchmark-json={told}"),
                books=size,
            )
            for each in msgspec.json.decode(told.read_bytes())["benchmarks"]:
                name = _name_of(each)
                for short, meant in self.called.items():
                    name = name.replace(short, meant)
                yield name, _cell_of(each)


class Program(Struct, frozen=True):
    """Prints its table, and draws a picture."""

    module: str
    picture: str

    def shown(self) -> str:
        return f"`python -m {self.module}`"

    def table(self) -> str:
        return run(self.module, "--picture", str(TREE / "docs" / self.picture), kept=True)


Part = Session | Sizes | Program
PARTS: dict[str, Part] = {
    "search": Session("bench_search"),
    "classes": Session("bench_classes", 1_000_000),
    "suggestions": Sizes("bench_suggestions", (100_000, 1_000_000)),
    "recommendations": Sizes(
        "bench_recommendations",
        (10_000, 100_000, 1_000_000),
        "test_recommended or test_shelf",
        {
            "[filters0-": ", books read: ",
            "[filters1-": " of a category in stock, books read: ",
            "shelf[": "shelf: ",
            "]": "",
        },
    ),
    "goodbooks": Session("bench_goodbooks"),
    "http": Session("bench_http"),
    "storefront": Session("bench_storefront"),
    "layers": Session("bench_layers"),
    "kernels": Session("bench_kernels"),
    "import": Session("bench_import"),
    "index": Session("bench_index"),
    "training": Session("bench_training"),
    "sign-in": Session("bench_sign_in"),
    "start": Session("bench_start", 1_000_000),
    "mixed-load": Program("benchmarks.mixed_load", "mixed-load.svg"),
    "services": Session("peers/bench_services", 10_000, peer=True),
    "engines": Session("peers/bench_engines", 20_000, peer=True),
    "implicit": Session("peers/bench_implicit", 10_000, peer=True),
    "capacity": Program("benchmarks.capacity", "capacity.svg"),
}


@click.command(help=(__doc__ or "").splitlines()[0])
@click.argument("names", nargs=-1, type=click.Choice([*PARTS]))
def main(names: tuple[str, ...]) -> None:
    began, chosen, failed = monotonic(), names or tuple(PARTS), []
    for number, name in enumerate(chosen):
        part = PARTS[name]
        minutes = (monotonic() - began) / 60
        click.echo(
            f"== page, {number + 1} of {len(chosen)}, {minutes:.1f} min: {name}, {part.shown()}",
            err=True,
        )
        try:
            write(name, part)
        except Failed as error:
            click.echo(f"== {name} failed, its table is as it was: {error}", err=True)
            failed.append(name)
    if failed:
        raise click.ClickException(f"not measured: {', '.join(failed)}")


def write(name: str, part: Part) -> None:
    """Measure the part and put its table on the page. Raises Failed."""
    began = monotonic()
    table = part.table().strip()
    minutes = (monotonic() - began) / 60
    told = f"{part.shown()}, {datetime.now(UTC):%-d %B %Y}, {minutes:.1f} min."
    page = placed(PAGE.read_text(encoding="utf-8"), name, f"{table}\n\n{told}")
    PAGE.write_text(placed(page, TARGETS, "\n".join(targets(page))), encoding="utf-8")


def targets(page: str) -> Iterator[str]:
    """Every row of the page that has a target, missed ones in bold."""
    found = []
    for name, (headings, *rows) in tables(page).items():
        if name == TARGETS or not {"median", "control", "ratio", "target"} <= set(headings):
            continue
        for cells in rows:
            row = dict(zip(headings, cells, strict=True))
            if target := row["target"]:
                bound, missed, _ = target.partition(", missed")
                met = "**missed**" if missed else "met"
                found.append(
                    (name, cells[0], row["median"], row["control"], row["ratio"], bound, met)
                )
    return aligned(("table", "call", "median", "control", "ratio", "target", ""), found)


def run(
    module: str,
    *arguments: str,
    books: int | None = None,
    peer: bool = False,
    kept: bool = False,
) -> str:
    """What it printed, where that is kept. peer: in the peers' environment. Raises Failed."""
    size = {} if books is None else {BOOKS: str(min(MOST, books))}
    ended = python(
        module,
        *arguments,
        environment={**ONE_THREAD, **size} if peer else size,
        interpreter=interpreter() if peer else sys.executable,
        kept=kept,
    )
    if ended.code:
        raise Failed(f"{module} ended with {ended.code}")
    return ended.printed


def _name_of(found: dict[str, Any]) -> str:
    label = found["extra_info"].get("label")
    return str(label or found["name"].removeprefix("test_").replace("_", " "))


def _cell_of(found: dict[str, Any]) -> str:
    told = found["extra_info"]
    median = microseconds(told.get("median_us", 1e6 * found["stats"]["median"]))
    slow = [f"p99 {microseconds(told['p99_us'])}"] if "p99_us" in told else []
    often = [f"{told['ratio']:.3g} ×"] if "ratio" in told else []
    return ", ".join((median, *slow, *often))


if __name__ == "__main__":
    main()
