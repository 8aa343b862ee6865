"""Beginnings of words that are one slip away from what was typed, found by hash."""

from functools import cache
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.search import hashed
from core.search.hashed import Hashed, codes_of, factors

SHORTEST, LONGEST = 3, 8
"""Letters of the beginnings that are kept; slips are looked for in one letter less."""
_WORD_BYTES, _SPACE = 16, 32
"""Of eight letters of two bytes."""
_SALT = 0xD6E8_FEB8_6659_FD93


def build(keys: NDArray[np.bytes_]) -> dict[str, NDArray[Any]]:
    """Index the beginnings of all words by what one slip makes of them.

    keys: word starts in UTF-8, ascending. Returns a table of hashes (`core.search.hashed`) and
    `slips.low`, `slips.high`: where the keys that go on like each beginning start and end.
    """
    first, place = _first_words(keys)
    words = [word.decode("utf-8", "ignore") for word in first.tolist()]
    hashes, owners = [np.zeros(0, np.uint64)], [np.zeros(0, np.int64)]
    low, high = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    count = 0
    for length in range(SHORTEST, LONGEST + 1):
        starts = sorted({word[:length] for word in words if len(word) >= length})
        if not starts:
            continue
        number = np.arange(count, count + len(starts))
        codes = codes_of("".join(starts), length)
        hashes.append((codes @ _with_all_but_one(length) + _salts(length)).ravel())
        owners.append(np.repeat(number, length + 1))
        encoded = np.array([start.encode() for start in starts], first.dtype)
        low.append(place[np.searchsorted(first, encoded)])
        high.append(place[np.searchsorted(first, _ceilings(encoded), "right")])
        count += len(starts)
    return {
        **hashed.build("slips", np.concatenate(hashes), np.concatenate(owners)),
        "slips.low": np.concatenate(low).astype(np.int32),
        "slips.high": np.concatenate(high).astype(np.int32),
    }


def _first_words(keys: NDArray[np.bytes_]) -> tuple[NDArray[np.bytes_], NDArray[np.int64]]:
    """The words that keys begin with, as far as beginnings reach, each once and ascending, and
    where the keys of each begin; behind them where the last one's end."""
    letters = keys.view(np.uint8).reshape(len(keys), keys.dtype.itemsize)[:, :_WORD_BYTES].copy()
    letters[np.logical_or.accumulate(letters == _SPACE, axis=1)] = 0
    # Ascending keys: those of one word stand side by side.
    eights = letters.view(np.uint64)
    fresh = np.ones(len(keys), np.bool_)
    np.any(eights[1:] != eights[:-1], axis=1, out=fresh[1:])
    words = letters.view(f"S{_WORD_BYTES}").ravel()[fresh]
    return words, np.append(np.flatnonzero(fresh), len(keys))


def _ceilings(encoded: NDArray[np.bytes_]) -> NDArray[np.bytes_]:
    """Above all that start so: UTF-8 never holds the byte 0xff."""
    width = encoded.dtype.itemsize
    table = encoded.view(np.uint8).reshape(-1, width).copy()
    table[table == 0] = 0xFF
    return table.view(encoded.dtype).ravel()


@cache
def _with_all_but_one(length: int) -> NDArray[np.uint64]:
    """Factors for hashes of a word whole, without its first letter, its second …"""
    places = range(length)
    return factors(length, ([i for i in places if i != gone] for gone in range(-1, length)))


@cache
def _salt(gone: int, length: int) -> np.uint64:
    """Tells apart what is left of a beginning of so many letters by the one left out; -1: none."""
    return np.uint64((gone + 2 << 6 | length) * _SALT % (1 << 64))


@cache
def _salts(length: int) -> NDArray[np.uint64]:
    return np.array([_salt(gone, length) for gone in range(-1, length)], np.uint64)


class Begun(NamedTuple):
    """letters: of the beginning. low, high: where its keys start and end."""

    letters: int
    low: int
    high: int


class _Question(NamedTuple):
    """What is asked for a number of letters typed: hash i is the typed codes times the factors'
    column source[i], plus salt[i]; letters[i] are those of the beginnings that it finds. The first
    `later` are of slips behind the first letter."""

    factors: NDArray[np.uint64]
    source: NDArray[np.int64]
    salt: NDArray[np.uint64]
    letters: NDArray[np.int64]
    later: int


@cache
def _question(length: int) -> _Question:
    places = [*range(length)]
    swapped = [[*places[:i], i + 1, i, *places[i + 2 :]] for i in places[:-1]]
    without = [[place for place in places if place != gone] for gone in places]
    asked: list[tuple[int, int, np.uint64, int]] = []
    for i in places:
        asked.append((i, 1 + i, _salt(i, length), length))  # another letter
        asked.append((i, 0, _salt(i, length + 1), length + 1))  # one too few
        asked.append((i, 1 + i, _salt(-1, length - 1), length - 1))  # one too many
    asked += [(i, 1 + length + i, _salt(-1, length), length) for i in places[:-1]]  # two swapped
    asked.sort(key=lambda each: each[0] == 0)
    at, source, salt, letters = zip(*asked, strict=True)
    return _Question(
        factors(length, [places, *without, *swapped]),
        np.array(source),
        np.array(salt, np.uint64),
        np.array(letters),
        len(at) - at.count(0),
    )


class Slips:
    """Look-ups over what `build` made."""

    def __init__(self, static: dict[str, NDArray[Any]]) -> None:
        self._hashed = Hashed("slips", static)
        self._low = static.get("slips.low", np.zeros(0, np.int32))
        self._high = static.get("slips.high", np.zeros(0, np.int32))

    def near(self, typed: str, limit: int, *, alike: bool) -> list[Begun]:
        """Beginnings of words one slip away: a letter too many, too few, another, two swapped.

        typed: 4 to 7 letters. The commonest first. alike: those of the same first letter alone,
        where there are any.
        """
        if not len(self._low):
            return []
        question = _question(len(typed))
        hashes = (codes_of(typed, len(typed)) @ question.factors)[0]
        owners, places = self._hashed.find(hashes[question.source] + question.salt)
        if not len(owners):
            return []
        behind = int(places.searchsorted(question.later))
        if alike and behind:
            owners, places = owners[:behind], places[:behind]
        low, high = self._low[owners], self._high[owners]
        # One beginning may be found by several slips.
        order = np.argsort(low - high, kind="stable")[: 2 * limit]
        found = zip(
            question.letters[places[order]].tolist(),
            low[order].tolist(),
            high[order].tolist(),
            strict=True,
        )
        return [Begun(*each) for each in islice(dict.fromkeys(found), limit)]


def ends_alike(typed: str, known: str, same: int) -> bool:
    """Whether a word goes on like `typed` but for one slip behind its first `same` letters."""
    rest, other = typed[same:], known[same:]
    place = 0
    while place < len(rest) and rest[place : place + 1] == other[place : place + 1]:
        place += 1
    rest, other = rest[place:], other[place:]
    swapped = rest[1:2] + rest[:1] + rest[2:]
    return other.startswith((rest[1:], swapped)) or other[1:].startswith((rest[1:], rest))
