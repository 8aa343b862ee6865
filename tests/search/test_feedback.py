"""Long questions that describe a book: what the best books have in common lifts others."""

from collections.abc import Callable
from typing import Any

import pytest

from core.search.request import SearchRequest

Ask = Callable[..., dict[str, Any]]
QUESTION = "ship storm captain island sailor harbour anchor"


@pytest.fixture
def shop(make: Any, index: Any) -> Any:
    return index(
        [
            *(make(f"Voyage {n}", description=f"{QUESTION} whale", price=500) for n in "abc"),
            make("First", description="ship storm stone", price=5000),
            make("Second", description="ship storm whale", price=5000),
            *(make(f"Other {n}", description="garden stone") for n in "abcdef"),
        ]
    )


def test_book_like_the_best_comes_before_one_that_is_not(shop: Any, ask: Ask) -> None:
    titles = [hit["title"] for hit in ask(shop, q=QUESTION)["results"]]

    assert titles.index("Second") < titles.index("First")


def test_short_question_is_taken_at_its_word(shop: Any, ask: Ask) -> None:
    hits = {hit["title"]: hit["score"] for hit in ask(shop, q="ship storm")["results"]}

    assert hits["First"] == hits["Second"]


def test_filters_never_change_scores_of_a_long_question(shop: Any, ask: Ask) -> None:
    free = {hit["id"]: hit["score"] for hit in ask(shop, q=QUESTION)["results"]}

    filtered = ask(shop, q=QUESTION, price_min="40.00")["results"]

    assert len(filtered) == 2
    assert all(hit["score"] == free[hit["id"]] for hit in filtered)


def test_rare_word_counts_more_in_a_long_question_than_in_a_short_one(
    make: Any, index: Any
) -> None:
    others = [make(name) for name in "Winter Song Garden Mountain Letter".split()]
    shop = index([make("Quince"), *(make(f"River {n}") for n in range(9)), *others])

    def boosts(q: str) -> dict[str, float]:
        words = shop.ask(SearchRequest(q=q)).query.words
        return {word.alternatives[0][0]: word.boost for word in words}

    short = boosts("quince river")
    long = boosts("quince river winter song garden mountain letter")

    assert short["quince"] == short["river"] == 1
    assert long["quince"] == 1
    assert long["river"] < 0.8


def test_long_question_with_a_bracket_describes_a_book_as_one_without_does(
    shop: Any, ask: Ask
) -> None:
    titles = [hit["title"] for hit in ask(shop, q=f"{QUESTION} (garden)")["results"]]

    assert titles.index("Second") < titles.index("First")


def test_what_is_pasted_behind_a_title_is_no_description(shop: Any, ask: Ask) -> None:
    hits = {
        hit["title"]: hit["score"]
        for hit in ask(shop, q="ship storm (captain island sailor harbour anchor)")["results"]
    }

    assert hits["First"] == hits["Second"]
