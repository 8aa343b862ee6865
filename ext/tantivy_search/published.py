"""The snapshot a request sees: one published state of one generation."""

from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from core.search.columns import NONE, VOCABULARIES, Columns
from core.search.snapshot import Horizon, Terms, Vocabulary
from ext.tantivy_search import names
from ext.tantivy_search.generation import Generation
from ext.tantivy_search.head import Published
from ext.tantivy_search.layout import TERMS
from ext.tantivy_search.postings import Part, part, with_part
from ext.tantivy_search.rows import id_key, id_keys
from ext.tantivy_search.text import TantivyText

_HALF = (1 << 64) - 1


class PublishedTerms:
    """The dictionary and posting lists: the built ones, then those of the later parts."""

    def __init__(self, generation: Generation, count: int, parts: tuple[Part, ...]) -> None:
        self._names = generation.names[TERMS]
        self._count = count
        self._start = generation.postings_start.data
        self._rows = generation.postings_rows
        self._built = len(self._start) - 1
        self._parts = parts

    def code(self, term: str) -> int:
        return self._names.code(term, self._count)

    def name(self, code: int) -> str:
        return self._names.name(code)

    def frequency(self, code: int) -> int:
        if self._parts:
            return len(self.postings(code))
        return self._start[code + 1] - self._start[code] if 0 <= code < self._built else 0

    def postings(self, code: int) -> NDArray[np.int32]:
        built = self._rows[:0]
        if 0 <= code < self._built:
            built = self._rows[self._start[code] : self._start[code + 1]]
        late = [found for later in self._parts if len(found := later.of(code))]
        return np.concatenate((built, *late)) if late else built


MOST_SHOWN = 32_768
"""Books whose list form is kept at hand: the popular ones are shown again and again, and fetching
one from the mapped file touches three places that are seldom in the processor's cache."""


class PublishedSnapshot:
    """See `core.search.snapshot.Snapshot`. Made from the one before where there is one."""

    text: TantivyText
    terms: Terms
    vocabularies: dict[str, Vocabulary]

    def __init__(
        self,
        generation: Generation,
        state: Published,
        before: "PublishedSnapshot | None" = None,
    ) -> None:
        generation.grow_names(state)
        self.generation = generation
        self.state = state
        self.version = f"{generation.name}.{state.commit}"
        self.rows = state.rows
        self.columns: Columns = generation.columns(state)
        self.alive = _alive(generation, state, before)
        self.living = state.rows - state.deletes
        self.parts = _parts(generation, self.columns, before)
        self.text = TantivyText(
            generation.index, generation.index.searcher(), state.rows, built=state.commit == 0
        )
        self.terms = PublishedTerms(generation, state.names[TERMS][0], self.parts)
        self.vocabularies = {
            name: names.Vocabulary(generation.names[name], state.names[name][0])
            for name in VOCABULARIES
        }
        self._documents = generation.documents
        self._starts = generation.document_starts
        self._lists = generation.list_lengths
        self._shown = generation.shown

    @property
    def horizon(self) -> Horizon:
        return self.state.horizon

    @property
    def base_rows(self) -> int:
        return self.generation.base_rows

    @property
    def static(self) -> dict[str, NDArray[Any]]:
        return self.generation.static

    def ordinal_of(self, book_id: UUID) -> int:
        hi, lo = book_id.int >> 64, book_id.int & _HALF
        key = id_key(hi, lo)
        for late in reversed(self.parts):
            if (row := self._living(key, hi, lo, late.id_keys, late.id_rows)) != NONE:
                return row
        return self._living(key, hi, lo, self.generation.id_keys, self.generation.id_rows)

    def _living(
        self, key: int, hi: int, lo: int, keys: NDArray[np.uint64], rows: NDArray[np.int32]
    ) -> int:
        place = int(keys.searchsorted(np.uint64(key)))
        while place < len(keys) and keys[place] == key:
            row = int(rows[place])
            if self.alive[row] and (self.columns.id_hi[row], self.columns.id_lo[row]) == (hi, lo):
                return row
            place += 1
        return NONE

    def ordinals_of(self, hi: NDArray[np.uint64], lo: NDArray[np.uint64]) -> NDArray[np.int32]:
        wanted = id_keys(hi, lo)
        found = np.full(len(wanted), NONE, np.int32)
        sources = [(late.id_keys, late.id_rows) for late in reversed(self.parts)]
        for keys, rows in (*sources, (self.generation.id_keys, self.generation.id_rows)):
            place = keys.searchsorted(wanted)
            missing = np.flatnonzero(found == NONE)
            # Equal keys stand side by side: at most one of their rows is living and the one.
            while len(missing := missing[place[missing] < len(keys)]):
                missing = missing[keys[place[missing]] == wanted[missing]]
                row = rows[place[missing]]
                right = self.alive[row] & (self.columns.id_hi[row] == hi[missing])
                right &= self.columns.id_lo[row] == lo[missing]
                found[missing[right]] = row[right]
                missing = missing[~right]
                place[missing] += 1
        return found

    def list_json(self, ordinal: int) -> bytes:
        return self.open_list_json(ordinal) + b"}"

    def open_list_json(self, ordinal: int) -> bytes:
        shown = self._shown.get(ordinal)
        if shown is None:
            start = self._starts[ordinal]
            shown = self._documents[start : start + self._lists[ordinal]]
            if len(self._shown) >= MOST_SHOWN:
                self._shown.clear()
            self._shown[ordinal] = shown
        return shown

    def detail_json(self, ordinal: int) -> bytes:
        return self._documents[self._starts[ordinal] : self._starts[ordinal + 1]]

    def at(self, state: Published) -> "PublishedSnapshot":
        """The same content at a later horizon."""
        later = object.__new__(PublishedSnapshot)
        later.__dict__.update(self.__dict__)
        later.state = state
        return later


def _alive(
    generation: Generation, state: Published, before: PublishedSnapshot | None
) -> NDArray[np.bool_]:
    """A mask of its own for each snapshot: requests still use the one before."""
    alive = np.ones(state.rows, np.bool_)
    known = 0
    if before is not None:
        known = before.state.deletes
        alive[: before.rows] = before.alive
    alive[generation.deletes[known : state.deletes]] = False
    alive.flags.writeable = False
    return alive


def _parts(
    generation: Generation, columns: Columns, before: PublishedSnapshot | None
) -> tuple[Part, ...]:
    parts, first = ((), generation.base_rows) if before is None else (before.parts, before.rows)
    after = len(columns.version)
    if after == first:
        return parts
    terms = generation.late_terms(first, after)
    newest = part(
        first,
        terms.values[terms.start[0] : terms.start[-1]],
        np.diff(terms.start),
        id_keys(columns.id_hi[first:], columns.id_lo[first:]),
    )
    return with_part(parts, newest)
