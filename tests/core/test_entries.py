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
from core.search.analysis import name_terms, terms_of
from core.search.columns import NO_YEAR
from core.search.entries import entries_of, is_listed

MOMENT = datetime(2024, 5, 1, tzinfo=UTC)


def book(**fields: Any) -> Book:
    given = {"title": "Emma", "price": Money(999, "EUR"), **fields}
    return Book(id=new_id(), created_at=MOMENT, updated_at=MOMENT, **given)


def named(name: str) -> Named:
    return Named(new_id(), name)


def test_every_field_that_is_read_becomes_words() -> None:
    entries = entries_of(
        [
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
        ]
    )

    full_title, words = entries.full_title[0].split(), entries.words[0].split()
    assert full_title == ["the", "hobbit", "there", "and", "back", "again"]
    assert entries.author[0].split() == ["j", "r", "r", "tolkien", "jrr"]
    assert entries.series[0].split() == ["middle", "earth"]
    assert words[: len(full_title)] == full_title
    rest = {"tolkien", "jrr", "earth", "fantasy", "allen", "unwin", "hole", "9780261102217"}
    assert rest <= set(words)


def test_heading_leaves_out_what_stands_in_brackets() -> None:
    hunger = book(title="The Hunger Games (The Hunger Games, #1)", subtitle="A Novel")

    entries = entries_of([hunger, book(title="(Untitled)"), book(title="[]")])

    assert [words.split() for words in entries.heading] == [
        ["the", "hunger", "games"],
        ["untitled"],  # all in brackets: that is the title then
        [],
    ]


TEXTS = st.text(max_size=30) | st.text("a'’sS é\0\n_-(([])™ß", max_size=30)
BOOKS = st.builds(
    lambda title, subtitle, description, names: book(
        title=title,
        subtitle=subtitle,
        description=description,
        authors=tuple(map(named, names)),
        categories=tuple(map(named, names[1:])),
        publisher=named(names[0]) if names else None,
    ),
    TEXTS,
    st.none() | TEXTS,
    st.none() | TEXTS,
    st.lists(TEXTS, max_size=3),
)


@given(st.lists(BOOKS, max_size=6))
def test_many_books_have_the_words_that_each_text_has_by_itself(books: list[Book]) -> None:
    entries = entries_of(books)

    for place, each in enumerate(books):
        title = terms_of(each.title)
        full_title = title + terms_of(each.subtitle or "")
        author = [term for who in each.authors for term in name_terms(who.name)]
        others = [*each.categories, *([each.publisher] if each.publisher else [])]
        rest = [term for one in others for term in terms_of(one.name)]
        rest += terms_of(each.description or "")
        assert entries.title[place].split() == title
        assert entries.full_title[place].split() == full_title
        assert entries.author[place].split() == author
        assert entries.words[place].split() == full_title + author + rest


@given(st.text(max_size=40), st.one_of(st.none(), st.text(max_size=40)))
def test_list_form_is_the_beginning_of_the_whole(title: str, subtitle: str | None) -> None:
    value = book(title=title, subtitle=subtitle, description="d", cover_url='"description":')

    entries = entries_of([value])

    [detail] = entries.details
    whole = json.loads(detail)
    listed = json.loads(detail[: entries.list_lengths[0]] + b"}")
    assert list(listed) == list(LIST_FIELDS)
    assert listed == {name: whole[name] for name in LIST_FIELDS}
    assert msgspec.json.decode(detail, type=Book) == value


@pytest.mark.parametrize(
    ("published", "year"),
    [("1815-12-23", 1815), ("-0700", -700), (None, NO_YEAR), ("unknown", NO_YEAR)],
)
def test_year_is_read_from_what_is_known_of_the_date(published: str | None, year: int) -> None:
    assert entries_of([book(published=published)]).numbers["year"].tolist() == [year]


def test_numbers_too_large_for_their_column_are_held_at_its_end() -> None:
    numbers = entries_of([book(stock=2**40, review_count=2**40)]).numbers

    assert numbers["stock"].tolist() == numbers["reviews"].tolist() == [2**31 - 1]


def test_hidden_books_are_not_listed() -> None:
    assert not is_listed(book(status="hidden"))
    assert is_listed(book(status="out_of_print"))
