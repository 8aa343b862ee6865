"""What an experiment has shown so far: from counts a day to lifts that may be believed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal, NamedTuple

from msgspec import Struct

from core.experiments.balance import ALARM, balance
from core.experiments.experiment import GOALS, Experiment, Goal
from core.experiments.sequential import ALPHA, Arm, Lift, compare, compare_with_nothing

State = Literal["empty", "running", "decided", "stopped"]


class Entered(NamedTuple):
    """Readers whom an experiment showed something for the first time on a day."""

    day: date
    variant: int
    readers: int


class Reached(NamedTuple):
    """Readers of a variant who reached a goal for the first time on a day."""

    day: date
    goal: Goal
    variant: int
    readers: int


class Preferred(NamedTuple):
    """Books of each team by which one subject reached a goal on a day; see `Exposure.teams`."""

    day: date
    goal: Goal
    subject: str
    first: int
    second: int


class Counts(Struct, frozen=True):
    """Rows in the order of days. exposures: by variant, of interleaved lists all at first.

    acts: by goal and variant or team, each act of an exposure and a book once.
    """

    exposures: dict[int, int]
    acts: dict[tuple[Goal, int], int]
    entered: Sequence[Entered]
    reached: Sequence[Reached] = ()
    preferred: Sequence[Preferred] = ()


class Comparison(Struct, frozen=True):
    """variant: compared with the first. difference: of the shares of readers who reached the goal;
    where lists were interleaved the mean preference, from -1 (first) to 1. relative: difference as
    a share of the first's. low, high: hold the truth at every look together with 95 %; null while
    nothing can be said. p: valid at every look."""

    variant: str
    difference: float
    relative: float | None
    low: float | None
    high: float | None
    p: float
    decided: bool


class VariantResult(Struct, frozen=True):
    """readers, exposures: that saw it; of interleaved lists all saw both. acts, reached: by goal,
    clicks, carts and purchases credited, and readers who did any."""

    name: str
    readers: int
    exposures: int
    acts: dict[Goal, int]
    reached: dict[Goal, int]


class Look(Struct, frozen=True):
    """The goal's comparisons as they stood at the end of a day."""

    day: date
    readers: int
    comparisons: tuple[Comparison, ...]


class Results(Struct, frozen=True, kw_only=True):
    """state: decided where the goal's p says so, also after the end. balance: p of the shares of
    readers; balanced: false says that figures cannot be believed. comparisons: by goal."""

    experiment: Experiment
    state: State
    readers: int
    exposures: int
    balance: float
    balanced: bool
    variants: tuple[VariantResult, ...]
    comparisons: dict[Goal, tuple[Comparison, ...]]
    days: tuple[Look, ...]


def results_of(experiment: Experiment, counts: Counts) -> Results:
    """All comparisons as of now, and the goal's at the end of each day."""
    interleaved = experiment.method == "interleaved"
    days = sorted({row.day for rows in (counts.entered, counts.reached, counts.preferred)
                   for row in rows})  # fmt: skip
    tally = _Preferences(experiment, counts) if interleaved else _Shares(experiment, counts)
    looks = []
    for day in days:
        tally.advance(day)
        looks.append(Look(day, tally.readers, tally.comparisons(experiment.goal)))
    comparisons = {goal: tally.comparisons(goal) for goal in GOALS}
    even = 1.0
    if not interleaved:
        even = balance(tally.entered, [variant.share for variant in experiment.variants])
    return Results(
        experiment=experiment,
        state=_state(experiment, tally.readers, comparisons[experiment.goal]),
        readers=tally.readers,
        exposures=sum(counts.exposures.values()),
        balance=even,
        balanced=even >= ALARM,
        variants=tuple(
            VariantResult(
                variant.name,
                tally.readers if interleaved else tally.entered[place],
                counts.exposures.get(0 if interleaved else place, 0),
                {goal: counts.acts.get((goal, place), 0) for goal in GOALS},
                {goal: tally.reached(goal, place) for goal in GOALS},
            )
            for place, variant in enumerate(experiment.variants)
        ),
        comparisons=comparisons,
        days=tuple(looks),
    )


def _state(experiment: Experiment, readers: int, told: Iterable[Comparison]) -> State:
    if not readers and experiment.stopped_at is None:
        return "empty"
    if any(comparison.decided for comparison in told):
        return "decided"
    return "running" if experiment.stopped_at is None else "stopped"


class _Shares:
    """Readers of each variant, and how many of them reached each goal, day by day."""

    def __init__(self, experiment: Experiment, counts: Counts) -> None:
        self._names = [variant.name for variant in experiment.variants]
        self._entering = _by_day(counts.entered)
        self._reaching = _by_day(counts.reached)
        self.entered = [0] * len(self._names)
        self._reached: dict[tuple[Goal, int], int] = defaultdict(int)

    @property
    def readers(self) -> int:
        return sum(self.entered)

    def advance(self, day: date) -> None:
        for entered in self._entering[day]:
            self.entered[entered.variant] += entered.readers
        for reached in self._reaching[day]:
            self._reached[reached.goal, reached.variant] += reached.readers

    def reached(self, goal: Goal, place: int) -> int:
        return self._reached[goal, place]

    def comparisons(self, goal: Goal) -> tuple[Comparison, ...]:
        control = self._arm(goal, 0)
        others = len(self._names) - 1
        return tuple(
            _comparison(
                self._names[place],
                # Several variants may win by chance: each has its part of what is allowed.
                compare(control, self._arm(goal, place), alpha=ALPHA / others),
                control.mean,
            )
            for place in range(1, len(self._names))
        )

    def _arm(self, goal: Goal, place: int) -> Arm:
        reached = self._reached[goal, place]
        return Arm(self.entered[place], reached, reached)


class _Preferences:
    """Which team each reader has chosen more books of so far: -1, 0 or 1."""

    def __init__(self, experiment: Experiment, counts: Counts) -> None:
        self._other = experiment.variants[1].name
        self._entering = _by_day(counts.entered)
        self._preferring = _by_day(counts.preferred)
        self._chosen: dict[tuple[Goal, str], tuple[int, int]] = {}
        self._arms = {goal: Arm(0, 0, 0) for goal in GOALS}
        self.entered = [0]

    @property
    def readers(self) -> int:
        return self.entered[0]

    def advance(self, day: date) -> None:
        self.entered[0] += sum(entered.readers for entered in self._entering[day])
        for row in self._preferring[day]:
            key = row.goal, row.subject
            before = self._chosen.get(key)
            first, second = before or (0, 0)
            self._chosen[key] = after = first + row.first, second + row.second
            was, is_now = _sign(first, second), _sign(*after)
            arm = self._arms[row.goal]
            self._arms[row.goal] = Arm(
                arm.readers + (before is None),
                arm.total + is_now - was,
                arm.squares + abs(is_now) - abs(was),
            )

    def reached(self, goal: Goal, place: int) -> int:
        return sum(chosen[place] > 0 for (of, _), chosen in self._chosen.items() if of == goal)

    def comparisons(self, goal: Goal) -> tuple[Comparison, ...]:
        return (_comparison(self._other, compare_with_nothing(self._arms[goal]), 0.0),)


def _sign(first: int, second: int) -> int:
    return (second > first) - (first > second)


def _by_day(rows: Sequence[Entered] | Sequence[Reached] | Sequence[Preferred]) -> dict[date, list]:  # type: ignore[type-arg] # rows of one kind
    found: dict[date, list] = defaultdict(list)  # type: ignore[type-arg] # the same
    for row in rows:
        found[row.day].append(row)
    return found


def _comparison(name: str, lift: Lift, base: float) -> Comparison:
    bounded = abs(lift.low) != float("inf")
    return Comparison(
        name,
        lift.difference,
        lift.difference / base if base else None,
        lift.low if bounded else None,
        lift.high if bounded else None,
        lift.p,
        lift.decided,
    )
