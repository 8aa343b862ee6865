"""Books like one book: by the readers they share and by what is written on them."""

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
    """rows: (n,) int32, NONE for books that are gone; readers, content: (n,) in [0, 1]."""

    rows: NDArray[np.int32]
    readers: NDArray[np.float32]
    content: NDArray[np.float32]


def similar_picks(scene: Scene, row: int, size: int) -> list[Pick]:
    """The books most alike, never the book itself nor another edition of it or of another.

    Score: 0.6 × shared readers + 0.4 × content, each a share of the largest; content alone for
    a book that hardly anybody read.
    """
    likeness = _likeness(scene, row, size)
    content = SHARED_CONTENT if likeness.readers.any() else 1.0
    readers = SHARED_READERS * likeness.readers
    scores = readers + content * likeness.content
    works = {scene.work(row)}
    picks: list[Pick] = []
    for place in np.lexsort((likeness.rows, -scores)).tolist():
        other = int(likeness.rows[place])
        work = scene.work(other)
        if other in (row, NONE) or work in works or len(picks) == size:
            continue
        works.add(work)
        by_readers = bool(readers[place] >= content * likeness.content[place])
        reason = _reason(scene, row, other, by_readers=by_readers)
        picks.append(Pick(other, float(scores[place]), reason, row))
    return picks


def _likeness(scene: Scene, row: int, size: int) -> Likeness:
    model, columns = scene.model, scene.view.snapshot.columns
    read, weights = alike, cosines = NOBODY
    if model is not None:
        ordinal = model.ordinals_of(columns.id_hi[row : row + 1], columns.id_lo[row : row + 1])[0]
        if ordinal != NONE:
            read, weights = _readers(scene, model, int(ordinal))
            alike, cosines = model.content.of(int(ordinal))
            alike, cosines = scene.row_of[alike[cosines > 0]], cosines[cosines > 0]
    if not len(alike):
        found = by_text.alike(scene.view.snapshot, row, size)
        alike, cosines = found.keys.astype(np.int32), found.scores
    rows = np.union1d(read, alike)
    readers, content = np.zeros((2, len(rows)), np.float32)
    readers[np.searchsorted(rows, read)] = _share(weights)
    content[np.searchsorted(rows, alike)] = _share(cosines)
    return Likeness(rows, readers, content)


def _readers(
    scene: Scene, model: Model, ordinal: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Rows and weights of books that readers share; none for a book that hardly anybody read."""
    ids, weights = model.neighbours.of(ordinal)
    # Links of hardly read books were made from content: no reader stands behind them.
    read = (model.readers[ids] >= FEW_READERS) & (weights > 0)
    if model.readers[ordinal] < FEW_READERS:
        return NOBODY
    return scene.row_of[ids[read]], weights[read]


def _share(values: NDArray[np.float32]) -> NDArray[np.float32]:
    top = values.max(initial=0)
    return values / top if top > 0 else values


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
