"""Filters and facets, asked of both searches."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from core.catalogue.book import Book

FACETS = "category,price,rating,author,language,year,series,availability"
Make = Callable[..., Book]
Ask = Callable[..., Awaitable[dict[str, Any]]]


def titles(answer: dict[str, Any]) -> list[str]:
    return [hit["title"] for hit in answer["results"]]


async def test_filters_choose_and_never_change_a_score(
    shop: Any, ask: Ask, library: list[Book]
) -> None:
    await shop.rebuild(library)

    free = {hit["id"]: hit["score"] for hit in (await ask(q="harry potter"))["results"]}
    narrow = await ask(q="harry potter", category="Fantasy", price_max="10.00")
    alone = await ask(q="tolkien dune harry", match="any", author="Frank Herbert")

    assert len(free) == 3
    assert {hit["id"]: hit["score"] for hit in narrow["results"]} == pytest.approx(free)
    assert titles(alone) == ["Dune"]
    assert alone["results"][0]["score"] < 0.5  # not the best match, though the best shown


async def test_filters_are_alternatives_within_a_name_and_conditions_between(
    shop: Any, ask: Ask, make: Make
) -> None:
    await shop.rebuild(
        [
            make("A", categories=("Poetry",), price=500, published="1999", rating=4, reviews=1),
            make("B", categories=("Drama",), price=1500, language="fr", stock=0),
            make("C", categories=("Poetry", "Drama"), price=2500, series="Saga"),
            make("D", "É. Zola", categories=("Travel",), price=500, published="-0044"),
        ]
    )

    for fields, expected in (
        ({"category": ["Poetry", "Drama"]}, "ABC"),
        ({"category": ["Poetry", "Drama"], "price_max": "15.00"}, "AB"),
        ({"price_min": "5.001", "price_max": "24.999"}, "B"),
        ({"category": "Nothing"}, ""),
        ({"category": "poetry"}, "AC"),
        ({"author": "e. zola"}, "D"),
        ({"language": "fr"}, "B"),
        ({"series": "saga"}, "C"),
        ({"year_max": 0}, "D"),
        ({"year_min": 1900}, "A"),
        ({"rating_min": 4}, "A"),
        ({"in_stock": "false"}, "B"),
        ({"in_stock": "true", "price_max": "5"}, "AD"),
    ):
        answer = await ask(**fields)
        assert "".join(sorted(titles(answer))) == expected, fields
        assert answer["count"] == len(expected)


async def test_a_name_that_a_book_carries_is_not_taken_for_one_that_folds_alike(
    shop: Any, ask: Ask, make: Make
) -> None:
    await shop.rebuild([make("A", categories=("poetry",)), make("B", categories=("Poetry",))])

    assert titles(await ask(category="poetry")) == ["A"]
    assert titles(await ask(category="Poetry")) == ["B"]


async def test_facets_ignore_their_own_filter_and_honour_the_others(
    shop: Any, ask: Ask, make: Make
) -> None:
    await shop.rebuild(
        [
            make("A", "Anne", categories=("Poetry",), price=500, published="1999", series="S"),
            make("B", "Anne", categories=("Drama",), price=1500, rating=4.99, reviews=2, stock=0),
            make("C", "Bob", categories=("Poetry", "Drama"), price=2500, published="-0044"),
            make("D", "Bob", categories=("Travel",), price=5000, language="en", published="1991"),
        ]
    )

    facets = (await ask(facets=FACETS))["facets"]
    narrowed = (await ask(facets=FACETS, category="Poetry", price_max="10"))["facets"]

    def names(counted: list[dict[str, Any]]) -> dict[str, int]:
        return {each["name"]: each["count"] for each in counted}

    assert names(facets["categories"]) == {"Poetry": 2, "Drama": 2, "Travel": 1}
    assert names(facets["authors"]) == {"Anne": 2, "Bob": 2}
    assert names(facets["languages"]) == {"en": 1}
    assert names(facets["series"]) == {"S": 1}
    assert [each["count"] for each in facets["price_ranges"]] == [1, 1, 1, 1]
    assert facets["price_ranges"][1] == {"from": 10, "to": 25, "count": 1}
    assert facets["ratings"][1] == {"rating": 4, "count": 1}
    assert facets["ratings"][5] == {"rating": 0, "count": 3}
    assert facets["years"] == [
        {"from": 1990, "to": 1999, "count": 2},
        {"from": -50, "to": -41, "count": 1},
    ]
    assert facets["availability"] == [
        {"in_stock": True, "count": 3},
        {"in_stock": False, "count": 1},
    ]
    assert names(narrowed["categories"]) == {"Poetry": 1}
    assert [each["count"] for each in narrowed["price_ranges"]] == [1, 0, 1, 0]
    assert names(narrowed["authors"]) == {"Anne": 1}


async def test_facets_of_a_query_count_its_matches_alone(
    shop: Any, ask: Ask, library: list[Book]
) -> None:
    await shop.rebuild(library)

    found = await ask(q="harry potter", match="all", facets=FACETS)
    nothing = await ask(q="qqqqqqqqqq", facets=FACETS)

    assert found["count"] == 2
    assert found["facets"]["series"] == [{"name": "Harry Potter", "count": 2}]
    assert nothing["count"] == 0
    assert nothing["facets"]["categories"] == []
