"""Synonyms: other words find the same books, a little below those that hold the word itself."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.kernel.ids import new_id
from core.search.ranking import Weights
from core.search.request import SearchRequest, parse
from core.search.rules import RuleBook, SynonymSet
from core.search.service import Search
from core.search.snapshot import Word
from core.search.synonyms import MOST_CLAUSES, clauses

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def synonyms(*terms: str, targets: Sequence[str] = ()) -> SynonymSet:
    return SynonymSet(
        id=new_id(), terms=terms, targets=tuple(targets), created_at=MOMENT, updated_at=MOMENT
    )


def told(search: Search, *sets: SynonymSet) -> Search:
    """The same index, searched with these synonyms."""
    book = RuleBook(sets)
    return Search(search.views, weights=Weights(), secret=b"test", rules=lambda: book)


def found(search: Search, q: str, **rest: str) -> list[str]:
    pairs = [("q", q), *rest.items()]
    answer: dict[str, Any] = json.loads(search.search(parse(pairs, SearchRequest)).body)
    return [hit["title"] for hit in answer["results"]]


@pytest.fixture
def shop(index: Any, make: Any) -> Search:
    searched: Search = index(
        [
            make("Television: A History"),
            make("The TV Repair Book"),
            make("The Lord of the Rings", "Tolkien"),
            make("Lord of the Flies", "Golding"),
            make("Saturn's Rings"),
            make("New York Stories"),
            make("Walking in NYC"),
            make("York Minster"),
            make("Gardening for Beginners"),
        ]
    )
    return searched


def test_a_two_way_set_finds_either_word_by_the_other(shop: Search) -> None:
    search = told(shop, synonyms("tv", "television"))

    assert found(search, "television") == ["Television: A History", "The TV Repair Book"]
    assert set(found(search, "tv")) == {"Television: A History", "The TV Repair Book"}
    assert found(shop, "tv") == ["The TV Repair Book"]


def test_a_one_way_set_works_from_its_terms_alone(shop: Search) -> None:
    search = told(shop, synonyms("tv", targets=["television"]))

    assert len(found(search, "tv")) == 2
    assert found(search, "television") == ["Television: A History"]


def test_a_word_the_catalogue_does_not_know_is_taken_for_its_synonym(shop: Search) -> None:
    search = told(shop, synonyms("telly", "television"))

    assert found(search, "telly history", match="all") == ["Television: A History"]
    assert found(search, "televsion") == ["Television: A History"]


def test_one_word_may_stand_for_several(shop: Search) -> None:
    search = told(shop, synonyms("lotr", targets=["lord of the rings"]))

    assert found(search, "lotr", match="all") == ["The Lord of the Rings"]
    assert found(search, "lotr tolkien", match="all") == ["The Lord of the Rings"]
    assert found(search, "lotr")[0] == "The Lord of the Rings"


def test_several_words_may_stand_for_one(shop: Search) -> None:
    search = told(shop, synonyms("new york", "nyc"))

    assert set(found(search, "New York", match="all")) == {"New York Stories", "Walking in NYC"}
    assert set(found(search, "nyc", match="all")) == {"New York Stories", "Walking in NYC"}
    assert found(search, "york new", match="all") == ["New York Stories"]


def test_the_word_itself_ranks_above_its_synonym(index: Any, make: Any) -> None:
    search = told(index([make("A Sofa Book"), make("A Couch Book")]), synonyms("couch", "sofa"))

    assert found(search, "couch") == ["A Couch Book", "A Sofa Book"]
    assert found(search, "sofa") == ["A Sofa Book", "A Couch Book"]


def test_a_synonym_no_book_holds_changes_nothing(shop: Search) -> None:
    search = told(shop, synonyms("gardening", "horticulture"), synonyms("teevee", "telescreen"))

    assert found(search, "gardening") == found(shop, "gardening")
    assert found(search, "teevee") == found(shop, "teevee")


letters = st.sampled_from("abcdefgh")
phrases = st.lists(st.lists(letters, min_size=1, max_size=3, unique=True), min_size=1, max_size=3)


@given(phrases=phrases)
def test_clauses_hold_of_the_books_that_hold_a_phrase(phrases: list[list[str]]) -> None:
    made = clauses([tuple(Word(((term, 1.0),)) for term in phrase) for phrase in phrases])

    for held in product((False, True), repeat=8):
        book = {letter for letter, has in zip("abcdefgh", held, strict=True) if has}
        holds_phrase = any(book.issuperset(phrase) for phrase in phrases)
        passes = all(any(term in book for term, _ in word.alternatives) for word in made)
        product_size = 1
        for phrase in phrases:
            product_size *= len(phrase)
        if product_size <= MOST_CLAUSES:
            assert passes == holds_phrase
        else:
            assert passes or not holds_phrase
