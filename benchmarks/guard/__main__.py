"""`just bench guard`: measure, compare with the baseline, fail on what has become slower."""

import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from benchmarks.guard import baseline as baselines
from benchmarks.guard import report
from benchmarks.guard.baseline import Baseline, Times
from benchmarks.guard.changes import Change, Verdict, interval
from benchmarks.guard.counting import CannotCount, instructions
from benchmarks.guard.report import Line
from benchmarks.guard.series import NoCommit, Series, checkout, commit_of, series
from benchmarks.guard.sessions import session

TREE = Path(__file__).parents[2]
RECORDED = 8
"""Sessions of a baseline: its interval is a part of every later one."""


@click.command(help=__doc__)
@click.option("--record", is_flag=True, help="Measure and write the baseline of this machine.")
@click.option("--against", metavar="COMMIT", help="Compare with a commit, measured in turns.")
@click.option("--counts-only", is_flag=True, help="Count instructions, measure no time.")
@click.option("--minutes", default=4.0, show_default=True, help="For repeating sessions.")
def main(*, record: bool, against: str | None, counts_only: bool, minutes: float) -> None:
    if record:
        made = recorded(counts_only=counts_only)
        click.echo(f"wrote {baselines.write(TREE, made).relative_to(TREE)}")
        return
    known = baselines.read(TREE)
    if known is None and not against:
        raise click.ClickException("no baseline: `just bench guard --record` writes one")
    remarks = [f"load average {os.getloadavg()[0]:.1f} before, on {os.cpu_count()} cores"]
    lines: list[Line] = []
    if against:
        with checkout(TREE, against) as before:
            lines += count_lines(lambda: instructions(before), remarks)
            if not counts_only:
                changes = in_turns(before, minutes)
                lines += report.times(changes)
        remarks.append(f"compared with {against}, measured in turns")
    elif known is not None:
        lines += count_lines(lambda: comparable(known), remarks)
        if not counts_only:
            lines += report.times(beside(known, minutes, remarks))
        remarks.append(f"compared with {known.commit[:12]} of {known.day}")
    for line in report.markdown(lines, remarks):
        click.echo(line)
    sys.exit(any(line.verdict is Verdict.SLOWER for line in lines))


def recorded(*, counts_only: bool) -> Baseline:
    """counts_only: without times, for a machine that is too busy for them."""
    measured: Series = {}
    if not counts_only:
        measured, _ = series(partial(session, TREE), 0.0, told=_told, fewest=RECORDED)
    return Baseline(
        commit=commit_of(TREE),
        day=datetime.now(UTC).date().isoformat(),
        machine=baselines.this_machine(),
        load_average=round(os.getloadavg()[0], 1),
        times={name: _times(ratios) for name, ratios in measured.items()},
        instructions={name: round(count) for name, count in instructions(TREE).items()},
        counted_with=baselines.releases(),
    )


def _times(ratios: Sequence[float]) -> Times:
    low, middle, high = (round(each, 4) for each in interval(ratios))
    return Times(low, middle, high, [round(ratio, 4) for ratio in ratios])


def comparable(known: Baseline) -> dict[str, float]:
    """The baseline's counts. Raises CannotCount where they are of other releases."""
    if not known.counts_hold():
        raise CannotCount(
            f"the baseline's are of {known.counted_with}, here are {baselines.releases()}"
        )
    return known.instructions


def count_lines(before: Callable[[], dict[str, float]], remarks: list[str]) -> list[Line]:
    _told("counting instructions")
    try:
        return list(report.counts(before(), instructions(TREE)))
    except CannotCount as error:
        remarks.append(report.skipped(error))
        return []


def beside(known: Baseline, minutes: float, remarks: list[str]) -> dict[str, Change]:
    """Times beside those of the baseline; what looks slower is measured in turns with its commit.

    Where the baseline has no times of this machine everything is.
    """
    if known.machine != baselines.this_machine() or not known.times:
        remarks.append(
            "the baseline has no times of this machine: its commit was measured here, in turns"
        )
        try:
            with checkout(TREE, known.commit) as before:
                return in_turns(before, minutes)
        except NoCommit as error:
            remarks.append(f"SKIPPED, no times were compared: {error}")
            return {}
    earlier = {name: times.sessions for name, times in known.times.items()}
    _, changes = series(partial(session, TREE), 60 * minutes, known=earlier, told=_told)
    slower = [name for name, found in changes.items() if found.verdict is Verdict.SLOWER]
    if slower:
        changes |= confirmed(known, slower, minutes, remarks)
    return changes


def confirmed(
    known: Baseline, slower: Sequence[str], minutes: float, remarks: list[str]
) -> dict[str, Change]:
    """What looks slower beside numbers of another day, measured beside its code of that day."""
    _told(f"{len(slower)} look slower: measuring them in turns with the baseline's commit")
    try:
        with checkout(TREE, known.commit) as before:
            found = in_turns(before, minutes / 2, slower)
    except NoCommit as error:
        remarks.append(f"what is slower was not measured again: {error}")
        return {}
    cleared = sum(each.verdict is not Verdict.SLOWER for each in found.values())
    remarks.append(
        f"{len(slower)} looked slower beside the committed numbers and were measured again in "
        f"turns with the baseline's commit: {cleared} of them were the machine"
    )
    return found


def in_turns(before: Path, minutes: float, names: Sequence[str] = ()) -> dict[str, Change]:
    chosen = (names,) if names else ()
    _, changes = series(
        partial(session, TREE, *chosen),
        60 * minutes,
        before=partial(session, before, *chosen),
        told=_told,
    )
    return changes


def _told(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    main()
