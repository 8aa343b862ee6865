"""A seeded synthetic catalogue: words, authors and categories follow Zipf's law, as books do."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from core.catalogue.book import Book, Named, SeriesPlace
from core.kernel.ids import shaped_id
from core.kernel.money import Money
from core.recommendations.content import BookText

VOCABULARY_SIZE = 60_000
CATEGORIES = tuple(
    "Fiction Fantasy Romance Mystery History Biography Science Poetry Travel Cooking Art Music "
    "Philosophy Religion Business Computing Health Sport Nature Politics Drama Classics Humour "
    "Horror Thriller Crime Gardening Photography Mathematics Medicine Law Education Economics "
    "Psychology Architecture Comics Young-Adult Children Science-Fiction Essays".split()
)
LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl")
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)

_ONSETS = "b br c ch d dr f fl g gr h j k l m n p pl qu r s sh st t th tr v w y z".split()
_VOWELS = "a e i o u ai ea ee ia io ou".split()
_CODAS = ["", "", "", *"l m n r s t ck ll nd ng rt ss st x".split()]

_T = TypeVar("_T")


def words(seed: int = 7, size: int = VOCABULARY_SIZE) -> list[str]:
    """Pronounceable distinct words, the most frequent first and shortest."""
    rng = np.random.default_rng(seed)
    found: dict[str, None] = {}
    while len(found) < size:
        syllables = 1 + (len(found) > 400) + (len(found) > 20_000)
        parts = [
            rng.choice(table, (4096, syllables)).tolist() for table in (_ONSETS, _VOWELS, _CODAS)
        ]
        for onsets, vowels, codas in zip(*parts, strict=True):
            word = "".join(o + v + c for o, v, c in zip(onsets, vowels, codas, strict=True))
            found.setdefault(word)
            if len(found) in {400, 20_000}:
                break
    return list(found)[:size]


def books(n: int, seed: int = 7, *, batch: int = 5_000) -> Iterator[list[Book]]:
    """n books in batches, always the same for the same n, seed and batch.

    Titles of 1 to 6 words, descriptions of 10 to 40, 1 to 3 authors of about n / 4, 1 to 3 of
    40 categories, one book in six in a series. Makes about 60,000 books a second.
    """
    catalogue = _Catalogue(n, seed)
    for first in range(0, n, batch):
        yield catalogue.batch(first, min(batch, n - first))


class _Catalogue:
    def __init__(self, n: int, seed: int) -> None:
        self._rng = rng = np.random.default_rng(seed)
        self._words = words(seed)
        self._titled = [word.capitalize() for word in self._words]
        surnames = self._titled[500:]
        given = self._titled[60:460]
        people = max(20, n // 4)
        self._authors = [
            self._named(f"{given[g]} {surnames[s]}")
            for g, s in zip(
                rng.integers(0, len(given), people).tolist(),
                rng.integers(0, len(surnames), people).tolist(),
                strict=True,
            )
        ]
        self._categories = [self._named(name.replace("-", " ")) for name in CATEGORIES]
        self._publishers = [self._named(f"{name} Press") for name in surnames[: max(5, n // 200)]]
        self._series = [
            self._named(f"The {self._titled[i]} {self._titled[j]}")
            for i, j in rng.integers(0, 20_000, (max(5, n // 30), 2)).tolist()
        ]
        self._word_table = _zipf(rng, len(self._words), 1.05, 1 << 18)

    def _named(self, name: str) -> Named:
        return Named(shaped_id(0, self._rng.bytes(10)), name)

    def _pick(self, pool: list[_T], count: int, exponent: float) -> list[_T]:
        return [pool[i] for i in _zipf(self._rng, len(pool), exponent, count).tolist()]

    def _phrases(self, pool: list[str], lengths: NDArray[np.integer[Any]]) -> Iterator[str]:
        drawn = self._rng.integers(0, len(self._word_table), int(lengths.sum()))
        chosen = [pool[i] for i in self._word_table[drawn].tolist()]
        position = 0
        for length in lengths.tolist():
            yield " ".join(chosen[position : position + length])
            position += length

    def _several(self, pool: list[_T], count: int, exponent: float) -> Iterator[tuple[_T, ...]]:
        drawn = iter(self._pick(pool, 3 * count, exponent))
        for length in self._rng.choice([1, 1, 1, 2, 2, 3], count).tolist():
            three = (next(drawn), next(drawn), next(drawn))
            yield three[:1] if length == 1 else tuple(dict.fromkeys(three[:length]))

    def batch(self, first: int, count: int) -> list[Book]:
        rng = self._rng
        reviews = (rng.lognormal(3.0, 1.8, count)).astype(int) * (rng.random(count) > 0.1)
        ratings = np.round(np.clip(rng.normal(3.9, 0.4, count), 1, 5), 2)
        in_series = (rng.random(count) < 1 / 6).tolist()
        return [
            Book(
                id=book_id, isbn=isbn, title=title, authors=authors, published=str(year),
                language=language, price=Money(price, "EUR"), stock=stock,
                categories=categories,
                series=SeriesPlace(series.id, series.name, place) if serial else None,
                average_rating=rating if reviewed else 0.0, review_count=reviewed,
                description=description, pages=pages, publisher=publisher,
                created_at=moment, updated_at=moment,
            )
            for (
                book_id, isbn, title, description, authors, categories, series, serial, place,
                language, publisher, year, price, stock, pages, rating, reviewed, moment,
            ) in zip(
                self._ids(first, count), self._isbns(first, count),
                self._phrases(self._titled, rng.choice([1, 2, 2, 3, 3, 3, 4, 4, 5, 6], count)),
                self._phrases(self._words, rng.integers(10, 41, count)),
                self._several(self._authors, count, 0.8),
                self._several(self._categories, count, 0.9),
                self._pick(self._series, count, 0.7), in_series,
                rng.integers(1, 12, count).astype(float).tolist(),
                self._pick(list(LANGUAGES), count, 1.6),
                self._pick(self._publishers, count, 0.9),
                (2024 - rng.exponential(22, count).astype(int)).tolist(),
                (rng.integers(3, 60, count) * 100 + 99).tolist(),
                (rng.integers(0, 40, count) * (rng.random(count) > 0.15)).tolist(),
                rng.integers(60, 900, count).tolist(), ratings.tolist(), reviews.tolist(),
                [EPOCH + timedelta(seconds=first + i) for i in range(count)],
                strict=True,
            )
        ]  # fmt: skip

    def _ids(self, first: int, count: int) -> list[UUID]:
        started = int(EPOCH.timestamp() * 1000)
        noise = self._rng.bytes(10 * count)
        return [shaped_id(started + first + i, noise[10 * i : 10 * i + 10]) for i in range(count)]

    def _isbns(self, first: int, count: int) -> list[str]:
        numbers = 978_100_000_000 + first + np.arange(count)
        digits = numbers[:, None] // 10 ** np.arange(11, -1, -1) % 10
        check = -(digits @ np.array([1, 3] * 6)) % 10
        return [str(number) for number in (numbers * 10 + check).tolist()]


def _zipf(rng: np.random.Generator, size: int, exponent: float, count: int) -> NDArray[np.int64]:
    """count draws of 0 … size - 1, rank r with a weight of (r + 3) to the minus exponent."""
    weights = np.cumsum((np.arange(size) + 3.0) ** -exponent)
    drawn: NDArray[np.int64] = np.searchsorted(weights, rng.random(count) * weights[-1])
    return drawn


def text_of(book: Book) -> BookText:
    """What recommendations compare a book by."""
    return BookText(
        book.title,
        tuple(author.name for author in book.authors),
        tuple(category.name for category in book.categories),
        book.series.name if book.series else None,
        book.description or "",
    )
