"""What many readers ask stands before titles and authors, and nothing that a book does not say."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.search.analysis import terms_of
from core.search.popular_queries import (
    MOST_OFFERED,
    PopularQueries,
    PopularQuery,
    before,
    sayable,
    unspoken,
    words_asked,
)
from core.search.suggestions import MOST

TITLE = {
    "text": "Harry Potter",
    "type": "title",
    "highlight": "<mark>Har</mark>ry Potter",
    "id": "7",
}


def asked(**readers: int) -> PopularQueries:
    """By their words with _ for spaces."""
    return PopularQueries(
        PopularQuery(name.replace("_", " "), count) for name, count in readers.items()
    )


def told(queries: PopularQueries, q: str, *others: dict[str, Any]) -> list[Any]:
    found: list[Any] = json.loads(before(json.dumps(others).encode(), queries, q))
    return found


def test_most_asked_stands_first_and_before_titles() -> None:
    queries = asked(hard_times=6, harry_and_ron=9, dune=40)

    found = told(queries, "Har", TITLE)

    assert found == [
        {"text": "harry and ron", "type": "query", "highlight": "<mark>har</mark>ry and ron"},
        {"text": "hard times", "type": "query", "highlight": "<mark>har</mark>d times"},
        TITLE,
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("times", ["hard times"]),
        ("hard times", []),
        ("hard ti", ["hard times"]),
        ("HÀRD", ["hard times"]),
        ("h", []),
        ("", []),
        ("\U0010ffff\U0010ffff", []),
    ],
)
def test_any_word_begins_a_query(typed: str, expected: list[str]) -> None:
    assert [one["text"] for one in told(asked(hard_times=6), typed)] == expected


def test_title_of_the_same_words_is_told_once() -> None:
    assert told(asked(harry_potter=9), "har", TITLE) == [TITLE]


def test_ten_are_offered_in_all() -> None:
    queries = asked(**{f"har_{letter}": 9 for letter in "abcde"})
    others = [{**TITLE, "text": f"Harry {number}"} for number in range(MOST)]

    found = told(queries, "har", *others)

    assert [one["type"] for one in found] == ["query"] * MOST_OFFERED + ["title"] * 7
    assert found[MOST_OFFERED:] == others[:7]


def test_mark_is_safe_for_html() -> None:
    queries = PopularQueries([PopularQuery("<b>hard</b> & times", 9)])

    (found,) = told(queries, "hard")

    assert found["highlight"] == "&lt;b&gt;<mark>hard</mark>&lt;/b&gt; &amp; times"


WORDS = st.text("abé x'", max_size=8)


@given(st.dictionaries(WORDS, st.integers(1, 9)), WORDS)
def test_what_is_offered_goes_on_like_what_was_typed(readers: dict[str, int], typed: str) -> None:
    queries = PopularQueries(PopularQuery(query, count) for query, count in readers.items())
    words = " ".join(terms_of(typed))

    found = queries.starting(words)

    def begun(query: str) -> bool:
        terms = terms_of(query)
        starts = [" ".join(terms[place:]) for place in range(len(terms))]
        return terms != terms_of(typed) and any(start.startswith(words) for start in starts)

    best = sorted((query for query in readers if begun(query)), key=lambda q: (-readers[q], q))
    assert found == best[:MOST_OFFERED]


def test_only_words_of_the_store_s_books_are_said() -> None:
    queries = [PopularQuery("harry pottr", 9), PopularQuery("émile  zola", 9), PopularQuery("?", 9)]

    missing = unspoken(words_asked(queries), ["Harry Potter", "Zola, Emile"])

    assert missing == {"pottr"}
    assert [each.query for each in sayable(queries, missing)] == ["émile  zola"]
