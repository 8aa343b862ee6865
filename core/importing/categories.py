"""Categories out of tags: shelf noise dropped, synonyms joined, the most telling kept."""

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from msgspec import Struct

from core.importing.text import split, tidy

_WORD = re.compile(r"[^\W_]+")


class CategoryRules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the tags of one column become categories; one [[categories]] table of a mapping."""

    column: str
    separators: tuple[str, ...] = ("|", ";")
    keep: int = 5
    """At most so many of this column."""

    prefix: str = ""
    """Only tags that begin so count, and lose it: "Category: "."""

    cut: str = ""
    """A tag ends here: "Whales -- Fiction" cut at " -- " is "Whales"."""

    longest: int = 60
    """Longer tags are descriptions, not categories."""

    drop: tuple[str, ...] = ()
    """Shelf noise: a tag that holds one of these phrases is passed over."""

    general: tuple[str, ...] = ()
    """Categories that say so little that they are kept only where no other is left."""

    names: dict[str, tuple[str, ...]] = {}
    """Category → the phrases that mean it. With names, a tag that holds none is passed over."""


class Tags:
    """`CategoryRules` made ready: each distinct tag is looked at once."""

    def __init__(self, rules: CategoryRules) -> None:
        self.rules = rules
        self._dropped = _phrases({"": rules.drop})
        self._named = _phrases(rules.names)
        self._order = {name: place for place, name in enumerate(rules.names)}
        self._meant = lru_cache(maxsize=50_000)(self._categories_of)

    def categories(self, cell: str) -> tuple[str, ...]:
        """The categories of one book, most telling first.

        Without names: the tags themselves in the order of the cell, each once. With names: a
        category is told by the number of tags that mean it and nothing else. A tag that means
        several ("fantasy-sci-fi") adds to those already told and brings in no new one. Ties:
        the order in which the mapping names them.
        """
        meanings = [self._meant(tag) for tag in split(cell, self.rules.separators)]
        if not self.rules.names:
            found = tuple(dict.fromkeys(name for names in meanings for name in names))
            return found[: self.rules.keep]
        told = Counter(names[0] for names in meanings if len(names) == 1)
        for names in meanings:
            if len(names) > 1:
                told.update(name for name in names if name in told)
        ranked = sorted(told, key=lambda name: (-told[name], self._order[name]))
        telling = [name for name in ranked if name not in self.rules.general]
        return tuple((telling or ranked)[: self.rules.keep])

    def _categories_of(self, tag: str) -> tuple[str, ...]:
        rules = self.rules
        if not tag.startswith(rules.prefix):
            return ()
        tag = tag[len(rules.prefix) :]
        if rules.cut:
            tag = tag.partition(rules.cut)[0]
        tag = tidy(tag)
        words = tuple(_WORD.findall(tag.lower()))
        if not words or len(tag) > rules.longest or _means(words, self._dropped):
            return ()
        if not rules.names:
            return (tag[0].upper() + tag[1:],)
        meant = _means(words, self._named)
        telling = tuple(name for name in meant if name not in rules.general)
        return telling or meant[:1]


Phrases = dict[tuple[str, ...], str]


def _phrases(names: Mapping[str, tuple[str, ...]]) -> Phrases:
    return {
        tuple(_WORD.findall(phrase.lower())): name
        for name, phrases in names.items()
        for phrase in phrases
    }


def _means(words: tuple[str, ...], phrases: Phrases) -> tuple[str, ...]:
    """The names whose phrases stand in the words; where two overlap the longer one counts."""
    longest = max(map(len, phrases), default=0)
    found: dict[str, None] = {}
    place = 0
    while place < len(words):
        for length in range(min(longest, len(words) - place), 0, -1):
            if (name := phrases.get(words[place : place + length])) is not None:
                found[name] = None
                place += length
                break
        else:
            place += 1
    return tuple(found)
