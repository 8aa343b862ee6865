"""A call and its controls, measured turn by turn in the same run: ratios outlive noise."""

import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from time import perf_counter_ns
from typing import Any, TypeVar

from msgspec import Struct
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.yardstick import yardstick

Question = TypeVar("Question")
PASSES = 8
"""Times that every question is asked."""
YARDSTICK = "yardstick"


class Times(Struct, frozen=True):
    """Microseconds. quiet: the best round of each question, their median; mean: their mean;
    geometric: their geometric mean.

    On a busy machine much of a round may be somebody else's work: the best of several leaves that
    out. The mean is what throughput follows: a few dear questions weigh in it. The geometric mean
    differs least between sessions of the same code (3 % at a load of 8 on two cores, where the
    mean differs by 4 and the median by 5): the guard compares it.
    """

    median: float
    quiet: float
    mean: float
    geometric: float


def times_of(rounds: Sequence[float], questions: int) -> Times:
    """rounds: microseconds, one question after the other, over and over."""
    best = [min(rounds[place::questions]) for place in range(min(questions, len(rounds)))]
    return Times(
        statistics.median(rounds),
        statistics.median(best),
        statistics.fmean(best),
        statistics.geometric_mean(best),
    )


def compare(
    benchmark: BenchmarkFixture,
    call: Callable[[Question], object],
    controls: Mapping[str, Callable[[Question], object]],
    questions: Sequence[Question],
    *,
    label: str,
    target: str = "",
    passes: int = PASSES,
) -> Any:
    """Measure `call` over the questions, and each control and the yardstick in the turn before it.

    controls: what the call is compared with, the first being the ratio's; a control asks the
    question half a lap away, so that it warms no cache for the call. Returns call's last answer.
    """
    lap = len(questions)
    beside = {YARDSTICK: lambda _: yardstick(), **controls}
    taken: dict[str, list[float]] = {name: [] for name in beside}
    for question in questions:
        call(question)
        for control in beside.values():
            control(question)
    turns, order = count(), tuple(beside.items())

    def before() -> tuple[tuple[Question], dict[str, Any]]:
        turn = next(turns)
        away = questions[(turn + lap // 2) % lap]
        first = turn % len(order)  # who comes first finds the caches coldest
        for name, control in (*order[first:], *order[:first]):
            began = perf_counter_ns()
            control(away)
            taken[name].append((perf_counter_ns() - began) / 1_000)
        return (questions[turn % lap],), {}

    measure: Callable[..., Any] = benchmark.pedantic  # untyped there
    answer = measure(call, setup=before, rounds=passes * lap)
    if benchmark.stats is not None:
        measured = times_of([1e6 * second for second in benchmark.stats.stats.data], lap)
        found = {name: times_of(rounds, lap) for name, rounds in taken.items()}
        report(benchmark, label, measured, found, target=target)
    return answer


def report(
    benchmark: BenchmarkFixture,
    label: str,
    measured: Times,
    controls: Mapping[str, Times],
    *,
    target: str = "",
) -> None:
    """Put what the final table shows, and what the guard reads, into the benchmark's extra_info."""
    rows = {
        name: {
            "control_us": round(control.median, 2),
            "ratio": significant(measured.median / control.median),
            "quiet_control_us": round(control.quiet, 2),
            "quiet_ratio": significant(measured.quiet / control.quiet),
            "mean_control_us": round(control.mean, 2),
            "mean_ratio": significant(measured.mean / control.mean),
        }
        for name, control in controls.items()
        if name != YARDSTICK
    }
    first = next(iter(rows.values()), {})
    benchmark.extra_info |= {
        "label": label,
        "median_us": round(measured.median, 2),
        "quiet_us": round(measured.quiet, 2),
        "mean_us": round(measured.mean, 2),
        **first,
        "controls": rows,
        "yardstick_ratio": measured.geometric / controls[YARDSTICK].geometric,
        "target": target,
        "load_average": os.getloadavg()[0],
    }


def significant(ratio: float) -> float:
    """Three digits: 0.0214, 1.83, 42.7."""
    return float(f"{ratio:.3g}")
