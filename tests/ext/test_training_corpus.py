"""From recorded events to the corpus of a training run."""

import random

import numpy as np
import pytest

from core.recommendations.content import BookText
from core.recommendations.events import KINDS, Events, TextRows
from core.recommendations.interactions import KIND_STRENGTHS
from core.recommendations.training import Corpus
from ext.polars_training.corpus import EVENTS_A_READER, corpus_of

Row = tuple[int, int, str, float, int]
"""Reader, book, kind, value, seconds."""


def corpus(rows: list[Row], books: int = 3) -> Corpus:
    readers, numbers, kinds, values, seconds = (
        zip(*rows, strict=True) if rows else ((), (), (), (), ())
    )
    events = Events(
        reader_hi=np.full(len(rows), 9, np.uint64),
        reader_lo=np.array(readers, np.uint64),
        book_hi=np.full(len(rows), 5, np.uint64),
        book_lo=np.array(numbers, np.uint64),
        kind=np.array([KINDS.index(kind) for kind in kinds], np.int16),
        value=np.array(values, np.float32),
        quantity=np.full(len(rows), 2, np.int32),
        seconds=np.array(seconds, np.int64),
    )
    ids = np.arange(books, dtype=np.uint64)[::-1].copy()
    texts = [BookText(f"Book {number}") for number in ids.tolist()]
    return corpus_of(events, TextRows(np.full(books, 5, np.uint64), ids, texts))


def meetings(made: Corpus) -> list[tuple[int, int, int, int]]:
    acts = made.interactions
    columns = (acts.reader, acts.book, acts.strength, acts.seconds)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_the_last_rating_of_a_book_counts() -> None:
    made = corpus([(1, 0, "rating", 5, 10), (1, 0, "rating", 2, 30), (1, 0, "rating", 4, 20)])

    assert meetings(made) == [(0, 0, 40, 30)]


def test_a_rating_says_more_than_any_other_act() -> None:
    made = corpus([(1, 0, "purchase", 0, 50), (1, 0, "rating", 1, 10), (1, 1, "book_view", 0, 5)])

    assert meetings(made) == [(0, 0, 20, 50), (0, 1, KIND_STRENGTHS["book_view"], 5)]


def test_of_unrated_acts_the_strongest_counts() -> None:
    made = corpus([(1, 0, "book_view", 0, 50), (1, 0, "purchase", 0, 10)])

    assert meetings(made) == [(0, 0, KIND_STRENGTHS["purchase"], 50)]


@pytest.mark.parametrize("row", [(1, 77, "rating", 5, 1), (1, 0, "rating", 0, 1)])
def test_unknown_books_and_impossible_ratings_are_left_out(row: Row) -> None:
    made = corpus([row, (2, 1, "rating", 5, 1)])

    assert len(made.interactions.book) == 1
    assert made.reader_keys.tolist() == [2]


def test_a_reader_of_thousands_counts_with_the_newest() -> None:
    rows: list[Row] = [(1, book, "rating", 5, book) for book in range(EVENTS_A_READER + 50)]
    made = corpus([*rows, (2, 0, "rating", 5, 0)], books=EVENTS_A_READER + 50)

    first = made.interactions.book[made.interactions.reader == 0]
    assert sorted(first.tolist()) == list(range(50, EVENTS_A_READER + 50))
    assert len(made.interactions.book) == EVENTS_A_READER + 1


def test_copies_sold_add_up() -> None:
    made = corpus([(1, 0, "purchase", 0, 1), (2, 0, "purchase", 0, 1), (2, 1, "rating", 5, 1)])

    assert made.units.tolist() == [4, 0, 0]


def test_books_stand_in_the_order_of_their_ids_with_their_texts() -> None:
    made = corpus([])

    assert made.lo.tolist() == [0, 1, 2]
    assert [text.title for text in made.texts] == ["Book 0", "Book 1", "Book 2"]
    assert len(made.interactions.book) == 0


def test_the_order_of_the_rows_changes_nothing() -> None:
    chance = random.Random(3)
    rows: list[Row] = [
        (chance.randrange(9), chance.randrange(3), chance.choice(KINDS), 3, chance.randrange(4))
        for _ in range(200)
    ]
    original = corpus(rows)

    chance.shuffle(rows)

    assert meetings(corpus(rows)) == meetings(original)
