"""One model before one snapshot of the index: which row of the index each of its books is."""

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.recommendations.facts import Facts, FactsByRow
from core.recommendations.fold_in import Lists
from core.recommendations.model import Model
from core.recommendations.scoring import DENSE_BOOKS, Scratch
from core.recommendations.shelf import Shelf
from core.recommendations.voices import Voices
from core.recommendations.volumes import Volumes
from core.search.columns import NONE
from core.search.filters import MASKED_AT_ONCE, Passing
from core.search.request import FILTER_FIELDS, Filters
from core.search.view import View

Kept = TypeVar("Kept")
Place = tuple[int, int, int, int, int]
"""A book's ordinal in the model and living row, NONE where there is none, and of that row its work,
series and first category."""
MOST_FILTERS = 64
_asked = attrgetter(*FILTER_FIELDS)
_NOTHING_ASKED = _asked(Filters())
MOST_WEIGHED = 200_000
"""Up to so many books what they are worth is kept for each of the filters: at most 50 MB."""

MOST_PLACED = 32_768
"""Books of histories whose place is kept: readers share the popular ones."""

ALIKE = 20
"""Books most alike each that are looked at for variety: others are hardly alike."""

WORK, SERIES, AUTHOR, CATEGORY = range(4)
"""What is looked at of a row again and again, side by side: its work as in `works_of`, its series,
and of its authors and categories the first; NONE for none."""


class Scene(Struct, frozen=True, eq=False):
    """What a request sees.

    row_of: (books of the model,) int32 living rows of the snapshot, NONE for books it has not.
    book_of: (rows,) int32, the other way round. worth: (books of the model,) float32, what a
    score is multiplied by: 0 for a book that is not there, less than 1 for one out of stock.
    readers: (books of the model,) int32. marks: (rows, 4) int64, see `WORK` and so on. popular: by
    the index's popularity. trends: ordinals of the model by window, best first. voices, alike: the
    model's, arranged for serving.
    """

    view: View
    model: Model | None
    row_of: NDArray[np.int32]
    book_of: NDArray[np.int32]
    worth: NDArray[np.float32]
    voices: Voices
    alike: Lists
    scratch: Scratch
    marks: NDArray[np.int64]
    readers: NDArray[np.int32]
    popular: Shelf
    trends: tuple[NDArray[np.int32], ...]
    volumes: Volumes
    facts_by_row: FactsByRow
    kept: dict[str, Any]

    def keep(self, name: str, make: Callable[[], Kept]) -> Kept:
        """The value of this name, made at its first use in this scene."""
        found: Kept | None = self.kept.get(name)
        if found is None:
            found = self.kept[name] = make()
        return found

    def keep_filtered(self, name: str, filters: Filters, make: Callable[[], Kept]) -> Kept:
        """The same for each of the filters that were asked for of late: many readers ask alike."""
        kept: dict[Any, Kept] = self.keep(name, dict)
        key = _asked(filters)
        found = kept.get(key)
        if found is None:
            if len(kept) >= MOST_FILTERS:
                kept.clear()
            found = kept[key] = make()
        return found

    def passing(self, filters: Filters) -> Passing:
        """What the filters let through; kept where a mask of all rows is small."""
        if self.view.snapshot.rows > MASKED_AT_ONCE and _asked(filters) != _NOTHING_ASKED:
            return Passing(self.view, filters)
        return self.keep_filtered("passing", filters, lambda: Passing(self.view, filters))

    def worth_under(self, filters: Filters) -> NDArray[np.floating[Any]] | None:
        """`worth` of the books that the filters let through, 0 for all others; None where an array
        for each filter that is asked for would take too much."""
        if len(self.worth) > MOST_WEIGHED:
            return self.worth if _asked(filters) == _NOTHING_ASKED else None
        return self.keep_filtered("worth", filters, lambda: self._weighed(filters))

    def _weighed(self, filters: Filters) -> NDArray[np.floating[Any]]:
        kind = np.float64 if len(self.worth) <= DENSE_BOOKS else np.float32
        passed = self.passing(filters).mask().take(self.row_of, mode="wrap")
        return np.where(passed, self.worth, 0).astype(kind)  # of what it is multiplied by

    def share_of(self, filters: Filters) -> float:
        """About what share of the books the filters let through, as far as popular ones tell."""
        rows, passing = self.popular.rows, self.passing(filters)
        return self.keep_filtered(
            "share", filters, lambda: (1 + np.count_nonzero(passing.of(rows))) / (1 + len(rows))
        )

    def work(self, row: int) -> int:
        return int(self.marks[row, WORK])

    def facts(self, row: int) -> Facts:
        return self.facts_by_row.of(self.view.snapshot, row)

    def places(self, books: NDArray[np.uint64]) -> list[Place]:
        """books: (n, 2) uint64, halves of ids."""
        kept: dict[bytes, Place] = self.keep("places", dict)
        keys = books.view("V16").ravel().tolist()
        try:
            return list(map(kept.__getitem__, keys))
        except KeyError:
            if len(kept) >= MOST_PLACED:
                kept.clear()
            kept.update(zip(keys, self._places(books), strict=True))
            return list(map(kept.__getitem__, keys))

    def _places(self, books: NDArray[np.uint64]) -> Iterator[Place]:
        ordinals, rows = self._placed(books[:, 0], books[:, 1])
        marks = self.marks.take(rows, 0, mode="wrap")
        marks[rows == NONE] = NONE
        work, series, _, category = marks.T.tolist()
        return zip(ordinals.tolist(), rows.tolist(), work, series, category, strict=True)

    def _placed(
        self, hi: NDArray[np.uint64], lo: NDArray[np.uint64]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(n,) int32 twice: ordinals in the model and living rows, NONE where there is none."""
        if self.model is None:
            return np.full(len(hi), NONE, np.int32), self.view.snapshot.ordinals_of(hi, lo)
        ordinals = self.model.ordinals_of(hi, lo)
        if not len(self.row_of):
            return ordinals, self.view.snapshot.ordinals_of(hi, lo)
        rows = self.row_of.take(ordinals, mode="wrap")
        unknown = np.flatnonzero(ordinals == NONE)
        if len(unknown):  # books newer than the model
            rows[unknown] = self.view.snapshot.ordinals_of(hi[unknown], lo[unknown])
        return ordinals, rows

    def series(self, code: int) -> list[int]:
        """Living rows of a series, ascending."""
        return self.keep(
            f"series.{code}", lambda: self.volumes.of(self.view.snapshot, code).tolist()
        )

    def because(self, row: int, verb: str) -> str:
        """The reason that a row of the reader's history is; verb: what the reader did with it."""
        kept = self.facts_by_row.because
        found = kept.get((row, verb))
        if found is None:
            found = f"Because you {verb} {self.facts(row).title}"
            self.facts_by_row.keep_because(row, verb, found)
        return found

    def in_category(self, word: str, code: int) -> str:
        """word: "Popular" or "Trending"."""
        kept = self.facts_by_row.in_category
        found = kept.get((word, code))
        if found is None:
            name = self.view.snapshot.vocabularies["category"].name(code)
            found = kept[word, code] = f"{word} in {name}"
        return found

    def codes(self, row: int) -> list[int]:
        """The codes of a row's categories, in the book's own order."""
        found = self.facts_by_row.categories.get(row)
        if found is None:
            found = self.view.snapshot.columns.category.row(row).tolist()
            self.facts_by_row.keep_categories(row, found)
        return found
