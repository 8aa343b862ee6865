"""Long questions that describe a book: what the best books have in common lifts others."""

from collections.abc import Callable
from typing import Any

import pytest

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
