"""Which terms are forms of one word, and which say little: by the language a term is met in.

Texts are indexed as they stand, so an exact match is never lost; a query asks for the other forms
beside it. Stemming is done once for each term of the dictionary, when a generation is built.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.search.columns import NONE
from core.search.stopwords import STOP_WORDS

LANGUAGES = tuple(STOP_WORDS)
"""Those whose words are stemmed; a term of any other language has one form only."""
VERSION = 3
"""Raised when stop words, the grouping or another array that queries are understood by changes:
an index of another version is built anew."""
SHORTEST = 3
_CHUNK = 1 << 21

Stem = Callable[[Sequence[str], str], Sequence[str]]
"""Words and their language → the stem of each."""


def languages_of(
    values: NDArray[np.int32],
    lengths: NDArray[np.integer[Any]],
    language: NDArray[np.int32],
    names: Sequence[str],
    codes: int,
) -> NDArray[np.int8]:
    """The language most of a term's books are in, (codes,), as a place in LANGUAGES or -1.

    values: the rows' term codes, row after row; lengths: how many each row has; language: the
    row's code into names. A book that tells none is taken to be in the store's commonest.
    """
    places = {code: LANGUAGES.index(name[:2]) for code, name in enumerate(names)
              if name[:2] in LANGUAGES and name[2:3] in ("", "-")}  # fmt: skip
    spoken = np.full(len(names) + 1, len(LANGUAGES), np.int64)
    for code, place in places.items():
        spoken[code] = place
    known = np.bincount(language[language != NONE], minlength=1)
    if known.any():
        spoken[NONE] = spoken[int(known.argmax())]
    each = np.repeat(spoken[language].astype(np.int8), lengths)
    votes = np.zeros((codes, len(LANGUAGES) + 1), np.int32)
    flat = votes.reshape(-1)
    for first in range(0, len(values), _CHUNK):
        chunk = slice(first, first + _CHUNK)
        cells = values[chunk].astype(np.int64) * (len(LANGUAGES) + 1) + each[chunk]
        flat += np.bincount(cells, minlength=len(flat)).astype(np.int32)
    best: NDArray[np.int8] = votes.argmax(1).astype(np.int8)
    best[best == len(LANGUAGES)] = NONE
    return best


def build(
    words: Sequence[str],
    frequencies: NDArray[np.integer[Any]],
    languages: NDArray[np.int8],
    stem: Stem,
) -> dict[str, NDArray[Any]]:
    """Group the dictionary by stem and language.

    words, frequencies, languages: by term code. Returns `forms.group` (codes,) int32, NONE for
    terms of one form; `forms.start` and `forms.members`: the codes of each group, most frequent
    first; `forms.keys` (groups,) uint64 ascending, what `key` makes of language and stem, with
    `forms.groups` beside it; `forms.stop` (codes,) bool; `forms.language` (codes,) int8 as
    given; `forms.spoken`: places of LANGUAGES, commonest first.
    """
    stop = np.zeros(len(words), np.bool_)
    group = np.full(len(words), NONE, np.int32)
    groups: dict[int, int] = {}
    for place, language in enumerate(LANGUAGES):
        found = np.flatnonzero(languages == place).tolist()
        kept = []
        for code in found:
            if words[code] in STOP_WORDS[language]:
                stop[code] = True
            elif len(words[code]) >= SHORTEST and words[code].isalpha():
                kept.append(code)
        stems = stem([words[code] for code in kept], language)
        for code, stemmed in zip(kept, stems, strict=True):
            group[code] = groups.setdefault(key(language, stemmed), len(groups))
    stemmed_codes = np.flatnonzero(group != NONE)
    order = np.lexsort((-np.asarray(frequencies)[stemmed_codes], group[stemmed_codes]))
    start = np.zeros(len(groups) + 1, np.int64)
    np.cumsum(np.bincount(group[stemmed_codes], minlength=len(groups)), out=start[1:])
    keys = np.fromiter(groups, np.uint64, len(groups))
    by_key = np.argsort(keys)
    met = np.bincount(languages[languages != NONE], minlength=len(LANGUAGES))
    return {
        "forms.group": group,
        "forms.start": start,
        "forms.members": stemmed_codes[order].astype(np.int32),
        "forms.keys": keys[by_key],
        "forms.groups": by_key.astype(np.int32),
        "forms.stop": stop,
        "forms.language": languages,
        "forms.spoken": np.argsort(-met, kind="stable")[: np.count_nonzero(met)].astype(np.int8),
    }


def key(language: str, stemmed: str) -> int:
    """64 bits; two stems share them in one store of ten million with a chance of one in 10⁵."""
    digest = hashlib.blake2b(f"{language}:{stemmed}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


class Forms:
    """Look-ups over the arrays that `build` made."""

    def __init__(self, static: dict[str, NDArray[Any]]) -> None:
        self._group = static.get("forms.group", np.zeros(0, np.int32))
        self._start = static.get("forms.start", np.zeros(1, np.int64))
        self._members = static.get("forms.members", np.zeros(0, np.int32))
        self._keys = static.get("forms.keys", np.zeros(0, np.uint64))
        self._groups = static.get("forms.groups", np.zeros(0, np.int32))
        self._stop = static.get("forms.stop", np.zeros(0, np.bool_))
        self._language = static.get("forms.language", np.zeros(0, np.int8))
        spoken = static.get("forms.spoken", np.zeros(0, np.int8))
        self.languages = tuple(LANGUAGES[place] for place in spoken.tolist())

    def language(self, code: int) -> int:
        """The language the term is met in, as a place in LANGUAGES, NONE for others."""
        return int(self._language[code]) if 0 <= code < len(self._language) else NONE

    def says_little(self, code: int) -> bool:
        """Whether the term is a stop word of the language it is met in."""
        return 0 <= code < len(self._stop) and bool(self._stop[code])

    def of(self, code: int) -> list[int]:
        """Codes of all forms of a term, itself included, most frequent first; [] for one form."""
        if not 0 <= code < len(self._group) or (group := int(self._group[code])) == NONE:
            return []
        found: list[int] = self._members[self._start[group] : self._start[group + 1]].tolist()
        return found if len(found) > 1 else []

    def of_stems(self, stems: Sequence[tuple[str, str]]) -> list[int]:
        """Codes of the terms of a stem, most frequent first; for words nobody has indexed.

        stems: a language and what it makes of the word, each; the first that is met counts.
        """
        wanted = np.array([key(language, stemmed) for language, stemmed in stems], np.uint64)
        place = self._keys.searchsorted(wanted)
        met = (place < len(self._keys)).nonzero()[0]
        met = met[self._keys[place[met]] == wanted[met]]
        if not len(met):
            return []
        group = self._groups[place[met[0]]]
        found: list[int] = self._members[self._start[group] : self._start[group + 1]].tolist()
        return found
