"""A chosen book and why: what becomes one entry of `results`."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from core.recommendations.scene import Scene
from core.search import rendering
from core.search.columns import NONE


class Chosen(NamedTuple):
    """A book that will be shown; its reason may still be to be found.

    row: of the index. place: among the personal candidates, NONE where it is not one of them.
    reason: "" as long as it is not known.
    """

    row: int
    score: float
    place: int = NONE
    reason: str = ""
    because: int = NONE


class Pick(NamedTuple):
    """row: of the index. because: the row of the book that the reason names or means, else NONE."""

    row: int
    score: float
    reason: str
    because: int = NONE


def answer(scene: Scene, picks: Iterable[Pick], **fields: Any) -> bytes:
    """The JSON object of an answer: model and index version, then the results in order."""
    snapshot, facts = scene.view.snapshot, scene.facts_by_row
    results = [
        b'%b,"score":%.4f,%b}'
        % (snapshot.list_json(row)[:-1], score, facts.told(snapshot, reason, because))
        for row, score, reason, because in picks
    ]
    model = scene.model.version if scene.model is not None else None
    named = {"model_version": model, "index_version": snapshot.version, **fields}
    return rendering.envelope(b",".join(results), named)
