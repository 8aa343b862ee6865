"""The guard's findings as Markdown: for a terminal, and for a comment on a change."""

from collections.abc import Iterator, Mapping
from pathlib import PurePath

from msgspec import Struct

from benchmarks.guard.changes import BAND, Change, Verdict
from benchmarks.guard.counting import CannotCount
from benchmarks.table import aligned

COUNT_BAND = 0.03
"""Counts differ by 1.2 % at most from run to run: this is a change of the code."""


class Line(Struct, frozen=True):
    """One row. interval: of the change, "exact" for counts."""

    name: str
    measure: str
    change: float
    interval: str
    verdict: Verdict


def times(changes: Mapping[str, Change]) -> Iterator[Line]:
    for name, found in changes.items():
        interval = f"{_percent(found.low)} to {_percent(found.high)}"
        yield Line(shown(name), "time", found.factor, interval, found.verdict)


def counts(before: Mapping[str, float], now: Mapping[str, float]) -> Iterator[Line]:
    for name, count in now.items():
        if name in before:
            factor = count / before[name]
            yield Line(name, "instructions", factor, "exact", count_verdict(factor))


def count_verdict(factor: float) -> Verdict:
    if factor > 1 + COUNT_BAND:
        return Verdict.SLOWER
    return Verdict.FASTER if factor < 1 - COUNT_BAND else Verdict.SAME


def shown(name: str) -> str:
    """benchmarks/bench_search.py::test_search[two words] is "search: two words"."""
    file, _, test = name.partition("::")
    topic = PurePath(file).stem.removeprefix("bench_")
    plain, _, case = test.removesuffix("]").partition("[")
    return f"{topic}: {case or plain.removeprefix('test_').replace('_', ' ')}"


def markdown(lines: list[Line], remarks: list[str]) -> Iterator[str]:
    """The verdict, a table with what is not the same first, and what could not be told."""
    slower = sum(line.verdict is Verdict.SLOWER for line in lines)
    unclear = sum(line.verdict is Verdict.UNCLEAR for line in lines)
    yield f"### Benchmark guard: {verdict(len(lines), slower)}"
    yield ""
    yield (
        f"{len(lines)} comparisons; slower is what is slower by more than {BAND:.0%} with 95 % "
        f"confidence in time, or by more than {COUNT_BAND:.0%} in instructions."
    )
    if unclear:
        yield f"**{unclear} of them this machine is too noisy to tell.**"
    yield ""
    told = sorted(lines, key=lambda line: list(Verdict).index(line.verdict) or 9)
    cells = [
        (line.name, line.measure, _percent(line.change), line.interval, str(line.verdict))
        for line in told
    ]
    if cells:
        yield from aligned(("what", "measure", "change", "95 % interval", "verdict"), cells)
        yield ""
    yield from (f"- {remark}" for remark in remarks)


def verdict(compared: int, slower: int) -> str:
    if not compared:
        return "nothing was compared"
    return f"{slower} slower" if slower else "nothing is slower"


def skipped(error: CannotCount) -> str:
    return f"SKIPPED, no instructions were counted: {error}"


def _percent(factor: float) -> str:
    return f"{100 * (factor - 1):+.1f} %"
