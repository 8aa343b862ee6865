"""The table at the end of a session: every benchmark beside its control."""

import os
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

HEADINGS = ("", "median", "control", "ratio", "quiet", "mean", "target")
UNITS = {"s": 1e6, "ms": 1e3, "µs": 1.0}
"""Microseconds; the largest first."""
TARGET = re.compile(r"([≤≥<]) ([\d.]+)(?: (s|ms|µs))?")
LEGEND = (
    "Each line is one call beside a control that does the least that the call cannot do without.",
    "  median   half of the rounds were faster",
    "  control  the control's median, and what it is",
    "  ratio    the call's median over the control's: 3 is three times as long. Over HTTP, and",
    "           where the line under a question's name in its file says so, a share: 1 is as fast",
    "  quiet    the same of the fastest rounds, which other programs disturb least",
    "  mean     the same of their mean, in which dear questions weigh more",
    "  target   what the project holds itself to, of 100,000 books on a quiet machine; whether it",
    "           was missed in this run; without one the line is told for comparison",
    "More in docs/PERFORMANCE.md; what is measured and left out stands at the head of each file.",
)


class Row(NamedTuple):
    """question: of the file. cells: what HEADINGS say."""

    question: str
    cells: tuple[str, ...]


def cells_of(name: str, told: Mapping[str, Any], median_us: float) -> Iterator[tuple[str, ...]]:
    """One line for each control.

    told: a benchmark's extra_info; a file of its own habits may tell but a ratio, or nothing.
    """
    label = str(told.get("label", name.removeprefix("test_").replace("_", " ")))
    controls = told.get("controls") or {"": told}
    for number, (control, row) in enumerate(controls.items()):
        first = not number
        yield (
            label if first else "",
            microseconds(told.get("median_us", median_us)) if first else "",
            f"{microseconds(row.get('control_us'))} {control}".strip(),
            *(str(row.get(kind, "")) for kind in ("ratio", "quiet_ratio", "mean_ratio")),
            judged(told, row.get("ratio")) if first else "",
        )


def judged(told: Mapping[str, Any], ratio: float | None) -> str:
    """The target, and whether it was missed: by the ratio, or by the median where it is a time."""
    target = str(told.get("target", ""))
    if (named := TARGET.fullmatch(target)) is None:
        return target
    sign, number, unit = named.groups()
    found = told["median_us"] / UNITS[unit] if unit else ratio
    bound = float(number)
    missed = found is not None and (found < bound if sign == "≥" else found > bound)
    return f"{target}, missed" if missed else target


def microseconds(value: float | None) -> str:
    """Three digits and a unit: 412 µs, 3.2 ms."""
    if value is None:
        return ""
    for unit, size in UNITS.items():
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g} µs"


def lines_of(rows: Sequence[Row], books: int) -> Iterator[str]:
    """The whole table, under the question of each file."""
    yield conditions(books)
    yield from LEGEND
    for question, found in groupby(rows, key=lambda row: row.question):
        table = [HEADINGS, *(row.cells for row in found)]
        widths = [max(len(line[column]) for line in table) for column in range(len(HEADINGS))]
        yield ""
        yield question
        yield from (_line(cells, widths) for cells in table)


def markdown_of(rows: Sequence[Row], books: int) -> str:
    """The same for a page."""
    table = aligned(("call", *HEADINGS[1:]), [row.cells for row in rows])
    return "\n".join((*table, "", f"{conditions(books)}.", ""))


def aligned(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table in Markdown that can also be read as it is, as in the log of a CI run."""
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    rule = ["-" * width for width in widths]
    for cells in (headings, rule, *rows):
        padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
        yield f"| {' | '.join(padded)} |"


def conditions(books: int) -> str:
    return f"{books:,} books unless a line says otherwise; {machine()}"


def machine() -> str:
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    return f"{os.cpu_count()} cores; load {load}; Python {platform.python_version()}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    return f"  {'  '.join(padded)}".rstrip()
