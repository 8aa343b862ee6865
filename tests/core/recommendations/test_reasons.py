"""Reasons are true of the reader's own history."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.search.snapshot import Horizon

BOOKS = 120

RATINGS = st.dictionaries(st.integers(0, BOOKS - 1), st.integers(1, 5), max_size=40)


@settings(max_examples=60, deadline=None)
@given(RATINGS)
def test_a_reason_names_a_book_of_the_readers_own_history(
    shop: Any, ratings: dict[int, int]
) -> None:
    for hit in shop.for_reader(shop.history(ratings)):
        because = hit.get("reason_book_id")
        if because is None:
            assert hit["reason"].startswith(("Popular in ", "Trending in "))
            assert hit["reason"].split(" in ")[1] in [named["name"] for named in hit["categories"]]
            continue
        number = shop.number(because)
        assert number in ratings
        if hit["reason"].startswith("Because you liked "):
            assert hit["reason"] == f"Because you liked {shop.books[number].title}"
            assert ratings[number] >= 4


def test_a_liked_book_that_left_the_shop_is_not_named(own_shop: Any) -> None:
    own_shop.writer.apply([], [own_shop.books[10].id], Horizon(2, 2), "later")
    own_shop.refresh()

    found = own_shop.for_reader(own_shop.history({10: 5, 20: 4}))

    named = {hit.get("reason_book_id") for hit in found}
    assert str(own_shop.books[20].id) in named
    assert str(own_shop.books[10].id) not in named
