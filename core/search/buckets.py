"""What facets count by, made once for the rows a generation is built with.

Frequent categories as bitmaps over the rows, counted by whole words of 64; price and rating as the
number of their range, a byte a row.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.search.columns import Columns

PRICE_BOUNDS = (10, 25, 50)
"""In whole units of the store's currency; below, between and above make four ranges."""
EXPONENTS = (0, 2, 3)
"""Digits of the minor unit that currencies have."""
MOST_BITMAPS = 64
LEAST_SHARE = 512
"""A category of fewer than one book in so many is counted by its books."""

Bytes = NDArray[np.uint8]


def build(columns: Columns, categories: int) -> dict[str, NDArray[Any]]:
    """`bits.category` (k, words) uint64, `bits.category.codes` (k,) whose they are.

    `bits.category.rest` (1,): books of the most frequent category without a bitmap.
    `bucket.price.<exponent>` and `bucket.rating` (n,) uint8.
    """
    rows = len(columns.version)
    frequency = np.bincount(columns.category.values, minlength=categories)
    order = np.argsort(-frequency, kind="stable")
    most = int(np.count_nonzero(frequency * LEAST_SHARE >= max(rows, 1)))
    codes = order[: min(most, MOST_BITMAPS)]
    place = np.full(categories, -1, np.int64)
    place[codes] = np.arange(len(codes))
    owners = np.repeat(np.arange(rows, dtype=np.int64), np.diff(columns.category.start))
    held = place[columns.category.values]
    bits = np.zeros((len(codes), words(rows)), np.uint64)
    for code in range(len(codes)):
        mask = np.zeros(rows, np.bool_)
        mask[owners[held == code]] = True
        bits[code] = packed(mask)
    rest = frequency[order[len(codes) :]]
    prices = {
        f"bucket.price.{exponent}": price_bucket(columns.price_minor, exponent)
        for exponent in EXPONENTS
    }
    return {
        "bits.category": bits,
        "bits.category.codes": codes.astype(np.int32),
        "bits.category.rest": np.array([rest.max(initial=0)], np.int64),
        "bucket.rating": rating_bucket(columns.rating_x100),
        **prices,
    }


def words(rows: int) -> int:
    return -(-rows // 64)


def packed(mask: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """A bit for each row, in words of 64."""
    room = np.zeros(8 * words(len(mask)), np.uint8)
    bits = np.packbits(mask)
    room[: len(bits)] = bits
    return room.view(np.uint64)


def carrying(
    static: Mapping[str, NDArray[Any]], code: int, rows: NDArray[np.signedinteger[Any]]
) -> NDArray[np.bool_] | None:
    """Which of the rows carry a category; None where no bitmap tells: it is rare, or a row new."""
    places = np.flatnonzero(static.get("bits.category.codes", _NONE) == code)
    if not len(places) or not len(rows):
        return None
    bits = static["bits.category"][places[0]].view(np.uint8)
    if rows.max() >= len(static["bucket.rating"]):
        return None
    shifted = bits[rows >> 3] << (rows & 7).astype(np.uint8)
    carries: NDArray[np.bool_] = shifted >= 0x80
    return carries


_NONE = np.zeros(0, np.int32)


def price_bucket(price_minor: NDArray[np.int32], exponent: int) -> Bytes:
    """0 to 3: how many of the bounds a price reaches."""
    scale = 10**exponent
    bucket = np.zeros(len(price_minor), np.uint8)
    for bound in PRICE_BOUNDS:
        bucket += price_minor >= bound * scale
    return bucket


def rating_bucket(rating_x100: NDArray[np.int16]) -> Bytes:
    """Whole stars, rounded down."""
    return (rating_x100 // 100).astype(np.uint8)
