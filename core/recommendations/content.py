"""Which books are alike by what is written on them: TF-IDF over words, people and subjects."""

from collections import Counter
from collections.abc import Callable, Iterable
from math import log

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.recommendations.neighbours import Neighbours, keep_largest
from core.recommendations.products import Grouped, gram_blocks, group, largest
from core.search.analysis import fold, terms_of

WEIGHT_UNITS = 1_000
"""Weights are whole thousandths, so that a cosine is the same in whatever order it is summed."""

FIELD_WEIGHTS = {"title": 1.0, "description": 0.5, "category": 1.0, "author": 1.5, "series": 2.5}

COMMON_SHARE = 0.2
"""A word in more books than this share tells nothing; a category in more is left out alike."""

FEATURES_KEPT = 48
"""Features a book keeps, the heaviest: what bounds the work at large catalogues."""

MOST_PRODUCTS = 400_000_000
"""A feature costs the square of the books it stands in: the commonest go until all cost this."""

LEAST_COSINE = 0.05
"""Books less alike than this share a chance word."""


class BookText(Struct, frozen=True):
    """What content neighbours read of a book."""

    title: str
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    series: str | None = None
    description: str = ""


def content_neighbours(
    books: Iterable[BookText], *, keep: int, progress: Callable[[float], None]
) -> Neighbours:
    """The `keep` books most alike each book by cosine in (0.05, 1]; never the book itself."""
    by_book = _weigh([_features(book) for book in books])
    count = len(by_book.start) - 1
    rows = np.repeat(np.arange(count, dtype=np.int32), np.diff(by_book.start))
    features = int(by_book.values.max(initial=-1)) + 1
    by_feature = group(by_book.values, rows, by_book.weights, features)
    sources, targets, cosines = [], [], []
    least = LEAST_COSINE * WEIGHT_UNITS**2
    for chosen, block in gram_blocks(by_book, by_feature):
        for row, products in zip(chosen.tolist(), block, strict=True):
            products[row] = 0
            best = largest(products, keep, least)
            sources.append(np.full(len(best), row, np.int32))
            targets.append(best.astype(np.int32))
            cosines.append((products[best] / WEIGHT_UNITS**2).astype(np.float32))
        progress(int(chosen[-1] + 1) / count)
    if not sources:
        return Neighbours(
            np.zeros(count + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float16)
        )
    return keep_largest(
        np.concatenate(sources),
        np.concatenate(targets),
        np.concatenate(cosines),
        books=count,
        keep=keep,
    )


def _features(book: BookText) -> dict[str, float]:
    weights: dict[str, float] = {}
    for field, tokens in (
        ("title", [f"word {term}" for term in terms_of(book.title)]),
        ("description", [f"word {term}" for term in terms_of(book.description)]),
        ("category", [f"category {fold(name)}" for name in book.categories]),
        ("author", [f"author {fold(name)}" for name in book.authors]),
        ("series", [f"series {fold(book.series)}"] if book.series else []),
    ):
        for token, times in Counter(tokens).items():
            weight = FIELD_WEIGHTS[field] * (1 + log(times))
            weights[token] = weights.get(token, 0.0) + weight
    return weights


def _weigh(books: list[dict[str, float]]) -> Grouped:
    """TF-IDF of length WEIGHT_UNITS a book, as whole numbers."""
    codes: dict[str, int] = {}
    row = np.repeat(np.arange(len(books), dtype=np.int32), [len(book) for book in books])
    column = np.array(
        [codes.setdefault(token, len(codes)) for book in books for token in book], np.int32
    )
    weight = np.array([value for book in books for value in book.values()], np.float64)
    frequency = np.bincount(column, minlength=len(codes))
    common = max(COMMON_SHARE * len(books), 20)
    useful = ((frequency > 1) & (frequency <= common))[column]
    row, column = row[useful], column[useful]
    weight = weight[useful] * np.log1p(len(books) / frequency[column])
    row, column, weight = _heaviest(row, column, weight, len(books))
    cheap = _affordable(np.bincount(column, minlength=len(codes)))[column]
    row, column, weight = row[cheap], column[cheap], weight[cheap]
    length = np.sqrt(np.bincount(row, weight**2, len(books)))[row]
    return group(row, column, np.rint(WEIGHT_UNITS * weight / length).astype(np.int32), len(books))


def _affordable(frequency: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(features,) bool: the rarest ones whose products are at most MOST_PRODUCTS."""
    rarest_first = np.argsort(frequency, kind="stable")
    cost = np.cumsum(frequency[rarest_first] ** 2)
    kept = np.zeros(len(frequency), np.bool_)
    kept[rarest_first[cost <= MOST_PRODUCTS]] = True
    return kept


def _heaviest(
    row: NDArray[np.int32], column: NDArray[np.int32], weight: NDArray[np.float64], books: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]:
    order = np.lexsort((column, -weight, row))
    row, column, weight = row[order], column[order], weight[order]
    start = np.searchsorted(row, np.arange(books))
    kept = np.arange(len(row)) - start[row] < FEATURES_KEPT
    return row[kept], column[kept], weight[kept]
