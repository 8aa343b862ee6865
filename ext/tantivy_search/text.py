"""Scores by Tantivy: BM25 over everything, with the title, authors and series counting more."""

from collections.abc import Sequence

import numpy as np
import tantivy
from numpy.typing import NDArray

from core.search.snapshot import IndexUnavailable, Scored, Within, Word
from ext.tantivy_search.faults import is_panic
from ext.tantivy_search.schema import ALL, AUTHOR, KEY, SERIES, TITLE
from ext.tantivy_search.stemming import stems

BOOSTS = ((TITLE, 0.5), (AUTHOR, 0.3), (SERIES, 0.2))
"""What a field adds to the score over everything. Small, as each field's own BM25 is high where
the field is short: a word of the title weighs about three times one of a description."""
MOST_RESULTS = 10_000
MOST_WORDS = 64
MOST_ALTERNATIVES = 8
MOST_AMONG = 1_024
MOST_REMEMBERED = 4_096
"""Terms whose clauses are kept for the next query; making them takes 4 µs a term."""

_Must, _Should = tantivy.Occur.Must, tantivy.Occur.Should
_Clause = tuple[tantivy.Occur, tantivy.Query]


class TantivyText:
    """The text index at one commit. Never parses: queries are built from terms, clause by clause.

    rows: keys from here on belong to a commit that has not been published. built: nothing was
    changed since the generation was built, so the engine's own order is that of the keys.
    """

    def __init__(
        self, index: tantivy.Index, searcher: tantivy.Searcher, rows: int, *, built: bool
    ) -> None:
        self._schema = index.schema
        self._searcher = searcher
        self._rows = rows
        self._built = built
        self._in_order = built and searcher.num_segments == 1
        self._remembered: dict[tuple[str, float], tuple[tantivy.Query, list[_Clause]]] = {}

    def top(
        self,
        words: tuple[Word, ...],
        *,
        minimum: int,
        limit: int,
        among: NDArray[np.int32] | None = None,
        within: Within = (),
    ) -> Scored:
        """See `core.search.snapshot.TextIndex`."""
        if not words or (among is not None and not len(among)):
            return _NOTHING
        clauses = self._clauses(words, minimum)
        filters = [self._one_of(names) for names in within]
        if among is not None:
            keys = among[:MOST_AMONG].tolist()
            filters.append(tantivy.Query.term_set_query(self._schema, KEY, keys))
        if filters:
            # A plain filter would add 1 to every score.
            unscored = [(_Must, tantivy.Query.const_score_query(each, 0.0)) for each in filters]
            clauses = [(_Must, tantivy.Query.boolean_query(clauses)), *unscored]
        return self._search(tantivy.Query.boolean_query(clauses), limit)

    def query(self, words: tuple[Word, ...], minimum: int) -> tantivy.Query:
        """What `top` asks, all books being allowed."""
        return tantivy.Query.boolean_query(self._clauses(words, minimum))

    def alike(self, terms: tuple[str, ...], *, limit: int) -> Scored:
        """See `core.search.snapshot.TextIndex`."""
        if not terms:
            return _NOTHING
        clauses = [(_Should, self._term(ALL, term)) for term in terms[:MOST_WORDS]]
        return self._search(tantivy.Query.boolean_query(clauses), limit, counted=False)

    def stem(self, word: str, language: str) -> str:
        """See `core.search.snapshot.TextIndex`."""
        return stems((word,), language)[0]

    def _clauses(self, words: tuple[Word, ...], minimum: int) -> list[_Clause]:
        """Membership by the all-field, the other fields only add score.

        A Must for each word with optional boosts is some ten times faster at a million books
        than a maximum over fields for each word.
        """
        words = words[:MOST_WORDS]
        minimum = max(1, min(minimum, len(words)))
        members: list[tantivy.Query] = []
        extras: list[_Clause] = []
        for word in words:
            parts = [
                self._parts((term, weight * word.boost))
                for term, weight in word.alternatives[:MOST_ALTERNATIVES]
            ]
            queries = [everything for everything, _ in parts]
            members.append(queries[0] if len(queries) == 1 else _any_of(queries))
            for _, added in parts:
                extras += added
        if minimum == len(words):
            return [*((_Must, member) for member in members), *extras]
        if minimum == 1:
            return [*((_Should, member) for member in members), *extras]
        optional = [(_Should, member) for member in members]
        return [(_Must, tantivy.Query.boolean_query(optional, minimum)), *extras]

    def _one_of(self, names: tuple[tuple[str, ...], ...]) -> tantivy.Query:
        """All terms of one of the names, in everything."""
        wholes = [
            tantivy.Query.boolean_query([(_Must, self._term(ALL, term)) for term in terms])
            for terms in names
        ]
        return wholes[0] if len(wholes) == 1 else _any_of(wholes)

    def _parts(self, alternative: tuple[str, float]) -> tuple[tantivy.Query, list[_Clause]]:
        """A term in everything, and in each of the other fields where any book has it."""
        made = self._remembered.get(alternative)
        if made is None:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            term, weight = alternative
            made = (
                self._boosted(ALL, term, weight),
                [
                    (_Should, self._boosted(field, term, boost * weight))
                    for field, boost in BOOSTS
                    if self._searcher.doc_freq(field, term)
                ],
            )
            self._remembered[alternative] = made
        return made

    def _boosted(self, field: str, term: str, weight: float) -> tantivy.Query:
        query = self._term(field, term)
        return query if weight == 1.0 else tantivy.Query.boost_query(query, weight)

    def _term(self, field: str, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, term, "freq")

    def _search(self, query: tantivy.Query, limit: int, *, counted: bool = True) -> Scored:
        """counted: whether to count all that match, not only those returned: 1.3 ns for each."""
        # limit 0 panics and a huge limit allocates until the process dies (tantivy-py).
        limit = max(1, min(limit, MOST_RESULTS))
        try:
            result = self._searcher.search(query, limit, count=counted)
            hits = result.hits
            if not hits:
                return _NOTHING
            scored, addresses = zip(*hits, strict=True)
            found: Sequence[float | None]
            if self._in_order:
                # A book's number in the only segment is its ordinal; reading the column costs more.
                found = [address.doc for address in addresses]
            else:
                found = self._searcher.fast_field_values(KEY, list(addresses))
        except ValueError as error:
            raise IndexUnavailable(f"the text index failed: {error}") from error
        except BaseException as error:
            if not is_panic(error):
                raise
            raise IndexUnavailable(f"the text index panicked: {error}") from error
        if not counted:
            return self._ordered(found, scored, len(hits))
        total: int = result.count  # type: ignore[attr-defined] # its stubs leave it out
        return self._ordered(found, scored, total)

    def _ordered(
        self, found: Sequence[float | None], scored: Sequence[float], total: int
    ) -> Scored:
        keys = np.array(found, np.int64)
        scores = np.array(scored, np.float32)
        if self._built:
            return Scored(keys, scores, total)
        if keys.max() >= self._rows:
            published = keys < self._rows
            total -= len(keys) - int(np.count_nonzero(published))
            keys, scores = keys[published], scores[published]
        # Several segments, also once merged, interleave books of equal score.
        order = np.lexsort((keys, -scores))
        return Scored(keys[order], scores[order], total)


def _any_of(queries: list[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(_Should, query) for query in queries])


_NOTHING = Scored(np.zeros(0, np.int64), np.zeros(0, np.float32), 0)
