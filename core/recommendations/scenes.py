"""The newest scene: made when model or index changed, from the one before where that is less."""

import time
from collections.abc import Callable

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from core.recommendations.facts import FactsByRow
from core.recommendations.fold_in import Lists
from core.recommendations.model import Model
from core.recommendations.neighbours import Neighbours
from core.recommendations.popularity import ranking
from core.recommendations.scene import ALIKE, AUTHOR, CATEGORY, SERIES, WORK, Scene
from core.recommendations.scoring import Scratch
from core.recommendations.shelf import DEPTH, front, moved_on
from core.recommendations.voices import Voices
from core.recommendations.volumes import Volumes
from core.recommendations.works import works_of
from core.search.columns import NONE, Columns, Ragged
from core.search.view import View

STALE_SECONDS = 1.0
"""So long a scene that nobody asks for anew may hold a snapshot that others have replaced."""

OUT_OF_STOCK_SHARE = 0.7
"""What is left of the score of a book that cannot be sent at once."""

NO_LISTS = Lists(Neighbours(np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float16)))
NO_VOICES = Voices(NO_LISTS, 0.0)


class Scenes:
    """Makes a scene when model or snapshot changed, from the one before where that is less."""

    def __init__(self, models: Callable[[], Model | None], views: Callable[[], View]) -> None:
        self._models = models
        self._views = views
        self._scene: Scene | None = None
        self._ahead: Scene | None = None
        self._stale_since: float | None = None

    def now(self) -> Scene:
        """Raises IndexUnavailable as the views do."""
        model, view, before = self._models(), self._views(), self._scene
        if before is not None and before.model is model and before.view is view:
            return before
        if _begins(self._ahead, model, view):
            before, self._ahead = self._ahead, None
        self._scene = scene = _scene(model, view, before)
        return scene

    def keep_up(self) -> None:
        """Let go of a snapshot that was replaced a second ago, though nobody has asked since: its
        files may be deleted. Call often; raises IndexUnavailable as the views do."""
        scene, now = self._scene, time.monotonic()
        if scene is None or scene.view is self._views():
            self._stale_since = None
        elif self._stale_since is None:
            self._stale_since = now
        elif now - self._stale_since >= STALE_SECONDS:
            self.now()

    def prepare(self, model: Model | None, view: View) -> None:
        """Make the scene of a model and a generation that are about to be served, unless it is
        there: call it off the event loop, for it takes a second for a million books."""
        if not _begins(self._scene, model, view) and not _begins(self._ahead, model, view):
            self._ahead = _scene(model, view, self._scene)


def _begins(scene: Scene | None, model: Model | None, view: View) -> bool:
    """Whether it takes little to come from this scene to that of the model and the view."""
    return (
        scene is not None and scene.model is model and _generation(scene.view) == _generation(view)
    )


def _scene(model: Model | None, view: View, before: Scene | None) -> Scene:
    if not view.snapshot.rows:
        model = None  # it names no book that is there
    if before is None or _generation(before.view) != _generation(view):
        return _rebound(_first(view), model)
    later = _moved_on(before, view) if before.view is not view else before
    return later if later.model is model else _rebound(later, model)


def _first(view: View) -> Scene:
    snapshot = view.snapshot
    return Scene(
        view=view,
        model=None,
        row_of=np.zeros(0, np.int32),
        book_of=np.full(snapshot.rows, NONE, np.int32),
        worth=np.zeros(0, np.float32),
        voices=NO_VOICES,
        alike=NO_LISTS,
        scratch=Scratch(0),
        marks=_marks(snapshot.columns, 0),
        readers=np.zeros(0, np.int32),
        popular=front(snapshot.columns.popularity, snapshot.alive),
        trends=(),
        volumes=Volumes(snapshot),
        facts_by_row=FactsByRow(),
        kept={},
    )


def _rebound(scene: Scene, model: Model | None) -> Scene:
    snapshot = scene.view.snapshot
    book_of = np.full(snapshot.rows, NONE, np.int32)
    if model is None:
        return replace(
            scene, model=None, row_of=book_of[:0], book_of=book_of, worth=scene.worth[:0],
            voices=NO_VOICES, alike=NO_LISTS, scratch=Scratch(0),
            trends=(), kept={},
        )  # fmt: skip
    row_of = snapshot.ordinals_of(model.hi, model.lo)
    known = np.flatnonzero(row_of != NONE)
    book_of[row_of[known]] = known
    return replace(
        scene,
        model=model,
        row_of=row_of,
        book_of=book_of,
        worth=_worth(view=scene.view, rows=row_of),
        readers=model.readers,
        voices=model.voices(),
        alike=Lists(model.content).fronts(ALIKE),
        scratch=Scratch(len(row_of)),
        trends=tuple(ranking(window, DEPTH) for window in model.trending),
        kept={},
    )


def _worth(view: View, rows: NDArray[np.int32]) -> NDArray[np.float32]:
    worth = np.where(view.snapshot.columns.stock.take(rows, mode="wrap") > 0, 1, OUT_OF_STOCK_SHARE)
    return np.where(rows == NONE, 0, worth).astype(np.float32)


def _marks(columns: Columns, first: int) -> NDArray[np.int64]:
    """(rows - first, 4) int64, see `WORK` and so on."""
    marks = np.empty((len(columns.version) - first, 4), np.int64)
    marks[:, WORK] = works_of(columns, first).view(np.int64)
    marks[:, SERIES] = columns.series[first:]
    marks[:, AUTHOR] = _first_of(columns.author, first)
    marks[:, CATEGORY] = _first_of(columns.category, first)
    return marks


def _first_of(column: Ragged, first: int) -> NDArray[np.int32]:
    """(rows - first,) int32: the first value of each row, NONE where it has none."""
    start = column.start[first:]
    values = np.append(column.values, np.int32(NONE)).take(start[:-1])
    return np.where(start[1:] > start[:-1], values, NONE).astype(np.int32)


def _moved_on(scene: Scene, view: View) -> Scene:
    """A generation only ever appends rows and buries old ones."""
    snapshot, first = view.snapshot, scene.view.snapshot.rows
    before = scene.view.snapshot.alive
    if snapshot.alive is before:
        return replace(scene, view=view, kept={})
    columns, marks = snapshot.columns, scene.marks
    if snapshot.rows > first:
        marks = np.concatenate((marks, _marks(columns, first)))
    popular = moved_on(scene.popular, columns.popularity, snapshot.alive, first)
    later = replace(scene, view=view, marks=marks, popular=popular, kept={})
    if scene.model is None:
        return replace(later, book_of=np.full(snapshot.rows, NONE, np.int32))
    return _resettled(later, scene.model, np.flatnonzero(before & ~snapshot.alive[:first]), first)


def _resettled(scene: Scene, model: Model, died: NDArray[np.int64], first: int) -> Scene:
    """With the books of dead rows gone and those of rows from `first` on placed."""
    snapshot = scene.view.snapshot
    row_of, worth = scene.row_of.copy(), scene.worth.copy()
    gone = scene.book_of[died]
    gone = gone[gone != NONE]
    row_of[gone] = NONE
    columns = snapshot.columns
    new = first + np.flatnonzero(snapshot.alive[first:])
    ordinals = model.ordinals_of(columns.id_hi[new], columns.id_lo[new])
    book_of = np.concatenate((scene.book_of, np.full(snapshot.rows - first, NONE, np.int32)))
    book_of[died] = NONE
    book_of[new] = ordinals
    known = ordinals != NONE
    row_of[ordinals[known]] = new[known]
    changed = np.concatenate((gone, ordinals[known]))
    worth[changed] = _worth(scene.view, row_of[changed])
    return replace(scene, row_of=row_of, book_of=book_of, worth=worth)


def _generation(view: View) -> str:
    return view.snapshot.version.rpartition(".")[0]
