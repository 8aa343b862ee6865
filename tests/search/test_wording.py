"""Titles of the same words: the one that is asked for word for word comes first."""

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., dict[str, Any]]
LOVED = {"rating": 4.2, "reviews": 300}
LESS = {"rating": 4.1, "reviews": 200}


@pytest.mark.parametrize(
    ("q", "titles"),
    [
        ("The Sea", ("The Sea", "The Sea, the Sea")),
        ("The sea, the sea", ("The Sea, the Sea", "The Sea")),
        ("Book of the Dead", ("Book of the Dead", "The Book of the Dead")),
        ("the winter bird", ("The Winter Bird", "The Bird Winter")),
        ("The Sea: a novel", ("The Sea", "The Sea, the Sea")),
    ],
)
def test_title_in_the_very_words_comes_before_one_of_the_same_words_otherwise(
    make: Any, index: Any, ask: Ask, q: str, titles: tuple[str, str]
) -> None:
    meant, other = titles
    shop = index([make(other, **LOVED), make(meant, **LESS), make("A Novel Bird")])

    found = [hit["title"] for hit in ask(shop, q=q)["results"]]

    assert found[:2] == [meant, other]


def test_words_in_another_order_alone_cost_nothing(make: Any, index: Any, ask: Ask) -> None:
    alone = index([make("The Winter Bird"), make("Other")])

    [hit] = ask(alone, q="bird winter the", explain="true")["results"]

    assert hit["explain"]["text"]["part"] == pytest.approx(1.0)
