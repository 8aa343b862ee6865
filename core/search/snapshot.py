"""What one request sees of the index: columns, postings, text and documents of one version."""

from typing import Any, NamedTuple, Protocol
from uuid import UUID

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.kernel.errors import Unavailable
from core.search.columns import Columns


class IndexUnavailable(Unavailable): ...


class Horizon(Struct, frozen=True):
    """Which transactions an index contains: PostgreSQL's snapshot (xmin:xmax:running).

    Transactions below xmin are in; from xmax on they are not; between, those not running are.
    """

    xmin: int
    xmax: int
    running: tuple[int, ...] = ()

    def contains(self, xid: int) -> bool:
        return xid < self.xmin or (xid < self.xmax and xid not in self.running)


class Word(Struct, frozen=True):
    """One word of a query and what may stand for it.

    alternatives: (term, weight) pairs, weight 1 for the word itself, less for another form of it
    or a correction. worth: how much of what the query says this word says, in [0, 1]. boost:
    what all its weights are multiplied by. proper: it stands in the title proper, not behind a
    colon or in brackets.
    """

    alternatives: tuple[tuple[str, float], ...]
    worth: float = 1.0
    boost: float = 1.0
    proper: bool = True


class Scored(NamedTuple):
    """keys: (k,) int64 ordinals, best first, ties by lower key; scores: (k,) float32 BM25.

    total: how many books match in all, at least k. held: (k,) for a query of two words, where it
    is known, 1, 2 or 3: the book holds the first, the second or both.
    """

    keys: NDArray[np.int64]
    scores: NDArray[np.float32]
    total: int
    held: NDArray[np.int8] | None = None


Within = tuple[tuple[tuple[str, ...], ...], ...]
"""Terms held in any field: of each group all terms of one of its names."""


class TextIndex(Protocol):
    """The engine that scores text; set operations are done on postings, not here."""

    def top(
        self,
        words: tuple[Word, ...],
        *,
        minimum: int,
        limit: int,
        among: NDArray[np.int32] | None = None,
        within: Within = (),
    ) -> Scored:
        """Score living books that hold at least `minimum` of the words in any field.

        A book's score is Σ over words and their alternatives of weight × boost × (BM25 over
        everything + 0.5 × BM25 of the title + 0.3 × BM25 of the authors + 0.2 × BM25 of the
        series), fields without the term adding nothing. among: only these ordinals (ascending,
        at most 1,024). within: only books that hold what it names.
        """
        ...

    def alike(self, terms: tuple[str, ...], *, limit: int) -> Scored:
        """Score living books by BM25 over any of the terms, without field boosts.

        total: of those returned, the others are not counted.
        """
        ...

    def stem(self, word: str, language: str) -> str:
        """The stem of a word in one of `core.search.forms.LANGUAGES`."""
        ...


class Vocabulary(Protocol):
    """The names behind a column's codes; code order is order of first appearance."""

    def __len__(self) -> int: ...
    def name(self, code: int) -> str: ...
    def code(self, name: str) -> int:
        """The code of exactly this name, else of the name that folds alike, else NONE."""
        ...


class Terms(Protocol):
    """The dictionary of the index and the books each term stands in."""

    def code(self, term: str) -> int:
        """The term's code, NONE for a term the catalogue does not know."""
        ...

    def name(self, code: int) -> str:
        """The term of a code."""
        ...

    def frequency(self, code: int) -> int:
        """Books holding the term, tombstones included: for ranking, never for counts.

        0 for NONE.
        """
        ...

    def postings(self, code: int) -> NDArray[np.int32]:
        """Ordinals of the books holding the term anywhere, ascending, tombstones included."""
        ...


class Snapshot(Protocol):
    """Immutable; a request takes one at its start and asks nothing else.

    version: "g000001.42": the generation and the commit within it. horizon: see Horizon.
    alive: (n,) bool, False for tombstones; living: how many are True.
    static: arrays that the builders of `core.search.spelling`, `.autocomplete` and `.facets`
    made when the generation was built, by name, covering the first `base_rows` rows.
    """

    @property
    def version(self) -> str: ...
    @property
    def horizon(self) -> Horizon: ...
    @property
    def rows(self) -> int: ...
    @property
    def base_rows(self) -> int: ...
    @property
    def living(self) -> int: ...
    @property
    def alive(self) -> NDArray[np.bool_]: ...
    @property
    def columns(self) -> Columns: ...
    @property
    def text(self) -> TextIndex: ...
    @property
    def terms(self) -> Terms: ...
    @property
    def vocabularies(self) -> dict[str, Vocabulary]:
        """By column: category, author, publisher, series, language."""
        ...

    @property
    def static(self) -> dict[str, NDArray[Any]]: ...
    def ordinal_of(self, book_id: UUID) -> int:
        """The living row of a book, NONE when there is none."""
        ...

    def ordinals_of(self, hi: NDArray[np.uint64], lo: NDArray[np.uint64]) -> NDArray[np.int32]:
        """The same for many ids at once."""
        ...

    def list_json(self, ordinal: int) -> bytes:
        """The list form of a book, a JSON object."""
        ...

    def open_list_json(self, ordinal: int) -> bytes:
        """The same without its closing brace, for fields to follow."""
        ...

    def detail_json(self, ordinal: int) -> bytes:
        """The whole book, a JSON object; `core.catalogue.book.Book` decodes it."""
        ...
