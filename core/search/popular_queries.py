"""What many readers of a store ask, offered to the next who begins to type it."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import UNSET, Struct, UnsetType

from core.search.analysis import terms_of, words_of
from core.search.starts import marked_start
from core.search.suggestions import FEWEST_LETTERS, MOST

MOST_OFFERED = 3
"""Of the ten suggestions; the others are titles and authors."""
MOST_KEPT = 1_000
LONGEST = 80
FEWEST_READERS = 5
"""Who asked the same before others are shown it: a question may tell of a person."""
DAYS = 30
_LAST = "\U0010ffff"


class PopularQuery(Struct, frozen=True):
    """readers: how many different ones asked it lately."""

    query: str
    readers: int


class PopularQueries:
    """A store's, ready to be looked up by their words' beginnings."""

    def __init__(self, queries: Iterable[PopularQuery] = ()) -> None:
        ordered = sorted(queries, key=lambda each: (-each.readers, each.query))
        self._texts = [each.query for each in ordered]
        self._folded = [" ".join(terms_of(text)) for text in self._texts]
        self._starts = sorted(
            (start, rank) for rank, words in enumerate(self._folded) for start in _starts(words)
        )

    def __bool__(self) -> bool:
        return bool(self._texts)

    def starting(self, typed: str) -> list[str]:
        """The most asked that go on like `typed` from one of their words on; not itself.

        typed: folded words with one space between.
        """
        low = bisect_left(self._starts, (typed, -1))
        high = bisect_left(self._starts, (typed + _LAST, -1))
        ranks = sorted({rank for _, rank in self._starts[low:high]})
        others = [self._texts[rank] for rank in ranks if self._folded[rank] != typed]
        return others[:MOST_OFFERED]


class _Offered(Struct):
    """A suggestion as `core.search.suggestions.suggest` writes it."""

    text: str
    type: str
    highlight: str
    id: str | UnsetType = UNSET


_suggestions = msgspec.json.Decoder(list[_Offered])


def before(suggestions: bytes, queries: PopularQueries, q: str) -> bytes:
    """The suggestions for what was typed, with popular queries in front, ten in all.

    A title or an author of the same words as a query is told once, as what it is.
    """
    if not queries:
        return suggestions
    typed = " ".join(terms_of(q))
    if len(typed) - typed.count(" ") < FEWEST_LETTERS or not (found := queries.starting(typed)):
        return suggestions
    others = _suggestions.decode(suggestions)
    known = {tuple(terms_of(other.text)) for other in others}
    asked = [
        _Offered(text, "query", marked_start(text, typed))
        for text in found
        if tuple(terms_of(text)) not in known
    ]
    return msgspec.json.encode([*asked, *others][:MOST])


def words_asked(queries: Iterable[PopularQuery]) -> set[str]:
    return {term for each in queries for term in terms_of(each.query)}


def unspoken(words: set[str], texts: Sequence[str]) -> set[str]:
    """The words that stand in none of the texts."""
    return words.difference(*(text.split() for text in words_of(texts)))


def sayable(queries: Iterable[PopularQuery], unspoken: set[str]) -> list[PopularQuery]:
    """Those whose words a store's own books use, of which `unspoken` are not.

    So nothing is offered that finds nothing, and nobody can make a store say a word of theirs.
    """
    return [
        each for each in queries if (terms := terms_of(each.query)) and unspoken.isdisjoint(terms)
    ]


def _starts(words: str) -> Iterator[str]:
    while words:
        yield words
        words = words.partition(" ")[2]


NO_QUERIES = PopularQueries()
