"""Experiments: fair and lasting assignment, fair drafts, and a test that keeps its promise."""

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.experiments.assignment import (
    BadExperiment,
    Experiment,
    Variant,
    checked,
    variant_of,
)
from core.experiments.interleaving import credit, team_draft
from core.experiments.sequential import ALPHA, Arm, compare
from core.experiments.trial import Trial, try_out

HALVES = Experiment("shelf", (Variant("as is", 0.5), Variant("new", 0.5)))
ITEMS = st.lists(st.integers(0, 30), unique=True, max_size=20)


def subjects(count: int) -> list[UUID]:
    return [UUID(int=number * 7919) for number in range(count)]


def test_a_reader_sees_the_same_variant_again() -> None:
    first = [variant_of(HALVES, subject) for subject in subjects(50)]

    assert first == [variant_of(HALVES, subject) for subject in subjects(50)]


def test_variants_get_their_shares_and_experiments_do_not_follow_one_another() -> None:
    uneven = Experiment("row", (Variant("a", 0.2), Variant("b", 0.3), Variant("c", 0.5)))

    both = Counter(
        (variant_of(HALVES, subject).name, variant_of(uneven, subject).name)
        for subject in subjects(20_000)
    )

    for half in ("as is", "new"):
        for name, share in (("a", 0.2), ("b", 0.3), ("c", 0.5)):
            assert both[half, name] / 20_000 == pytest.approx(share / 2, abs=0.012)


@pytest.mark.parametrize(
    "variants",
    [
        (Variant("a", 1.0),),
        (Variant("a", 0.5), Variant("a", 0.5)),
        (Variant("a", 0.9), Variant("b", 0.2)),
    ],
)
def test_an_experiment_that_cannot_be_is_refused(variants: tuple[Variant, ...]) -> None:
    with pytest.raises(BadExperiment):
        checked(Experiment("shelf", variants))


@settings(max_examples=100)
@given(ITEMS, ITEMS, st.integers(0, 25), st.integers(0, 2**32))
def test_a_draft_holds_each_item_once_and_each_team_picks_its_best_left(
    a: list[int], b: list[int], size: int, seed: int
) -> None:
    drafted = team_draft(a, b, size, seed=seed)

    items = [item for item, _ in drafted]
    assert len(items) == len(set(items)) == min(size, len(set(a) | set(b)))
    for place, (item, team) in enumerate(drafted):
        own = a if team == "a" else b
        assert item == next(one for one in own if one not in items[:place])
    assert credit(drafted, items) == sum(1 if team == "b" else -1 for _, team in drafted)


def test_equal_rankings_earn_equal_credit() -> None:
    ranking = list(range(10))
    earned = [credit(team_draft(ranking, ranking, 10, seed=seed), [0]) for seed in range(2_000)]

    assert abs(sum(earned)) < 150


def test_a_better_ranking_wins_most_drafts() -> None:
    worse, better = [8, 9, 1, 2, 3], [1, 2, 3, 8, 9]

    earned = [credit(team_draft(worse, better, 3, seed=seed), [1, 2]) for seed in range(300)]

    assert sum(found > 0 for found in earned) > 2 * sum(found < 0 for found in earned)


def test_equals_looked_at_daily_are_told_apart_less_often_than_promised() -> None:
    outcome = try_out(Trial(runs=400, rate=0.1, lift=0.0, daily=200, looks=30, seed=1))

    assert outcome.decided <= ALPHA
    assert outcome.covered >= 1 - ALPHA
    # The usual test, looked at as often, breaks its promise: that is why it is not used.
    assert outcome.naive > 2 * ALPHA


def test_a_planted_winner_is_found_and_never_called_a_loser() -> None:
    outcome = try_out(Trial(runs=100, rate=0.1, lift=0.2, daily=400, looks=30, seed=2))

    assert outcome.rightly == outcome.decided > 0.9
    assert outcome.days is not None
    assert outcome.days < 25


def test_of_a_few_readers_nothing_is_said() -> None:
    lift = compare(Arm(50, 0, 0), Arm(50, 50, 50))

    assert lift.p == 1
    assert not lift.decided
