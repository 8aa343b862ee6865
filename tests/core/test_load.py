"""A load test sends what it says, in the shares it says, and judges by what it measured."""

import xml.etree.ElementTree as ET
from collections import Counter

import numpy as np
import pytest

from core.load.chart import percentile_chart
from core.load.report import Criteria, Load, kinds_of, latency_of, shortfalls
from core.load.traffic import API, SHARES, Known, arrivals, drawn

BOOKS = [Known(f"id-{n}", f"The Long Title {n}", "Ann Author", "Poetry") for n in range(50)]


def load(**changed: object) -> Load:
    told: dict[str, object] = {
        "users": 4, "requests": 1_000, "seconds": 2.0, "rate": 500.0, "capacity": 0.0,
        "statuses": {200: 1_000}, "latency": latency_of(np.full(1_000, 0.004)), "kinds": (),
    }  # fmt: skip
    return Load(**{**told, **changed})  # type: ignore[arg-type]


def test_shares_of_all_kinds_add_up_to_one() -> None:
    assert sum(share for share, _ in SHARES.values()) == pytest.approx(1.0)


def test_kinds_come_in_their_shares_and_popular_books_most() -> None:
    sent = drawn(BOOKS, 20_000, seed=1)

    kinds = Counter(each.kind for each in sent)
    books = Counter(each.path for each in sent if each.kind == "book")
    assert all(abs(kinds[name] / 20_000 - share) < 0.02 for name, (share, _) in SHARES.items())
    assert books.most_common(1)[0][0] == f"{API}/books/id-0"


def test_same_seed_sends_the_same() -> None:
    assert drawn(BOOKS, 200, seed=3) == drawn(BOOKS, 200, seed=3)
    assert drawn(BOOKS, 200, seed=3) != drawn(BOOKS, 200, seed=4)


def test_arrivals_ascend_at_their_rate() -> None:
    due = arrivals(20_000, 400.0, seed=2)

    assert (np.diff(due) >= 0).all()
    assert 20_000 / due[-1] == pytest.approx(400.0, rel=0.05)


def test_percentiles_are_those_of_the_requests() -> None:
    latency = latency_of(np.arange(1, 1_001) / 1e3)

    assert latency.p50 == pytest.approx(500.5)
    assert latency.p99 == pytest.approx(990.01)
    assert latency.longest == 1_000.0


def test_each_kind_is_told_by_itself() -> None:
    kinds = kinds_of(["book", "search", "search"], np.array([0.001, 0.002, 0.004]))

    assert [(kind.name, kind.requests) for kind in kinds] == [("search", 2), ("book", 1)]
    assert kinds[0].latency.mean == 3.0


def test_good_load_falls_short_of_nothing() -> None:
    assert shortfalls(load(), Criteria()) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"statuses": {200: 990, 503: 10}}, "99.00% were answered"),
        ({"statuses": {200: 990, 0: 10}}, "99.00% were answered"),
        ({"latency": latency_of(np.full(10, 0.08))}, "the average is 80.0 ms"),
        ({"seconds": 100.0}, "10 a second were answered"),
    ],
)
def test_what_is_not_good_enough_is_told(changed: dict[str, object], told: str) -> None:
    found = shortfalls(load(**changed), Criteria())

    assert len(found) == 1
    assert told in found[0]


def test_picture_is_svg_with_a_line_for_each_kind() -> None:
    seconds = np.random.default_rng(5).exponential(0.004, 5_000)

    drawn_chart = ET.fromstring(percentile_chart({"all": seconds, "a <b>": seconds / 2}, "Title"))

    lines = drawn_chart.findall("{http://www.w3.org/2000/svg}polyline")
    texts = [each.text for each in drawn_chart.iter("{http://www.w3.org/2000/svg}text")]
    assert len(lines) == 2
    assert "a <b>" in texts
