"""Explanations add up in numbers and say the same in words; parts give way to a deadline."""

import itertools
import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from benchmarks.synthetic import books as synthetic
from core.kernel.ids import new_id
from core.search.budget import LATEST, Budget
from core.search.ranking import Taste, Weights
from core.search.request import SearchRequest, parse
from core.search.rules import Rule, RuleBook, SynonymSet
from core.search.service import Search

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def answer(search: Search, taste: Taste | None = None, **fields: Any) -> dict[str, Any]:
    pairs = [("explain", "true"), *((name, str(value)) for name, value in fields.items())]
    found: dict[str, Any] = json.loads(search.search(parse(pairs, SearchRequest), taste).body)
    return found


@pytest.fixture
def shop(index: Any, make: Any) -> Search:
    searched: Search = index(
        [
            make("Dune", "Frank Herbert", rating=4.25, reviews=1200, categories=("Deserts",)),
            make("Dune Messiah", "Frank Herbert", rating=4, reviews=1),
            make("Deserts of the World", description="Every dune and why it wanders."),
        ]
    )
    return searched


def ruled(search: Search, synonyms: Any = (), rules: Any = ()) -> Search:
    book = RuleBook(synonyms, rules)
    return Search(search.views, weights=Weights(), secret=b"test", rules=lambda: book)


def because(found: dict[str, Any], title: str) -> list[str]:
    [hit] = [hit for hit in found["results"] if hit["title"] == title]
    sentences: list[str] = hit["because"]
    return sentences


def test_an_exact_hit_says_where_each_word_stands(shop: Search) -> None:
    found = answer(shop, q="dune herbert zzyzxq")

    said = because(found, "Dune")

    assert "“dune” stands in the title." in said
    assert "“herbert” stands in an author's name." in said
    assert "“zzyzxq” is in no book here and was set aside." in said
    assert "The query holds the whole title." in said
    assert any("4.25 stars from 1,200 ratings" in sentence for sentence in said)


def test_a_correction_says_what_was_typed(shop: Search) -> None:
    found = answer(shop, q="mesiah")

    assert "“messiah”, read for “mesiah”, stands in the title." in because(found, "Dune Messiah")


def test_a_synonym_and_a_rule_are_named(shop: Search) -> None:
    dune = shop.views().id_of(0)
    each: Any = {"created_at": MOMENT, "updated_at": MOMENT}
    synonyms = SynonymSet(id=new_id(), terms=("sandhill",), targets=("dune",), **each)
    rule = Rule(id=new_id(), query="sandhill", action="pin", book_id=dune, position=2, **each)

    found = answer(ruled(shop, [synonyms], [rule]), q="sandhill")

    assert found["results"][1]["title"] == "Dune"
    assert because(found, "Dune")[:2] == [
        "A rule for the query “sandhill” pins it to place 2.",
        "“dune”, a synonym of “sandhill”, stands in the title.",
    ]
    assert found["synonyms"] == [{"id": str(synonyms.id), "term": "sandhill", "target": "dune"}]
    assert [each["id"] for each in found["rules"]] == [str(rule.id)]


def test_parts_add_up_with_rules_and_synonyms(shop: Search) -> None:
    each: Any = {"created_at": MOMENT, "updated_at": MOMENT}
    synonyms = SynonymSet(id=new_id(), terms=("sand", "dune"), **each)
    rules = [
        Rule(
            id=new_id(),
            query="sand",
            action="pin" if row else "bury",
            book_id=shop.views().id_of(row),
            position=row or None,
            **each,
        )
        for row in range(3)
    ]
    search = ruled(shop, [synonyms], rules)

    for taste in (None, Taste({"Deserts": 0.6})):
        for hit in answer(search, taste, q="sand")["results"]:
            parts = hit["explain"].values()
            assert sum(part["value"] for part in parts) == pytest.approx(hit["score"], abs=1e-9)
            assert all(-1e-6 <= part["part"] <= 1 + 1e-6 for part in parts)


def test_past_its_budget_a_search_leaves_parts_out_and_says_so(shop: Search) -> None:
    late = Search(shop.views, weights=Weights(), secret=b"test", budget_seconds=0.0)

    found = answer(late, Taste({"Deserts": 1.0}), q="dune mesiah")

    assert found["dropped"] == ["taste", "popularity", "fuzziness", "facets"]
    assert "facets" not in found
    assert found["did_you_mean"] is None
    assert found["results"]
    assert {hit["explain"]["popularity"]["weight"] for hit in found["results"]} == {0.0}
    assert "dropped" not in answer(shop, Taste({"Deserts": 1.0}), q="dune mesiah")


def test_parts_are_given_up_in_the_declared_order() -> None:
    for moment in (0.0, 0.4, 0.55, 0.7, 0.9, 1.1):
        ticks = itertools.chain([0.0], itertools.repeat(moment))
        budget = Budget(1.0, clock=partial(next, ticks))

        late = [budget.late(part) for part in LATEST]

        assert late == sorted(late, reverse=True)
        assert list(budget.dropped) == list(LATEST)[: sum(late)]


def test_an_answer_without_books_is_explained_as_well(shop: Search) -> None:
    found = answer(shop, q="dune", price_max="0", highlight="true")

    assert (found["count"], found["results"]) == (0, [])


CATALOGUE = [book for batch in synthetic(400, seed=61) for book in batch]
WORDS = sorted({word for book in CATALOGUE[:150] for word in book.title.split()})
CATEGORIES = sorted({each.name for book in CATALOGUE for each in book.categories})
SHARES = st.floats(0, 1).map(lambda share: round(share, 3))


@st.composite
def queries(draw: st.DrawFn) -> str:
    """Words of titles, some with a slip, some unknown, some pasted behind a colon."""
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5))
    place = draw(st.integers(0, len(words) - 1))
    slip = draw(st.sampled_from(["none", "drop", "swap", "unknown"]))
    word = words[place]
    if slip == "drop" and len(word) > 3:
        words[place] = word[:1] + word[2:]
    elif slip == "swap" and len(word) > 3:
        words[place] = word[0] + word[2] + word[1] + word[3:]
    elif slip == "unknown":
        words[place] = "zzyzxqv"
    return draw(st.sampled_from([" ", ": "])).join([words[0], " ".join(words[1:])]).strip(": ")


def test_parts_add_up_to_the_score_whatever_is_asked(index: Any) -> None:
    views = index(CATALOGUE).views

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        q=queries(),
        shares=st.tuples(SHARES, SHARES, SHARES).filter(lambda shares: shares[0] + shares[1] > 0),
        liked=st.none() | st.dictionaries(st.sampled_from(CATEGORIES), st.floats(0, 1), min_size=1),
        narrowed=st.sampled_from([{}, {"price_max": "20"}, {"in_stock": "true"}]),
        match=st.sampled_from(["most", "all", "any"]),
        page=st.integers(1, 3),
    )
    @example(  # two words, corrected to one
        q="Gock Giock", shares=(1.0, 0.0, 0.0), liked=None, narrowed={}, match="most", page=1
    )
    def law(
        *,
        q: str,
        shares: tuple[float, float, float],
        liked: dict[str, float] | None,
        narrowed: dict[str, str],
        match: str,
        page: int,
    ) -> None:
        search = Search(views, weights=Weights(*shares), secret=b"test")
        taste = None if liked is None else Taste(liked)

        found = answer(search, taste, q=q, match=match, page=page, size=40, **narrowed)

        for hit in found["results"]:
            parts = hit["explain"].values()
            assert abs(sum(part["value"] for part in parts) - hit["score"]) <= 1e-9
            assert all(part["value"] == part["weight"] * part["part"] for part in parts)
            assert all(-1e-6 <= part["part"] <= 1 + 1e-6 for part in parts)
            assert hit["because"]

    law()
