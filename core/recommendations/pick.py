"""A chosen book and why: what becomes one entry of `results`."""

from collections.abc import Iterable
from itertools import chain
from typing import Any, NamedTuple

from core.recommendations.scene import Scene
from core.search import rendering
from core.search.columns import NONE

Chosen = tuple[int, float, int, str, int]
"""A book that will be shown; its reason may still be to be found.

Its row in the index and its score; its place among the personal candidates, NONE where it is not
one of them; its reason, "" as long as it is not known, and the row that the reason is about.
"""


class Pick(NamedTuple):
    """row: of the index. because: the row of the book that the reason names or means, else NONE."""

    row: int
    score: float
    reason: str
    because: int = NONE


def answer(scene: Scene, picks: Iterable[Pick], **fields: Any) -> bytes:
    """The JSON object of an answer: model and index version, then the results in order."""
    snapshot = scene.view.snapshot
    rows, scores, reasons, because = tuple(zip(*picks, strict=True)) or ((), (), (), ())
    told = scene.facts_by_row.told(snapshot, zip(reasons, because, strict=True))
    books = map(snapshot.open_list_json, rows)
    # Formatted and joined in C, at once: a format or a join for each book would cost more.
    shown = (b',"score":%.4f,\n' * len(scores) % scores).splitlines()
    ends = [b"},"] * (len(scores) - 1) + [b"}"]
    joined = b"".join(chain.from_iterable(zip(books, shown, told, ends, strict=False)))
    model = scene.model.version if scene.model is not None else None
    named = {"model_version": model, "index_version": snapshot.version, **fields}
    return rendering.envelope(joined, named)
