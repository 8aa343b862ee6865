"""What visitors of a storefront send: kinds of requests in their shares, popular books first."""

from collections.abc import Callable, Sequence
from urllib.parse import quote, urlencode

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.search.analysis import terms_of

API = "/api/v1"
SHORTEST_WORD = 3


class Known(Struct, frozen=True):
    """A book that visitors know of."""

    id: str
    title: str
    author: str = ""
    category: str = ""


class Sent(Struct, frozen=True):
    """kind: a key of SHARES. path: with its query."""

    kind: str
    path: str


Rng = np.random.Generator


def _search(book: Known, rng: Rng) -> str:
    return f"{API}/search?{urlencode({'q': _typed(book, rng)})}"


def _filtered(book: Known, rng: Rng) -> str:
    filters = {"q": _typed(book, rng), "in_stock": "true", "category": book.category}
    return f"{API}/search?{urlencode({name: value for name, value in filters.items() if value})}"


def _second_page(book: Known, rng: Rng) -> str:
    return f"{API}/search?{urlencode({'q': _word(book, rng), 'page': 2})}"


def _suggestion(book: Known, rng: Rng) -> str:
    name = book.author if book.author and rng.random() < 0.25 else book.title
    return f"{API}/search/autocomplete?{urlencode({'q': name[: int(rng.integers(2, 13))]})}"


def _browse(book: Known, rng: Rng) -> str:
    sort = ("popular", "rating", "date", "price")[int(rng.integers(4))]
    return f"{API}/search?{urlencode({'category': book.category, 'sort': sort})}"


SHARES: dict[str, tuple[float, Callable[[Known, Rng], str]]] = {
    "suggestion": (0.30, _suggestion),
    "search": (0.26, _search),
    "book": (0.20, lambda book, _: f"{API}/books/{quote(book.id)}"),
    "similar": (0.08, lambda book, _: f"{API}/books/{quote(book.id)}/similar"),
    "search with filters": (0.06, _filtered),
    "browse": (0.04, _browse),
    "second page": (0.03, _second_page),
    "trending": (0.03, lambda *_: f"{API}/books/trending"),
}
"""The share of each kind. An assumption, after what the storefront's own page sends in a visit:
suggestions while a query is typed, its results, a book or two with their shelves."""


def drawn(books: Sequence[Known], count: int, seed: int) -> list[Sent]:
    """count requests. books: most popular first, the r-th meant with a weight of 1 / r (Zipf)."""
    rng = np.random.default_rng(seed)
    weights = 1.0 / np.arange(1, len(books) + 1)
    meant = rng.choice(len(books), count, p=weights / weights.sum()).tolist()
    names = list(SHARES)
    shares = np.array([share for share, _ in SHARES.values()])
    kinds = rng.choice(len(names), count, p=shares / shares.sum()).tolist()
    return [
        Sent(names[kind], SHARES[names[kind]][1](books[book], rng))
        for kind, book in zip(kinds, meant, strict=True)
    ]


def arrivals(count: int, rate: float, seed: int) -> NDArray[np.float64]:
    """When each request comes, (count,) float64 seconds from the start: a Poisson process."""
    gaps = np.random.default_rng(seed).exponential(1.0 / rate, count)
    when: NDArray[np.float64] = gaps.cumsum()
    return when


def _word(book: Known, rng: Rng) -> str:
    words = [term for term in terms_of(book.title) if len(term) >= SHORTEST_WORD]
    return str(rng.choice(words)) if words else book.title


def _typed(book: Known, rng: Rng) -> str:
    """One word, two, the whole title, or a word and the author; every tenth with a slip."""
    way = rng.random()
    if way < 0.25:
        typed = _word(book, rng)
    elif way < 0.5:
        typed = f"{_word(book, rng)} {_word(book, rng)}"
    elif way < 0.75 or not book.author:
        typed = book.title[:200]
    else:
        typed = f"{_word(book, rng)} {book.author.rpartition(' ')[2]}"
    if rng.random() < 0.1 and len(typed) > 4:
        at = int(rng.integers(1, len(typed) - 1))
        typed = typed[:at] + typed[at + 1 :]
    return typed
