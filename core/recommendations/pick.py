"""A chosen book and why: what becomes one entry of `results`."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from msgspec import Struct

from core.recommendations.scene import Scene
from core.search import rendering
from core.search.columns import NONE


class Pick(Struct, frozen=True):
    """row: of the index. because: the row of the book that the reason names or means, else NONE."""

    row: int
    score: float
    reason: str
    because: int = NONE


def answer(scene: Scene, picks: Iterable[Pick], **fields: Any) -> bytes:
    """The JSON object of an answer: model and index version, then the results in order."""
    chosen = list(picks)
    rows = np.array([pick.row for pick in chosen], np.int32)
    extras = [_extra(scene, pick) for pick in chosen]
    results = rendering.plain(scene.view.snapshot, rows, extras)
    model = scene.model.version if scene.model is not None else None
    named = {"model_version": model, "index_version": scene.view.snapshot.version, **fields}
    return rendering.envelope(results, named)


def _extra(scene: Scene, pick: Pick) -> dict[str, Any]:
    extra: dict[str, Any] = {"score": round(pick.score, 4), "reason": pick.reason}
    if pick.because != NONE:
        extra["reason_book_id"] = scene.view.id_of(pick.because)
    return extra
