"""The model that serving reads: plain arrays, one row a book, ordered by the book's id."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.kernel.errors import Unavailable
from core.recommendations.fold_in import Lists
from core.recommendations.neighbours import Neighbours
from core.recommendations.popularity import WINDOW_DAYS
from core.recommendations.voices import Voices, crowd_of

# The arrays of a model by name and type; a published model has one file for each.
ARRAY_TYPES: dict[str, str] = {
    "books.hi": "<u8",  # the halves of the books' UUIDs, ascending by (lo, hi)
    "books.lo": "<u8",
    "neighbours.start": "<i8",  # what a book says of others, by the readers they share
    "neighbours.ids": "<i4",
    "neighbours.weights": "<f2",
    "nearest.start": "<i8",  # what it says alone: plain neighbours, in the same units
    "nearest.ids": "<i4",
    "nearest.weights": "<f2",
    "followers.start": "<i8",  # what is read after a book; empty lists where times say nothing
    "followers.ids": "<i4",
    "followers.weights": "<f2",
    "content.start": "<i8",  # books alike by what is written on them: cosines
    "content.ids": "<i4",
    "content.weights": "<f2",
    "readers": "<i4",  # how many readers did something with the book
    "units": "<i8",  # units sold
    "trending": "<f4",  # (windows, books), each row in [0, 1]
}


class BrokenModel(Unavailable): ...


class Parameters(Struct, frozen=True):
    """What training chose besides the arrays.

    recency: share of an event's weight that fades with the events after it, 0 to 1. penalty: λ
    of the ridge. shrinkage: of item-kNN. evening: of the counts. alike: every act counts for
    one, here and when a history is asked about. newcomers: length of history
    at which plain neighbours count as much as the ridge. crowd_share: what the most popular book
    gets, as a share of what a first neighbour does. followers_share: of transitions, in their
    lists' weights already.
    """

    recency: float = 0.7
    penalty: float = 0.0
    shrinkage: float = 20.0
    evening: float = 0.0
    alike: bool = False
    newcomers: float = 0.0
    crowd_share: float = 0.0
    followers_share: float = 0.0


class Model(Struct, frozen=True):
    """version: names the published directory. The arrays are described at `ARRAY_TYPES`."""

    version: str
    parameters: Parameters
    hi: NDArray[np.uint64]
    lo: NDArray[np.uint64]
    neighbours: Neighbours
    nearest: Neighbours
    followers: Neighbours
    content: Neighbours
    readers: NDArray[np.int32]
    units: NDArray[np.int64]
    trending: NDArray[np.float32]

    def voices(self) -> Voices:
        """Arranged for serving."""
        crowd, crowd_parts = crowd_of(self.readers, self.parameters.crowd_share, self.neighbours)
        lists = Lists(self.neighbours)
        followers = Lists(self.followers) if len(self.followers.ids) else None
        return Voices(
            lists=lists,
            recency=self.parameters.recency,
            nearest=Lists(self.nearest) if self.parameters.newcomers else None,
            newcomers=self.parameters.newcomers,
            alike=self.parameters.alike,
            followers=followers,
            crowd=crowd,
            crowd_parts=crowd_parts,
            joint=lists.beside(followers) if followers is not None else None,
        )

    def ordinals_of(self, hi: NDArray[np.uint64], lo: NDArray[np.uint64]) -> NDArray[np.int32]:
        """(n,) int32: the books' ordinals in this model, -1 for those it does not know."""
        if not len(self.lo):
            return np.full(len(lo), -1, np.int32)
        at = self.lo.searchsorted(lo)
        right = self.lo.take(at, mode="clip") == lo
        right &= self.hi.take(at, mode="clip") == hi
        if right.all():
            return at.astype(np.int32)
        while True:
            inside = np.minimum(at, len(self.lo) - 1)
            # The low half is almost always enough to tell books apart; where not, step on.
            astray = (self.lo[inside] == lo) & (self.hi[inside] != hi) & (at < len(self.lo))
            if not astray.any():
                break
            at = at + astray
        found = (at < len(self.lo)) & (self.lo[inside] == lo) & (self.hi[inside] == hi)
        return np.where(found, at, -1).astype(np.int32)


def model_of(version: str, parameters: Parameters, arrays: Mapping[str, NDArray[Any]]) -> Model:
    """Assemble a model. Raises BrokenModel where arrays are missing or do not fit together."""
    for name, kind in ARRAY_TYPES.items():
        if name not in arrays or arrays[name].dtype != np.dtype(kind):
            raise BrokenModel(f"model {version} has no array {name!r} of type {kind}")
    books = len(arrays["books.hi"])
    model = Model(
        version,
        parameters,
        arrays["books.hi"],
        arrays["books.lo"],
        _lists("neighbours", arrays, books, version),
        _lists("nearest", arrays, books, version),
        _lists("followers", arrays, books, version),
        _lists("content", arrays, books, version),
        arrays["readers"],
        arrays["units"],
        arrays["trending"],
    )
    by_book = (model.lo, model.readers, model.units)
    if any(len(column) != books for column in by_book) or model.trending.shape != (
        len(WINDOW_DAYS),
        books,
    ):
        raise BrokenModel(f"model {version} has columns of another length than {books} books")
    return model


def _lists(name: str, arrays: Mapping[str, NDArray[Any]], books: int, version: str) -> Neighbours:
    lists = Neighbours(arrays[f"{name}.start"], arrays[f"{name}.ids"], arrays[f"{name}.weights"])
    fits = len(lists.start) == books + 1 and lists.start[-1] == len(lists.ids) == len(lists.weights)
    if not fits or (len(lists.ids) and not 0 <= lists.ids.min() <= lists.ids.max() < books):
        raise BrokenModel(f"the lists {name!r} of model {version} do not fit {books} books")
    return lists
