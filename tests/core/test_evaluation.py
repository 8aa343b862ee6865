"""The measures of search: their laws, and figures worked out by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.collection import BadCollection, Collection, Document, Question
from core.evaluation.intervals import bootstrap
from core.evaluation.measuring import measure
from core.evaluation.metrics import (
    METRICS,
    average_precision,
    ndcg,
    recall,
    reciprocal_rank,
    success,
)

names = st.sampled_from([f"d{number}" for number in range(30)])
rankings = st.lists(names, unique=True, max_size=30)
judgements = st.dictionaries(names, st.sampled_from([0.0, 1.0, 2.0, 4.0]), max_size=30)


@given(rankings, judgements)
def test_every_metric_lies_between_nought_and_one(
    ranked: list[str], gains: dict[str, float]
) -> None:
    for metric in METRICS.values():
        assert 0 <= metric(ranked, gains) <= 1


@given(judgements.filter(lambda gains: any(gains.values())))
def test_the_best_possible_order_reaches_one(gains: dict[str, float]) -> None:
    best = sorted(gains, key=lambda name: -gains[name])

    for metric in METRICS.values():
        assert metric(best, gains) == pytest.approx(1.0)


@given(rankings.filter(lambda ranked: len(ranked) > 1), judgements, st.data())
def test_moving_a_better_document_up_never_lowers_a_metric(
    ranked: list[str], gains: dict[str, float], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(ranked) - 2))
    above, below = ranked[place], ranked[place + 1]
    swapped = [*ranked[:place], below, above, *ranked[place + 2 :]]
    if gains.get(below, 0) < gains.get(above, 0):
        ranked, swapped = swapped, ranked

    for metric in METRICS.values():
        assert metric(swapped, gains) >= metric(ranked, gains) - 1e-12


@given(rankings, judgements)
def test_what_is_not_judged_counts_as_not_relevant(
    ranked: list[str], gains: dict[str, float]
) -> None:
    judged = {name: gain for name, gain in gains.items() if gain}

    for metric in METRICS.values():
        assert metric(ranked, gains) == metric(ranked, judged)


def test_metrics_of_a_list_worked_out_by_hand() -> None:
    ranked, gains = ["a", "b", "c", "d"], {"b": 3.0, "d": 1.0, "z": 2.0}

    assert reciprocal_rank(ranked, gains) == 0.5
    assert success(ranked, gains, depth=1) == 0
    assert success(ranked, gains, depth=2) == 1
    assert recall(ranked, gains) == pytest.approx(2 / 3)
    assert average_precision(ranked, gains) == pytest.approx((1 / 2 + 2 / 4) / 3)
    reached = 3 / math.log2(3) + 1 / math.log2(5)
    assert ndcg(ranked, gains) == pytest.approx(reached / (3 + 2 / math.log2(3) + 1 / 2))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_interval_holds_its_mean_and_stays_within_the_values(values: list[float]) -> None:
    interval = bootstrap(values)

    assert interval.low <= interval.mean <= interval.high
    assert min(values) - 1e-9 <= interval.low
    assert interval.high <= max(values) + 1e-9


def test_interval_narrows_with_more_questions_and_can_be_repeated() -> None:
    few, many = bootstrap([0.0, 1.0] * 10), bootstrap([0.0, 1.0] * 1000)

    assert many.high - many.low < (few.high - few.low) / 5
    assert bootstrap([0.0, 1.0] * 10) == few


def collection(judgements: dict[str, dict[str, float]]) -> Collection:
    return Collection(
        (Document(names=("1", "isbn"), title="One"), Document(names=("2",), title="Two")),
        (Question("q", "one"), Question("r", "two")),
        judgements,
    )


def test_documents_may_be_judged_by_any_of_their_names() -> None:
    measured = measure("fixed", lambda text: ["2", "1"], collection({"q": {"isbn": 1.0}}))

    assert measured.questions == 1
    assert measured.metrics["MRR@10"].mean == 0.5


def test_gain_over_another_ranker_is_paired_by_question() -> None:
    judged = collection({"q": {"1": 1.0}, "r": {"1": 1.0}})
    good = measure("good", lambda text: ["1"], judged)
    poor = measure("poor", lambda text: ["2", "1"], judged)

    gain = good.gain_over(poor)["MRR@10"]

    assert (gain.mean, gain.low, gain.high) == (0.5, 0.5, 0.5)


def test_binary_takes_every_relevant_document_for_alike() -> None:
    judged = collection({"q": {"1": 4.0, "2": 1.0}})

    graded = measure("fixed", lambda text: ["2", "1"], judged)
    binary = measure("fixed", lambda text: ["2", "1"], judged, binary=True)

    assert graded.metrics["nDCG@10"].mean < binary.metrics["nDCG@10"].mean == 1.0


def test_judgements_that_fit_nothing_are_refused() -> None:
    with pytest.raises(BadCollection):
        measure("fixed", lambda text: [], collection({"x": {"1": 1.0}}))
