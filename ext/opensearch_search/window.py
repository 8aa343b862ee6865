"""Some hits of the cluster as a small snapshot, so that what ranks and explains can read them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.search import cards
from core.search.columns import NONE, VOCABULARIES, Columns, Ragged
from core.search.popularity import Opinion, popularity
from core.search.snapshot import Horizon, IndexUnavailable, Terms, TextIndex, Vocabulary
from ext.opensearch_search.documents import columns_of


class Source(Struct, frozen=True):
    """What is asked of a hit's document; see `documents`. rest: where a whole book is needed."""

    list: str = ""
    rest: str = ""
    version: int = 0
    heading: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    rating_x100: int = 0
    reviews: int = 0


class Hit(Struct, frozen=True):
    """matched: names of the query's clauses that the book fulfils. sort: values of its place."""

    id: str = msgspec.field(name="_id")
    score: float | None = msgspec.field(name="_score", default=None)
    source: Source = msgspec.field(name="_source", default=Source())
    matched: tuple[str, ...] = msgspec.field(name="matched_queries", default=())
    sort: tuple[float | str, ...] = ()


def hits_of(answer: dict[str, Any]) -> list[Hit]:
    """Raises ValidationError for hits that are not as they were asked for."""
    return msgspec.convert(answer["hits"]["hits"], list[Hit])


class Coded:
    """A vocabulary, or a dictionary of terms, over names in order of first appearance."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._names: list[str] = []
        self.rows: dict[int, set[int]] = {}
        self.frequencies: Mapping[str, int] = {}

    def __len__(self) -> int:
        return len(self._names)

    def name(self, code: int) -> str:
        return self._names[code]

    def code(self, name: str) -> int:
        return self._codes.get(name, NONE)

    def add(self, name: str) -> int:
        code = self._codes.setdefault(name, len(self._names))
        if code == len(self._names):
            self._names.append(name)
        return code

    def frequency(self, code: int) -> int:
        return self.frequencies.get(self._names[code], 0)

    def postings(self, code: int) -> NDArray[np.int32]:
        return np.array(sorted(self.rows.get(code, ())), np.int32)


class Window:
    """`core.search.snapshot.Snapshot` over hits in the engine's order; ordinals are places.

    total: living books of the whole index, which words are weighed by. It has no text of its
    own: the cluster has scored before.
    """

    base_rows = 0

    def __init__(
        self, hits: Sequence[Hit], opinion: Opinion, *, version: str = "", total: int = 0
    ) -> None:
        self.hits = hits
        self.version = version
        self.rows = self.living = len(hits)
        self.total = total
        self.horizon = Horizon(0, 0)
        self.alive = np.ones(len(hits), np.bool_)
        self.static: dict[str, NDArray[Any]] = {}
        self.words = Coded()
        self._named = {name: Coded() for name in VOCABULARIES}
        self._places = {hit.id: place for place, hit in enumerate(hits)}
        self.columns = self._columns(opinion)

    @property
    def text(self) -> TextIndex:
        raise IndexUnavailable("a window of the search cluster scores no text")

    @property
    def terms(self) -> Terms:
        return self.words

    @property
    def vocabularies(self) -> dict[str, Vocabulary]:
        return dict(self._named)

    def ordinal_of(self, book_id: UUID) -> int:
        return self._places.get(book_id.hex, NONE)

    def ordinals_of(self, hi: NDArray[np.uint64], lo: NDArray[np.uint64]) -> NDArray[np.int32]:
        ids = [f"{high:016x}{low:016x}" for high, low in zip(hi.tolist(), lo.tolist(), strict=True)]
        return np.array([self._places.get(each, NONE) for each in ids], np.int32)

    def list_json(self, ordinal: int) -> bytes:
        return self.open_list_json(ordinal) + b"}"

    def open_list_json(self, ordinal: int) -> bytes:
        return self.hits[ordinal].source.list.encode()

    def detail_json(self, ordinal: int) -> bytes:
        source = self.hits[ordinal].source
        return f"{source.list}{source.rest}".encode()

    def _columns(self, opinion: Opinion) -> Columns:
        sources = [hit.source for hit in self.hits]
        numbers: dict[str, NDArray[Any]] = {
            "version": np.array([source.version for source in sources], np.int32),
            "rating_x100": np.array([source.rating_x100 for source in sources], np.int16),
            "reviews": np.array([source.reviews for source in sources], np.int32),
        }
        plain = columns_of([int(hit.id, 16) for hit in self.hits], numbers)
        titles = self._ragged(self.words, [each.heading for each in sources], ordered=True)
        liked = popularity(plain.rating_x100 / 100, plain.reviews, opinion)
        return plain._replace(
            popularity=liked,
            title_terms=titles,
            card=cards.build(titles, liked),
            category=self._ragged(self._named["category"], [each.category for each in sources]),
            author=self._ragged(self._named["author"], [each.author for each in sources]),
        )

    def _ragged(
        self, coded: Coded, rows: Sequence[Sequence[str]], *, ordered: bool = False
    ) -> Ragged:
        values = [[coded.add(name) for name in row] for row in rows]
        if ordered:
            values = [sorted(set(row)) for row in values]
        for place, row in enumerate(values):
            for code in row:
                coded.rows.setdefault(code, set()).add(place)
        start = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in values], out=start[1:])
        return Ragged(start, np.array([code for row in values for code in row], np.int32))
