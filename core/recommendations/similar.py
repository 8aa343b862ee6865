"""Books like one book: by the readers they share and by what is written on them."""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.recommendations.model import Model
from core.recommendations.pick import Pick
from core.recommendations.reasons import shared_author, shared_category
from core.recommendations.scene import Scene
from core.recommendations.series import following
from core.recommendations.unread import FEW_READERS
from core.search import similar as by_text
from core.search.columns import NONE

SHARED_READERS = 0.6
SHARED_CONTENT = 0.4

NOBODY = (np.zeros(0, np.int32), np.zeros(0, np.float32))


class Likeness(Struct, frozen=True, eq=False):
    """rows: (n,) int32, ascending, NONE for books that are gone; readers, content: (n,), what each
    adds to the score."""

    rows: NDArray[np.int32]
    readers: NDArray[np.float32]
    content: NDArray[np.float32]


def similar_picks(scene: Scene, row: int, size: int) -> Iterator[Pick]:
    """The books most alike, never the book itself nor another edition of it or of another.

    Score: 0.6 × shared readers + 0.4 × content, each a share of the largest; content alone for
    a book that hardly anybody read.
    """
    likeness = _likeness(scene, row, size)
    scores = likeness.readers + likeness.content
    best = (likeness.rows, scores, likeness.readers >= likeness.content)
    order = (-scores).argsort(kind="stable")
    works = {scene.work(row)}
    for other, score, by_readers in zip(*(each[order].tolist() for each in best), strict=True):
        if len(works) > size:
            return
        work = scene.work(other)
        if other not in (row, NONE) and work not in works:
            works.add(work)
            yield Pick(other, score, _reason(scene, row, other, by_readers=by_readers), row)


def _likeness(scene: Scene, row: int, size: int) -> Likeness:
    read, weights = alike, cosines = NOBODY
    if (model := scene.model) is not None and (book := int(scene.book_of[row])) != NONE:
        read, weights = _readers(scene, model, book)
        alike, cosines = model.content.of(book)
        told = cosines > 0
        alike, cosines = scene.row_of[alike[told]], cosines[told]
    if (alike == NONE).all():
        found = by_text.alike(scene.view.snapshot, row, size)
        alike, cosines = found.keys.astype(np.int32), found.scores
    rows = _either(read, alike)
    readers, content = np.zeros((2, len(rows)), np.float32)
    readers[rows.searchsorted(read)] = SHARED_READERS * _share(weights)
    content[rows.searchsorted(alike)] = (SHARED_CONTENT if len(read) else 1.0) * _share(cosines)
    return Likeness(rows, readers, content)


def _either(read: NDArray[np.int32], alike: NDArray[np.int32]) -> NDArray[np.int32]:
    """As np.union1d, which takes several times as long for lists as short as these."""
    rows = np.concatenate((read, alike))
    rows.sort()
    fresh = np.ones(len(rows), np.bool_)
    np.not_equal(rows[1:], rows[:-1], out=fresh[1:])
    return rows[fresh]


def _readers(
    scene: Scene, model: Model, ordinal: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Rows and weights of books that readers share; none for a book that hardly anybody read."""
    if model.readers[ordinal] < FEW_READERS:
        return NOBODY
    ids, weights = model.neighbours.of(ordinal)
    # Links of hardly read books were made from content: no reader stands behind them.
    read = (model.readers[ids] >= FEW_READERS) & (weights > 0)
    return scene.row_of[ids[read]], weights[read]


def _share(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """values: above 0, the largest first."""
    return values / values[0] if len(values) else values


def _reason(scene: Scene, row: int, other: int, *, by_readers: bool) -> str:
    if series := _next_in_series(scene, row, other):
        return f"Next in {series}"
    if by_readers:
        return f"Readers of {scene.facts(row).title} also liked this"
    if author := shared_author(scene, row, other):
        return f"Also by {author}"
    if category := shared_category(scene, row, other):
        return f"Both about {category}"
    return f"Described much like {scene.facts(row).title}"


def _next_in_series(scene: Scene, row: int, other: int) -> str | None:
    snapshot = scene.view.snapshot
    code = int(snapshot.columns.series[row])
    if code == NONE or code != snapshot.columns.series[other]:
        return None
    position = scene.facts(row).position
    if position is None or following(scene, code, position) != other:
        return None
    return snapshot.vocabularies["series"].name(code)
