"""The guard catches what is slower and leaves alone what is not: on drawn times, and on code."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import numpy as np
import pytest

from benchmarks.guard import baseline as baselines
from benchmarks.guard import report
from benchmarks.guard.baseline import Baseline, Machine, Times
from benchmarks.guard.changes import Change, Verdict, change, interval
from benchmarks.guard.counting import instructions
from benchmarks.guard.series import NoCommit, Session, checkout, series
from benchmarks.guard.sessions import ratios_of

TREE = Path(__file__).parents[2]
NAMES = [f"benchmarks/bench_{number}.py::test_it" for number in range(25)]
RUNS = 20
NOISE = 0.01
"""Between sessions, as the logarithm's deviation: what a machine shows that does little else."""


def drawn_sessions(seed: int, noise: float = NOISE, slower: Mapping[str, float] = {}) -> Session:
    """Sessions whose ratios scatter, all of them together a little, each a little more."""
    rng = np.random.default_rng(seed)

    def sessions() -> Iterator[dict[str, float]]:
        while True:
            common = rng.normal(0, noise / 2)
            own = rng.normal(0, noise, len(NAMES))
            yield {
                name: (1 + place) * slower.get(name, 1.0) * float(np.exp(common + own[place]))
                for place, name in enumerate(NAMES)
            }

    turns = sessions()
    return lambda: next(turns)


def recorded(seed: int) -> dict[str, list[float]]:
    measured, _ = series(drawn_sessions(seed), 0.0, fewest=8)
    return measured


def verdicts(changes: Mapping[str, Change]) -> dict[str, Verdict]:
    return {name: found.verdict for name, found in changes.items()}


def test_same_code_passes_twenty_times_of_twenty() -> None:
    for run in range(RUNS):
        _, changes = series(drawn_sessions(1_000 + run), 5.0, known=recorded(run))

        assert set(verdicts(changes).values()) == {Verdict.SAME}


def test_ten_per_cent_slower_is_caught_twenty_times_of_twenty() -> None:
    for run in range(RUNS):
        planted = NAMES[run % len(NAMES)]
        now = drawn_sessions(2_000 + run, slower={planted: 1.1})
        _, changes = series(now, 5.0, known=recorded(run))

        assert [n for n, v in verdicts(changes).items() if v is Verdict.SLOWER] == [planted]


def test_ten_per_cent_slower_is_caught_in_turns_with_another_commit() -> None:
    now = drawn_sessions(1, slower={NAMES[3]: 1.1})
    _, changes = series(now, 5.0, before=drawn_sessions(2))

    assert [n for n, v in verdicts(changes).items() if v is Verdict.SLOWER] == [NAMES[3]]


def test_machine_too_noisy_is_told() -> None:
    known, _ = series(drawn_sessions(1, noise=0.4), 0.0)
    _, changes = series(drawn_sessions(2, noise=0.4), 0.0, known=known)

    lines = list(report.markdown(list(report.times(changes)), []))

    unclear = sum(verdict is Verdict.UNCLEAR for verdict in verdicts(changes).values())
    assert unclear > 20
    assert f"**{unclear} of them this machine is too noisy to tell.**" in lines


def test_noisy_machine_accuses_nobody_twice() -> None:
    # What looks slower is measured again, in turns, before the guard fails.
    def slower(changes: Mapping[str, Change]) -> set[str]:
        return {name for name, found in verdicts(changes).items() if found is Verdict.SLOWER}

    for run in range(RUNS):
        known, _ = series(drawn_sessions(run, noise=0.1), 0.0, fewest=8)
        _, changes = series(drawn_sessions(1_000 + run, noise=0.1), 0.0, known=known)
        before, now = (drawn_sessions(each + run, noise=0.1) for each in (2_000, 3_000))
        _, again = series(now, 0.0, before=before)

        assert not slower(changes) & slower(again)


def test_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(4)
    held = 0
    for _ in range(2_000):
        before, now = np.exp(rng.normal(0, 0.05, 8)), 1.1 * np.exp(rng.normal(0, 0.02, 4))
        found = change(before.tolist(), now.tolist())
        held += found.low < 1.1 < found.high

    assert 0.935 < held / 2_000 < 0.965


def test_equal_sessions_are_no_change() -> None:
    found = change([2.0, 2.0], [2.0, 2.0])

    assert (found.factor, found.low, found.high) == (1.0, 1.0, 1.0)
    assert interval([2.0, 2.0]) == pytest.approx((2.0, 2.0, 2.0))


def test_benchmarks_without_a_yardstick_are_not_compared() -> None:
    told = msgspec.json.encode(
        {
            "benchmarks": [
                {"fullname": "a.py::one", "extra_info": {"yardstick_ratio": 2.5}},
                {"fullname": "a.py::two", "extra_info": {}},
            ]
        }
    )

    assert ratios_of(told) == {"a.py::one": 2.5}


def test_table_tells_what_is_slower_first() -> None:
    changes = {
        "benchmarks/bench_search.py::test_search[two words]": Change(1.0, 0.99, 1.01),
        "benchmarks/bench_suggestions.py::test_similar_texts": Change(1.12, 1.1, 1.14),
    }

    table = [*report.markdown(list(report.times(changes)), ["load 1"])]

    rows = [line for line in table if line.startswith("| s")]
    assert rows == [
        "| suggestions: similar texts | time    | +12.0 % | +10.0 % to +14.0 % | SLOWER  |",
        "| search: two words          | time    | +0.0 %  | -1.0 % to +1.0 %   | same    |",
    ]
    assert table[0] == "### Benchmark guard: 1 slower"


def test_a_guard_that_compared_nothing_does_not_say_that_all_is_well() -> None:
    table = [*report.markdown([], ["SKIPPED, no instructions were counted: no valgrind"])]

    assert table[0] == "### Benchmark guard: nothing was compared"
    assert "SKIPPED" in table[-1]


def test_baseline_of_this_machine_comes_before_newer_ones_of_others(tmp_path: Path) -> None:
    here = baselines.this_machine()
    for machine, day in ((here, "2026-01-01"), (Machine("Another", 64, "3.11.1"), "2026-02-01")):
        baselines.write(tmp_path, made_baseline(machine, day))

    found = baselines.read(tmp_path)

    assert found is not None
    assert found.machine == here


def made_baseline(machine: Machine, day: str) -> Baseline:
    return Baseline(
        commit="0" * 40, day=day, machine=machine, load_average=0.5,
        times={NAMES[0]: Times(0.9, 1.0, 1.1, [1.0, 1.0])}, instructions={"a kernel": 1_000.0},
        counted_with=baselines.releases(),
    )  # fmt: skip


def test_commit_that_is_not_here_is_said_to_be_missing() -> None:
    with pytest.raises(NoCommit, match="0000"), checkout(TREE, "0" * 40):
        pass


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
def test_ten_per_cent_more_work_in_the_code_is_caught_by_its_instructions(tmp_path: Path) -> None:
    kernel = "render twenty hits"
    slowed = tmp_path / "tree"
    for folder in ("api", "benchmarks", "core", "ext"):
        shutil.copytree(TREE / folder, slowed / folder)
    with (slowed / "core/search/rendering.py").open("a") as code:
        # Every tenth page is rendered twice.
        code.write(
            "\nfrom itertools import count\n_hits, _calls = hits, count()\n"
            "def hits(*given):\n"
            "    if next(_calls) % 10 == 0:\n        _hits(*given)\n"
            "    return _hits(*given)\n"
        )

    before, again, after = (instructions(tree, kernel) for tree in (TREE, TREE, slowed))

    assert report.count_verdict(again[kernel] / before[kernel]) is Verdict.SAME
    assert report.count_verdict(after[kernel] / before[kernel]) is Verdict.SLOWER
    assert 1.05 < after[kernel] / before[kernel] < 1.2
