import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalogue.book import LIST_FIELDS, Book, Named, SeriesPlace
from core.kernel.ids import new_id
from core.kernel.money import Money
from core.search.columns import NO_YEAR
from core.search.entry import entry_of, is_listed

MOMENT = datetime(2024, 5, 1, tzinfo=UTC)


def book(**fields: Any) -> Book:
    given = {"title": "Emma", "price": Money(999, "EUR"), **fields}
    return Book(id=new_id(), created_at=MOMENT, updated_at=MOMENT, **given)


def named(name: str) -> Named:
    return Named(new_id(), name)


def test_every_field_that_is_read_becomes_terms() -> None:
    entry = entry_of(
        book(
            title="The Hobbit",
            subtitle="There and Back Again",
            authors=(named("J. R. R. Tolkien"),),
            series=SeriesPlace(new_id(), "Middle-earth", 1.0),
            categories=(named("Fantasy"),),
            publisher=named("Allen & Unwin"),
            description="A hole in the ground.",
            isbn="9780261102217",
        )
    )

    assert entry.title == ["the", "hobbit", "there", "and", "back", "again"]
    assert entry.author == ["j", "r", "r", "tolkien", "jrr"]
    assert entry.series == ["middle", "earth"]
    assert entry.terms[: len(entry.title)] == entry.title
    rest = {"tolkien", "jrr", "earth", "fantasy", "allen", "unwin", "hole", "9780261102217"}
    assert rest <= set(entry.terms)


def test_heading_leaves_out_what_stands_in_brackets() -> None:
    entry = entry_of(book(title="The Hunger Games (The Hunger Games, #1)", subtitle="A Novel"))

    assert entry.heading == ("the", "hunger", "games")


def test_heading_of_a_title_all_in_brackets_is_the_title() -> None:
    entry = entry_of(book(title="(Untitled)"))

    assert entry.heading == ("untitled",)


@given(st.text(max_size=40), st.one_of(st.none(), st.text(max_size=40)))
def test_list_form_is_the_beginning_of_the_whole(title: str, subtitle: str | None) -> None:
    value = book(title=title, subtitle=subtitle, description="d", cover_url='"description":')

    entry = entry_of(value)

    whole = json.loads(entry.detail)
    listed = json.loads(entry.detail[: entry.list_length] + b"}")
    assert list(listed) == list(LIST_FIELDS)
    assert listed == {name: whole[name] for name in LIST_FIELDS}
    assert msgspec.json.decode(entry.detail, type=Book) == value


@pytest.mark.parametrize(
    ("published", "year"),
    [("1815-12-23", 1815), ("-0700", -700), (None, NO_YEAR), ("unknown", NO_YEAR)],
)
def test_year_is_read_from_what_is_known_of_the_date(published: str | None, year: int) -> None:
    assert entry_of(book(published=published)).year == year


def test_numbers_too_large_for_their_column_are_held_at_its_end() -> None:
    entry = entry_of(book(stock=2**40, review_count=2**40))

    assert entry.stock == entry.reviews == 2**31 - 1


def test_hidden_books_are_not_listed() -> None:
    assert not is_listed(book(status="hidden"))
    assert is_listed(book(status="out_of_print"))
