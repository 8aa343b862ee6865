"""What people type: seeded questions about the books of an index, popular books more often."""

import os
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.search.analysis import terms_of
from core.search.columns import NONE
from core.search.snapshot import Snapshot

COUNT = int(os.environ.get("BOOKWHEEL_BENCH_QUESTIONS", "256"))
SHORTEST_TYPO = 5
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Shown(Struct):
    """The fields of a book that people remember words of."""

    class Name(Struct):
        name: str

    id: str
    title: str
    authors: tuple[Name, ...] = ()
    categories: tuple[Name, ...] = ()


class Question(NamedTuple):
    """q: what was typed. book: whom it came from."""

    q: str
    book: Shown


_shown = msgspec.json.Decoder(Shown)


def shown(snapshot: Snapshot, row: int) -> Shown:
    return _shown.decode(snapshot.list_json(row))


def drawn_rows(snapshot: Snapshot, count: int, seed: int) -> NDArray[np.int64]:
    """(count,) rows of living books, the rank r by popularity drawn with a weight of 1 / (r + 10).

    Repeats are kept: popular books are asked for again.
    """
    rng = np.random.default_rng(seed)
    rows = np.flatnonzero(snapshot.alive)
    ranked = rows[np.argsort(-snapshot.columns.popularity[rows], kind="stable")]
    weights = np.cumsum(1.0 / (np.arange(len(ranked)) + 10.0))
    drawn: NDArray[np.int64] = ranked[np.searchsorted(weights, rng.random(count) * weights[-1])]
    return drawn


def two_words(snapshot: Snapshot, count: int = COUNT, seed: int = 1) -> list[Question]:
    """A word of a title, and another word of the same book's title, author or category."""
    rng = np.random.default_rng(seed)
    found: dict[str, Question] = {}
    for row in drawn_rows(snapshot, 50 * count, seed).tolist():
        book = shown(snapshot, row)
        title = [term for term in terms_of(book.title) if len(term) > 2]
        places = (title, _terms(book.authors), _terms(book.categories))
        first = str(rng.choice(title)) if title else ""
        others = [term for term in places[int(rng.integers(3))] if term != first]
        if first and others:
            q = f"{first} {rng.choice(others)}"
            found.setdefault(q, Question(q, book))
        if len(found) == count:
            break
    return list(found.values())


def mistyped(snapshot: Snapshot, count: int = COUNT, seed: int = 2) -> list[Question]:
    """Two words, one of which has a slip that makes it a word the catalogue does not know."""
    rng = np.random.default_rng(seed)
    found = []
    for asked in two_words(snapshot, 2 * count, seed):
        words = asked.q.split()
        place = int(rng.integers(2))
        if len(words[place]) < SHORTEST_TYPO:
            place = 1 - place
        words[place] = slipped(words[place], rng)
        if snapshot.terms.code(words[place]) == NONE:
            found.append(Question(" ".join(words), asked.book))
    return found[:count]


def slipped(word: str, rng: np.random.Generator) -> str:
    """The word with two letters swapped, one left out, doubled or replaced; the first stands."""
    at = int(rng.integers(1, max(2, len(word) - 1)))
    head, letter, tail = word[:at], word[at : at + 1], word[at + 1 :]
    kinds = (
        head + tail[:1] + letter + tail[1:],
        head + tail,
        head + letter * 2 + tail,
        head + LETTERS[int(rng.integers(26))] + tail,
    )
    return kinds[int(rng.integers(len(kinds)))]


def head_words(snapshot: Snapshot, count: int = COUNT, seed: int = 3) -> list[Question]:
    """The words that stand in the most books, among those of 5,000 titles."""
    books: dict[str, Shown] = {}
    for row in drawn_rows(snapshot, 5_000, seed).tolist():
        book = shown(snapshot, row)
        for term in terms_of(book.title):
            books.setdefault(term, book)
    terms = snapshot.terms
    frequent = sorted(books, key=lambda term: -terms.frequency(terms.code(term)))[:count]
    order = np.random.default_rng(seed).permutation(len(frequent)).tolist()
    return [Question(frequent[place], books[frequent[place]]) for place in order]


def prefixes(snapshot: Snapshot, count: int = COUNT, seed: int = 4) -> list[str]:
    """What stands in the box while somebody types a title or an author: 2 to 12 letters."""
    rng = np.random.default_rng(seed)
    found: dict[str, None] = {}
    for row in drawn_rows(snapshot, 50 * count, seed).tolist():
        book = shown(snapshot, row)
        names = [book.title, *(author.name for author in book.authors)]
        typed = " ".join(terms_of(names[int(rng.integers(len(names)))]))
        found.setdefault(typed[: int(rng.integers(2, 13))].strip())
        if len(found) == count:
            break
    return [typed for typed in found if len(typed) > 1]


def _terms(names: tuple[Shown.Name, ...]) -> list[str]:
    return [term for name in names for term in terms_of(name.name) if len(term) > 2]
