"""Everything that speaks for a book when a reader asks: the books read, their order, the crowd."""

from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.recommendations.fold_in import STEPS, Lists, Told, recency_weights
from core.recommendations.neighbours import Neighbours
from core.recommendations.popularity import ranking

CROWD = 500
"""Popular books that the crowd speaks for."""

LEAST_PART = 0.1
"""A smaller part of plain neighbours is left out: gathering them would cost more than it says."""


class Voices(Struct, frozen=True, eq=False):
    """lists: what a book says of others beside many. nearest, newcomers: what it says alone, see
    `nearest_part`. alike, recency: see `weights`. followers: what is read after it, None where
    times say nothing. crowd, crowd_parts: (c,) int32 popular books and (c,) float32, what is
    added to each, as if one more book had been read. joint: lists and followers side by side, for
    serving, where the catalogue is small.
    """

    lists: Lists
    recency: float
    nearest: Lists | None = None
    newcomers: float = 0.0
    alike: bool = False
    followers: Lists | None = None
    crowd: NDArray[np.int32] = np.zeros(0, np.int32)
    crowd_parts: NDArray[np.float32] = np.zeros(0, np.float32)
    joint: Lists | None = None

    def weights(self, strengths: NDArray[np.float32]) -> NDArray[np.float32]:
        """(h,) float32, what each act of a history counts, newest first, by its strength in [0, 1]
        or all alike; see `recency_weights`."""
        fading = recency_weights(len(strengths), self.recency)
        return fading if self.alike else strengths * fading

    def nearest_part(self, history: int) -> float:
        """Share of plain neighbours in what so many books say; the ridge has the rest.

        A ridge learns what a book adds to all others of a whole history, which is not what one
        book says alone: of `newcomers` books each counts half, of fewer the neighbours more.
        """
        if self.nearest is None or not history:
            return 0.0
        part = self.newcomers**2 / (self.newcomers**2 + history**2)
        return part if part >= LEAST_PART else 0.0

    def told(self, books: NDArray[np.signedinteger[Any]], weights: NDArray[np.float32]) -> Told:
        """books: (h,) ordinals newest first; weights: (h,) float32, recency in them.

        Of h + 1 that speak the last is the crowd; a book of the history says what it says beside
        others, what it says alone and, being among the newest ten, what is read after it.
        """
        part = np.float32(self.nearest_part(len(books)))
        if self.joint is not None and not part:
            parts = [self.joint.tell(books, weights)]
            return _joined([*parts, *self._of_crowd(len(books))], len(books) + 1)
        parts = [self.lists.tell(books, weights * (1 - part) if part else weights)]
        if part and self.nearest is not None:
            parts.append(self.nearest.tell(books, weights * part))
        if self.followers is not None:
            parts.append(self.followers.tell(books[:STEPS], weights[:STEPS]))
        return _joined([*parts, *self._of_crowd(len(books))], len(books) + 1)

    def _of_crowd(self, speaker: int) -> list[Told]:
        if not len(self.crowd):
            return []
        return [Told(self.crowd, self.crowd_parts, np.full(len(self.crowd), speaker, np.int16), 1)]

    def scores(
        self, books: NDArray[np.int32], strengths: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """(all books,) float32, of a history newest first with strengths in [0, 1]."""
        told = self.told(books, self.weights(strengths))
        return np.bincount(told.ids, told.parts, self.lists.books).astype(np.float32)


def crowd_of(
    readers: NDArray[np.int32], share: float, lists: Neighbours
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The popular books and what the crowd says of them: `share` of what a book's first
    neighbour gets, for the most popular one. readers: (books,) int32."""
    if not share:
        return np.zeros(0, np.int32), np.zeros(0, np.float32)
    popular = ranking(readers.astype(np.float32), CROWD)
    filled = np.diff(lists.start) > 0
    firsts = lists.weights[lists.start[:-1][filled]].astype(np.float32)
    scale = share * float(np.median(firsts)) if len(firsts) else 0.0
    most = max(int(readers.max(initial=0)), 1)
    return popular, (scale * readers[popular] / most).astype(np.float32)


def _joined(parts: list[Told], speaking: int) -> Told:
    if len(parts) == 1:
        ids, told, speakers, _ = parts[0]
        return Told(ids, told, speakers, speaking)
    return Told(
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.parts for part in parts]),
        np.concatenate([part.speakers for part in parts]),
        speaking,
    )
