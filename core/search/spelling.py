"""Words that were meant: corrections by symmetric deletion, nearest and most frequent first."""

import math
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

SHORTEST, LONGEST = 3, 24
MOST_WEIGHED = 24
"""Near words that are compared closely; the nearest and most frequent where there are more."""
_ALIKE = str.maketrans("cqzy", "kksi")
_VOWELS = str.maketrans("", "", "aeiou")
_DOUBLED = re.compile(r"(.)\1+")
_BASE = 0x9E37_79B9_7F4A_7C15


def edits_allowed(word: str) -> int:
    """0 for words of 1-2 letters, 1 for 3-5, 2 from 6 on; digits must be typed right."""
    if any(letter.isdigit() for letter in word):
        return 0
    return 0 if len(word) < SHORTEST else 1 if len(word) < 6 else 2


def build(words: Sequence[str], frequencies: NDArray[np.integer[Any]]) -> dict[str, NDArray[Any]]:
    """Index every word under what is left of it after up to two deletions.

    words: distinct terms; frequencies: books holding each. Words with digits are left out.
    Returns `spelling.hashes` (m,) uint64 ascending with `spelling.words` (m,) int32 beside it,
    and the words themselves as `spelling.text` (UTF-8), `spelling.start`, `spelling.frequency`.
    Source: Garbe, "1000x faster spelling correction" (SymSpell), 2012.
    """
    kept = [i for i, word in enumerate(words) if SHORTEST <= len(word) <= LONGEST]
    kept = [i for i in kept if edits_allowed(words[i])]
    by_length: dict[int, list[int]] = {}
    for position, index in enumerate(kept):
        by_length.setdefault(len(words[index]), []).append(position)
    hashes, owners = [np.zeros(0, np.uint64)], [np.zeros(0, np.int32)]
    for length, positions in by_length.items():
        joined = "".join(words[kept[position]] for position in positions)
        codes = np.frombuffer(joined.encode("utf-32-le"), "<u4").reshape(-1, length)
        for column in _deletions(codes.astype(np.uint64), edits_allowed("a" * length)):
            hashes.append(column)
            owners.append(np.array(positions, np.int32))
    joined_hashes, joined_owners = np.concatenate(hashes), np.concatenate(owners)
    order = np.argsort(joined_hashes, kind="stable")
    encoded = [words[index].encode() for index in kept]
    start = np.zeros(len(kept) + 1, np.int64)
    np.cumsum([len(word) for word in encoded], out=start[1:])
    return {
        "spelling.hashes": joined_hashes[order],
        "spelling.words": joined_owners[order],
        "spelling.text": np.frombuffer(b"".join(encoded), np.uint8),
        "spelling.start": start,
        "spelling.frequency": np.asarray(frequencies)[kept].astype(np.int32),
    }


def _deletions(codes: NDArray[np.uint64], edits: int) -> Iterator[NDArray[np.uint64]]:
    """Hash the words of one length, whole and with up to `edits` letters left out.

    codes: (words, length). The hash is Σ code[i] · base^(length - 1 - i) modulo 2⁶⁴, so what
    is left after a deletion is put together from the hashes of its unbroken runs.
    """
    count, length = codes.shape
    power = np.array([pow(_BASE, i, 1 << 64) for i in range(length + 1)], np.uint64)
    prefix = np.zeros((length + 1, count), np.uint64)
    for i in range(length):
        prefix[i + 1] = prefix[i] * power[1] + codes[:, i]

    def run(first: int, after: int) -> NDArray[np.uint64]:
        whole: NDArray[np.uint64] = prefix[after] - prefix[first] * power[after - first]
        return whole

    yield prefix[length]
    for i in range(length if edits > 0 else 0):
        yield prefix[i] * power[length - 1 - i] + run(i + 1, length)
    for i in range(length if edits > 1 else 0):
        for j in range(i + 1, length):
            head = prefix[i] * power[j - i - 1] + run(i + 1, j)
            yield head * power[length - 1 - j] + run(j + 1, length)


def distance(left: str, right: str) -> int:
    """Optimal string alignment distance: insert, delete, replace, swap of neighbours.

    Source: Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit
    distances", Nordic Journal of Computing 10, 2003.
    """
    if not left:
        return len(right)
    places: dict[str, int] = {}
    for i, letter in enumerate(left):
        places[letter] = places.get(letter, 0) | 1 << i
    full = (1 << len(left)) - 1
    last = 1 << (len(left) - 1)
    vertical, negative, diagonal, before, result = full, 0, 0, 0, len(left)
    for letter in right:
        match = places.get(letter, 0)
        swap = (((~diagonal & full) & match) << 1) & before
        diagonal = ((((match & vertical) + vertical) ^ vertical) | match | negative | swap) & full
        plus = negative | ~(diagonal | vertical)
        minus = diagonal & vertical
        result += bool(plus & last) - bool(minus & last)
        plus, minus = plus << 1 | 1, minus << 1
        vertical = (minus | ~(diagonal | plus)) & full
        negative = plus & diagonal & full
        before = match
    return result


def unlikeliness(typed: str, meant: str, edits: int, frequency: int) -> float:
    """How far-fetched it is that somebody typed the one and meant the other; compares only.

    Edits count less where the letters are the same in another order, where both sound alike, or
    where their consonants do; more where the first letter differs. Frequent words are likelier.
    Source: the kinds of errors in Mitton, "English Spelling and the Computer", 1996; weights
    set by hand on Wikipedia's recorded misspellings.
    """
    cost = float(edits) - 0.08 * math.log(max(frequency, 1))
    if sorted(typed) == sorted(meant):
        cost -= 0.5
    elif set(typed) == set(meant):
        cost -= 0.35
    sound, sound_meant = _sound(typed), _sound(meant)
    if sound == sound_meant:
        cost -= 0.5
    elif sound.translate(_VOWELS) == sound_meant.translate(_VOWELS):
        cost -= 0.35
    return cost + 0.5 * (typed[0] != meant[0]) + 0.1 * (typed[-1] != meant[-1])


@lru_cache(1 << 14)
def _sound(word: str) -> str:
    return _DOUBLED.sub(r"\1", word.replace("ph", "f").translate(_ALIKE))


class Speller:
    """Look-ups over the arrays that `build` made; holds no state of its own."""

    def __init__(self, static: dict[str, NDArray[Any]]) -> None:
        self._hashes = static.get("spelling.hashes", np.zeros(0, np.uint64))
        self._words = static.get("spelling.words", np.zeros(0, np.int32))
        self._text = static.get("spelling.text", np.zeros(0, np.uint8))
        self._start = static.get("spelling.start", np.zeros(1, np.int64))
        self._frequency = static.get("spelling.frequency", np.zeros(0, np.int32))

    def corrections(self, word: str, *, limit: int = 5) -> list[tuple[str, int, int]]:
        """Known words within the edits allowed, as (word, distance, frequency).

        Likeliest first, see `unlikeliness`.
        """
        edits = edits_allowed(word)
        if not edits or not len(self._hashes) or len(word) > LONGEST + edits:
            return []
        codes = np.frombuffer(word.encode("utf-32-le"), "<u4").astype(np.uint64)
        wanted = np.concatenate(list(_deletions(codes.reshape(1, -1), edits)))
        left = np.searchsorted(self._hashes, wanted, "left")
        right = np.searchsorted(self._hashes, wanted, "right")
        positions = {
            int(position)
            for first, after in zip(left.tolist(), right.tolist(), strict=True)
            for position in self._words[first:after]
        }
        near = []
        for position in positions:
            candidate = self.word(position)
            if candidate != word and (edit := distance(word, candidate)) <= edits:
                near.append((candidate, edit, int(self._frequency[position])))
        near.sort(key=lambda found: (found[1], found[0][0] != word[0], -found[2], found[0]))
        near = near[:MOST_WEIGHED]
        near.sort(key=lambda found: (unlikeliness(word, *found), found[0]))
        return near[:limit]

    def word(self, position: int) -> str:
        first, after = self._start[position], self._start[position + 1]
        return self._text[first:after].tobytes().decode()
