"""Words that were meant: corrections by symmetric deletion, nearest and most frequent first."""

import math
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.search import hashed
from core.search.hashed import BASE, Hashed, codes_of, factors

SHORTEST, LONGEST = 3, 24
UNKNOWN = 4.0
"""Unlikeliness of no known word having been meant, as new names go."""
_MIX = 0xBF58_476D_1CE4_E5B9


def edits_allowed(word: str) -> int:
    """0 for words of 1-2 letters, 1 for 3-5, 2 from 6 on; digits must be typed right."""
    if any(letter.isdigit() for letter in word):
        return 0
    return 0 if len(word) < SHORTEST else 1 if len(word) < 6 else 2


def build(words: Sequence[str], frequencies: NDArray[np.integer[Any]]) -> dict[str, NDArray[Any]]:
    """Index every word under what is left of it after up to two deletions, its letters in any
    order, and how it sounds.

    words: distinct terms by code; frequencies: books holding each. Only words of letters count.
    Returns a table of hashes (`core.search.hashed`) and the words as `spelling.text` (UTF-8),
    `spelling.start`, `spelling.frequency`, `spelling.codes`.
    Source: Garbe, "1000x faster spelling correction" (SymSpell), 2012.
    """
    # Most terms of a large catalogue are ISBNs, which nobody corrects.
    kept = [
        i for i, word in enumerate(words) if SHORTEST <= len(word) <= LONGEST and word.isalpha()
    ]
    by_length: dict[int, list[int]] = {}
    for position, index in enumerate(kept):
        by_length.setdefault(len(words[index]), []).append(position)
    hashes, owners = [np.zeros(0, np.uint64)], [np.zeros(0, np.int32)]
    for length, positions in by_length.items():
        codes = codes_of("".join([words[kept[position]] for position in positions]), length)
        keys = np.concatenate((codes @ _patterns(length), _any_order(codes)[:, None]), axis=1)
        hashes.append(keys.T.ravel())
        owners.append(np.tile(np.array(positions, np.int32), keys.shape[1]))
    hashes.append(np.array([_hash_of_sound(words[index]) for index in kept], np.uint64))
    owners.append(np.arange(len(kept), dtype=np.int32))
    encoded = [words[index].encode() for index in kept]
    start = np.zeros(len(kept) + 1, np.int64)
    np.cumsum([len(word) for word in encoded], out=start[1:])
    return {
        **hashed.build("spelling", np.concatenate(hashes), np.concatenate(owners)),
        "spelling.text": np.frombuffer(b"".join(encoded), np.uint8),
        "spelling.start": start,
        "spelling.frequency": np.asarray(frequencies)[kept].astype(np.int32),
        "spelling.codes": np.array(kept, np.int32),
    }


@cache
def _patterns(length: int) -> NDArray[np.uint64]:
    """(length, patterns): for hashes of a word whole and with the allowed letters left out."""
    places = range(length)
    return factors(
        length,
        (
            [place for place in places if place not in left_out]
            for count in range(edits_allowed("a" * length) + 1)
            for left_out in combinations(places, count)
        ),
    )


def _any_order(codes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A hash of the letters of each word, the same whatever their order."""
    mixed = (codes + np.uint64(1)) * np.uint64(BASE)
    mixed ^= mixed >> np.uint64(29)
    total: NDArray[np.uint64] = (mixed * np.uint64(_MIX)).sum(axis=1, dtype=np.uint64)
    return total


def _hash_of_sound(word: str) -> int:
    return int.from_bytes(blake2b(bare_sound(word).encode(), digest_size=8).digest(), "big")


def distance(left: str, right: str) -> int:
    """Optimal string alignment distance: insert, delete, replace, swap of neighbours.

    Source: Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit
    distances", Nordic Journal of Computing 10, 2003.
    """
    shorter = min(len(left), len(right))
    first = 0
    while first < shorter and left[first] == right[first]:
        first += 1
    last = 0
    while last < shorter - first and left[-1 - last] == right[-1 - last]:
        last += 1
    left, right = left[first : len(left) - last], right[first : len(right) - last]
    if not left or not right:
        return len(left) or len(right)
    if len(left) == len(right) == 1:
        return 1
    places: dict[str, int] = {}
    for i, letter in enumerate(left):
        places[letter] = places.get(letter, 0) | 1 << i
    full = (1 << len(left)) - 1
    highest = 1 << (len(left) - 1)
    vertical, negative, diagonal, before, result = full, 0, 0, 0, len(left)
    for letter in right:
        match = places.get(letter, 0)
        swap = (((~diagonal & full) & match) << 1) & before
        diagonal = ((((match & vertical) + vertical) ^ vertical) | match | negative | swap) & full
        plus = negative | ~(diagonal | vertical)
        minus = diagonal & vertical
        result += bool(plus & highest) - bool(minus & highest)
        plus, minus = plus << 1 | 1, minus << 1
        vertical = (minus | ~(diagonal | plus)) & full
        negative = plus & diagonal & full
        before = match
    return result


class Traits(NamedTuple):
    """Of a word, what a misspelling of it often keeps. heard, bare: see `sound`, `bare_sound`."""

    letters: list[str]
    distinct: frozenset[str]
    heard: str
    consonants: str
    bare: str
    first: str
    last: str


@lru_cache(1 << 12)
def traits(word: str) -> Traits:
    heard = sound(word)
    return Traits(
        letters=sorted(word),
        distinct=frozenset(word),
        heard=heard,
        consonants=heard.translate(_VOWELS),
        bare=bare_sound(word),
        first=word[0],
        last=word[-1],
    )


def unlikeliness(typed: str, meant: str, edits: int, frequency: int) -> float:
    """How far-fetched it is that somebody typed the one and meant the other.

    The difference of two is how many times likelier the lower one is, as a natural logarithm.
    Source: the kinds of errors in Mitton, "English Spelling and the Computer", 1996; weights
    fitted as a conditional logit to every other one of Wikipedia's recorded misspellings.
    """
    mine, other = traits(typed), traits(meant)
    cost = 2.2 * edits - 0.33 * math.log(max(frequency, 1))
    if mine.letters == other.letters:
        cost -= 2.2
    elif mine.distinct == other.distinct:
        cost -= 1.1
    if mine.heard == other.heard:
        cost -= 1.75
    elif mine.consonants == other.consonants:
        cost -= 1.15
    elif mine.bare == other.bare:
        cost -= 0.95
    return cost + 1.4 * (mine.first != other.first) + 0.7 * (mine.last != other.last)


_DOUBLED = re.compile(r"(.)\1+")
_ALIKE = str.maketrans("cqzy", "kksi")
_VOWELS = str.maketrans("", "", "aeiou")
_SOUNDS = {
    "ph": "f", "kn": "n", "gn": "n", "wr": "r", "ps": "s", "wh": "w", "ck": "k", "sch": "sk",
    "tch": "ch", "dg": "j", "ce": "se", "ci": "si", "cy": "si", "ge": "je", "gi": "ji", "x": "ks",
    "tio": "so", "sio": "so", "cio": "so", "tia": "sa", "cia": "sa",
}  # fmt: skip
_SPELT = re.compile("ph|^kn|^gn|^wr|^ps|wh|ck|sch|tch|dg|[tsc]io|[tc]ia|c[eiy]|x|g[ei]")
_MUTE = re.compile("gh|h|w$")


def sound(word: str) -> str:
    """Roughly how a word sounds; vowels stand."""
    return _DOUBLED.sub(r"\1", word.replace("ph", "f").translate(_ALIKE))


def bare_sound(word: str) -> str:
    """What is left of a word's sound without vowels and mute letters, "a" for a vowel in front.

    Source: after the rules of Philips, "Hanging on the Metaphone", Computer Language 7(12), 1990.
    """
    heard = _MUTE.sub("", sound(_SPELT.sub(lambda found: _SOUNDS[found.group()], word)))
    first = "a" if heard[:1].translate(_VOWELS) == "" else heard[0]
    return first + heard[1:].translate(_VOWELS)


class Near(NamedTuple):
    """A known word near to what was typed. code: the term's. cost: see `unlikeliness`."""

    word: str
    code: int
    edits: int
    cost: float


class Speller:
    """Look-ups over the arrays that `build` made; holds no state of its own."""

    def __init__(self, static: dict[str, NDArray[Any]]) -> None:
        self._hashed = Hashed("spelling", static)
        self._codes = static.get("spelling.codes", np.zeros(0, np.int32)).data
        self._text = static.get("spelling.text", np.zeros(0, np.uint8)).data
        self._start = static.get("spelling.start", np.zeros(1, np.int64)).data
        self._frequency = static.get("spelling.frequency", np.zeros(0, np.int32)).data

    def corrections(self, word: str, *, limit: int = 5) -> list[Near]:
        """Known words within the edits allowed, likeliest first.

        One edit more is allowed for words of the same letters and for those that sound alike.
        """
        edits = edits_allowed(word)
        if not edits or not len(self._codes) or len(word) > LONGEST + edits:
            return []
        near = []
        positions, alike = self._sharing(word)
        for position, further in dict(zip(positions, alike, strict=True)).items():
            allowed = edits + further
            known = self.word(position)
            apart = distance(word, known) if abs(len(known) - len(word)) <= allowed else 99
            if 0 < apart <= allowed:
                cost = unlikeliness(word, known, apart, self._frequency[position])
                near.append(Near(known, self._codes[position], apart, cost))
        near.sort(key=lambda found: (found.cost, found.word))
        return near[:limit]

    def _sharing(self, word: str) -> tuple[list[int], list[bool]]:
        """Positions of words that share what deletions leave, all letters or the sound; and
        whether it is one of the last two, those behind the others."""
        codes = codes_of(word, len(word))
        patterns = _patterns(len(word))
        wanted = np.empty(patterns.shape[1] + 2, np.uint64)
        wanted[:-2] = codes[0] @ patterns
        wanted[-2] = _any_order(codes)[0]
        wanted[-1] = _hash_of_sound(word)
        owners, places = self._hashed.find(wanted)
        return owners.tolist(), (places >= len(wanted) - 2).tolist()

    def word(self, position: int) -> str:
        return str(self._text[self._start[position] : self._start[position + 1]], "utf-8")
