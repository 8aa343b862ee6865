"""What many readers want: popular, trending, sold."""

from typing import Any

from core.search.request import Filters

BOOKS = 120


def test_popular_books_fall_in_popularity_and_filter_afterwards_is_the_same(shop: Any) -> None:
    everything = shop.numbers(shop.results(shop.recommendations.popular(size=BOOKS)))
    crime = shop.results(shop.recommendations.popular(Filters(category=("Crime",)), size=BOOKS))

    assert sorted(everything) == list(range(BOOKS))
    assert shop.numbers(crime) == [number for number in everything if number % 2]


def test_what_trends_comes_first_and_popular_books_fill_up(shop: Any) -> None:
    found = shop.results(shop.recommendations.trending(30, size=BOOKS))

    words = [hit["reason"].split()[0] for hit in found]
    assert words == sorted(words, reverse=True)
    assert len(found) == BOOKS
    assert shop.numbers(found)[0] in (8, 9)


def test_popular_of_a_window_begins_with_what_readers_turned_to_in_it(shop: Any) -> None:
    trending = shop.results(shop.recommendations.trending(30, size=BOOKS))
    moved = {hit["id"] for hit in trending if hit["reason"].startswith("Trending")}

    found = shop.results(shop.recommendations.popular(size=BOOKS, days=30))

    assert 0 < len(moved) < BOOKS
    assert {hit["id"] for hit in found[: len(moved)]} == moved
    assert sorted(shop.numbers(found)) == list(range(BOOKS))
    for part in (found[: len(moved)], found[len(moved) :]):
        scores = [hit["score"] for hit in part]
        assert scores == sorted(scores, reverse=True)


def test_bestsellers_are_ordered_by_copies_sold(shop: Any) -> None:
    found = shop.results(shop.recommendations.bestsellers(size=10))

    assert shop.numbers(found) == [8, 9]
    assert [hit["reason"] for hit in found] == ["400 sold", "200 sold"]
