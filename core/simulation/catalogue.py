"""What the simulator must know of a catalogue: who wrote what, in which series, of which kind."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


class CatalogueArrays(Struct, frozen=True):
    """Books in rows 0..n-1.

    categories, authors: pairs (book, code) sorted by book, (m, 2) int32, with the number of codes.
    series, language: (n,) int32, -1 without one. position: (n,) float64, NaN without one.
    ratings: (n,) float64, the ratings that came with the import: what is already popular.
    """

    categories: Ints
    category_count: int
    authors: Ints
    author_count: int
    series: Ints
    position: Floats
    language: Ints
    ratings: Floats

    def __len__(self) -> int:
        return len(self.series)


class SimulatedBook(Struct, frozen=True):
    categories: Sequence[str] = ()
    authors: Sequence[str] = ()
    series: str | None = None
    position: float | None = None
    language: str | None = None
    ratings: int = 0


def catalogue_arrays(books: Sequence[SimulatedBook]) -> CatalogueArrays:
    """Codes are given in the order in which names appear."""
    categories, category_count = _coded([book.categories for book in books])
    authors, author_count = _coded([book.authors for book in books])
    return CatalogueArrays(
        categories=categories,
        category_count=category_count,
        authors=authors,
        author_count=author_count,
        series=_code_or_none([book.series for book in books]),
        position=np.array(
            [np.nan if book.position is None else book.position for book in books], np.float64
        ),
        language=_code_or_none([book.language for book in books]),
        ratings=np.array([book.ratings for book in books], np.float64),
    )


def _coded(names_of_books: Sequence[Sequence[str]]) -> tuple[Ints, int]:
    codes: dict[str, int] = {}
    pairs = [
        (book, codes.setdefault(name, len(codes)))
        for book, names in enumerate(names_of_books)
        for name in names
    ]
    return np.array(pairs, np.int32).reshape(-1, 2), len(codes)


def _code_or_none(names: Sequence[str | None]) -> Ints:
    codes: dict[str, int] = {}
    return np.array(
        [codes.setdefault(name, len(codes)) if name else -1 for name in names], np.int32
    )
