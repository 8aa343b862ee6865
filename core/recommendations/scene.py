"""One model before one snapshot of the index: which row of the index each of its books is."""

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from core.recommendations.facts import Facts, FactsByRow
from core.recommendations.model import Model
from core.recommendations.popularity import ranking
from core.recommendations.shelf import DEPTH, Shelf, front, moved_on
from core.recommendations.works import works_of
from core.search.columns import NONE
from core.search.view import View

Kept = TypeVar("Kept")


class Scene(Struct, frozen=True, eq=False):
    """What a request sees.

    row_of: (books of the model,) int32 rows of the snapshot, NONE for books it has not; a row
    may be dead: ask `alive`. works: (rows,) uint64, see `works_of`. popular: by the index's
    popularity. trends: ordinals of the model by window, best first.
    """

    view: View
    model: Model | None
    row_of: NDArray[np.int32]
    works: NDArray[np.uint64]
    popular: Shelf
    trends: tuple[NDArray[np.int32], ...]
    facts_by_row: FactsByRow
    kept: dict[str, Any]

    def keep(self, name: str, make: Callable[[], Kept]) -> Kept:
        """The value of this name, made at its first use in this scene."""
        if name not in self.kept:
            self.kept[name] = make()
        found: Kept = self.kept[name]
        return found

    def facts(self, row: int) -> Facts:
        return self.facts_by_row.of(self.view.snapshot, row)

    def series(self, code: int) -> NDArray[np.int32]:
        """Living rows of a series, ascending."""
        snapshot = self.view.snapshot
        return self.keep(
            f"series.{code}",
            lambda: np.flatnonzero((snapshot.columns.series == code) & snapshot.alive).astype(
                np.int32
            ),
        )


class Scenes:
    """Makes a scene when model or snapshot changed, from the one before where that is less."""

    def __init__(self, models: Callable[[], Model | None], views: Callable[[], View]) -> None:
        self._models = models
        self._views = views
        self._scene: Scene | None = None

    def now(self) -> Scene:
        """Raises IndexUnavailable as the views do."""
        model, view, before = self._models(), self._views(), self._scene
        if before is not None and before.model is model and before.view is view:
            return before
        self._scene = scene = _scene(model, view, before)
        return scene


def _scene(model: Model | None, view: View, before: Scene | None) -> Scene:
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
        works=works_of(snapshot.columns, 0),
        popular=front(snapshot.columns.popularity, snapshot.alive),
        trends=(),
        facts_by_row=FactsByRow(),
        kept={},
    )


def _rebound(scene: Scene, model: Model | None) -> Scene:
    if model is None:
        return replace(scene, model=None, row_of=np.zeros(0, np.int32), trends=(), kept={})
    return replace(
        scene,
        model=model,
        row_of=scene.view.snapshot.ordinals_of(model.hi, model.lo),
        trends=tuple(ranking(window, DEPTH) for window in model.trending),
        kept={},
    )


def _moved_on(scene: Scene, view: View) -> Scene:
    """A generation only ever appends rows and buries old ones."""
    snapshot, first = view.snapshot, scene.view.snapshot.rows
    if snapshot.alive is scene.view.snapshot.alive:
        return replace(scene, view=view, kept={})
    columns = snapshot.columns
    row_of, works = scene.row_of, scene.works
    if snapshot.rows > first:
        works = np.concatenate((works, works_of(columns, first)))
        if scene.model is not None:
            ordinals = scene.model.ordinals_of(columns.id_hi[first:], columns.id_lo[first:])
            known = np.flatnonzero(ordinals != NONE)
            row_of = row_of.copy()
            # Ascending: of a book written twice the newer row stays.
            row_of[ordinals[known]] = first + known
    popular = moved_on(scene.popular, columns.popularity, snapshot.alive, first)
    return replace(scene, view=view, row_of=row_of, works=works, popular=popular, kept={})


def _generation(view: View) -> str:
    return view.snapshot.version.rpartition(".")[0]
