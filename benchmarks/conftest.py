"""The table at the end: every benchmark beside its control, under the question it answers."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.corpus import BOOKS, open_index, synthetic_index
from ext.tantivy_search.published import PublishedSnapshot

SHARED = Path(__file__).parents[2] / "shared" / "data"
ROWS = pytest.StashKey[list["Row"]]()
HEADINGS = ("", "median", "control", "ratio", "quiet", "mean", "target")
LEGEND = (
    "ratio: the median over the control's median, or what the file's opening says.",
    "quiet, mean: the same of each question's best round, which leaves other processes out:",
    "the median over the questions, and their mean, in which the dear ones weigh.",
)


class Row(NamedTuple):
    """question: of the file. cells: what HEADINGS say."""

    question: str
    cells: tuple[str, ...]


@pytest.fixture(scope="session")
def snapshot() -> PublishedSnapshot:
    """The synthetic catalogue's index, opened once."""
    return open_index(synthetic_index())


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of large public catalogues beside the project, where there is one."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not here: real catalogues are measured where it is")
    return SHARED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Function) -> Iterator[None]:
    result = yield
    benchmark = item.funcargs.get("benchmark")
    if isinstance(benchmark, BenchmarkFixture) and benchmark.stats is not None:
        question = (item.module.__doc__ or item.module.__name__).splitlines()[0]
        rows = item.config.stash.setdefault(ROWS, [])
        rows += [Row(question, cells) for cells in cells_of(item.name, benchmark)]
    return result


def cells_of(name: str, benchmark: BenchmarkFixture) -> Iterator[tuple[str, ...]]:
    """One line of the table for each control; a file of its own habits may give but a ratio."""
    told: dict[str, Any] = benchmark.extra_info
    median = benchmark.stats.stats.median * 1e6 if benchmark.stats else 0.0
    label = str(told.get("label", name.removeprefix("test_").replace("_", " ")))
    controls = told.get("controls") or {"": told}
    for number, (control, row) in enumerate(controls.items()):
        yield (
            label if not number else "",
            microseconds(told.get("median_us", median)) if not number else "",
            f"{microseconds(row.get('control_us'))} {control}".strip(),
            str(row.get("ratio", "")),
            str(row.get("quiet_ratio", "")),
            str(row.get("mean_ratio", "")),
            str(told.get("target", "")) if not number else "",
        )


def microseconds(value: float | None) -> str:
    """Three digits and a unit: 412 µs, 3.2 ms."""
    if value is None:
        return ""
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value:.3g} µs"


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    rows = config.stash.get(ROWS, [])
    if not rows:
        return
    load = ", ".join(f"{part:.1f}" for part in os.getloadavg())
    write = terminalreporter.write_line
    terminalreporter.section("each call beside its control, measured in turns")
    write(f"{BOOKS:,} books unless a line says otherwise; {os.cpu_count()} cores; load {load}")
    for line in LEGEND:
        write(line)
    table = [HEADINGS, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADINGS))]
    last = ""
    for question, cells in rows:
        if question != last:
            write("")
            write(question)
            write(_line(HEADINGS, widths))
            last = question
        write(_line(cells, widths))


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    label, *rest = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"  {label}  {'  '.join(rest)}".rstrip()
