"""Books beside a book, and instead of one."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalogue.book import BookNotFound
from core.search.snapshot import Horizon

BOOKS = 120
UNREAD = 110
"""Nobody read this one; its author wrote 112 as well."""


@settings(max_examples=60, deadline=None)
@given(st.integers(0, BOOKS - 1), st.integers(1, 20))
def test_similar_books_are_never_the_book_nor_an_edition_of_it(
    shop: Any, number: int, size: int
) -> None:
    found = shop.results(shop.recommendations.similar(shop.books[number].id, size=size))

    titles = [hit["title"] for hit in found]
    scores = [hit["score"] for hit in found]
    assert shop.books[number].title not in titles
    assert len(set(titles)) == len(titles) <= size
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    assert {hit["reason_book_id"] for hit in found} == {str(shop.books[number].id)}


def test_reasons_of_similar_books_say_what_they_share(shop: Any) -> None:
    reasons = {
        hit["reason"]: hit for hit in shop.results(shop.recommendations.similar(shop.books[2].id))
    }

    assert reasons["Next in The Saga"]["title"] == "Saga part 3"
    assert "Readers of Saga part 2 also liked this" in reasons


def test_a_book_nobody_read_has_similar_books_by_content(shop: Any) -> None:
    found = shop.results(shop.recommendations.similar(shop.books[UNREAD].id))

    assert found[0]["authors"][0]["name"] == "Author 27"
    assert found[0]["reason"] == "Also by Author 27"
    assert not [hit for hit in found if hit["reason"].startswith("Readers of")]


def test_a_book_newer_than_the_model_has_similar_books_by_its_words(own_shop: Any) -> None:
    newcomer = msgspec.structs.replace(
        own_shop.books[8], id=own_shop.book_id(999), title="Tale of wolves"
    )
    own_shop.writer.apply([newcomer], [], Horizon(2, 2), "later")
    own_shop.refresh()

    found = own_shop.results(own_shop.recommendations.similar(newcomer.id))

    assert found
    assert "Tale of wolves" not in [hit["title"] for hit in found]
    assert {hit["authors"][0]["name"] for hit in found[:2]} == {"Author 2"}


def test_book_whose_neighbours_are_all_gone_has_similar_books_by_its_words(own_shop: Any) -> None:
    book = own_shop.books[UNREAD]
    newcomer = msgspec.structs.replace(book, id=own_shop.book_id(999), title="Tale of wolves")
    gone = [other.id for other in own_shop.books if other.id != book.id]
    own_shop.writer.apply([newcomer], gone, Horizon(2, 2), "later")
    own_shop.refresh()

    found = own_shop.results(own_shop.recommendations.similar(book.id))

    assert [hit["title"] for hit in found] == ["Tale of wolves"]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, BOOKS - 1), st.integers(1, 40))
def test_alternatives_are_in_stock_and_never_the_book(shop: Any, number: int, size: int) -> None:
    found = shop.results(shop.recommendations.alternatives(shop.books[number].id, size=size))

    assert all(shop.books[other].stock > 0 for other in shop.numbers(found))
    assert number not in shop.numbers(found)
    assert len({hit["title"] for hit in found}) == len(found) <= size
    scores = [hit["score"] for hit in found]
    assert scores == sorted(scores, reverse=True)


def test_another_edition_is_the_first_alternative(shop: Any) -> None:
    found = shop.results(shop.recommendations.alternatives(shop.books[118].id))

    assert shop.numbers(found)[0] == 116
    assert found[0]["reason"] == "Another edition of Tale of 116"


def test_an_unknown_book_has_no_similar_ones(shop: Any) -> None:
    with pytest.raises(BookNotFound):
        shop.recommendations.similar(shop.book_id(12_345))
    with pytest.raises(BookNotFound):
        shop.recommendations.alternatives(shop.book_id(12_345))
