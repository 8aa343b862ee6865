"""Series: which volume comes next for somebody who read some of them."""

from typing import NamedTuple

from core.recommendations.reading import Reading
from core.recommendations.scene import Scene
from core.search.columns import NONE


class Begun(NamedTuple):
    """A series of which a reader read something: his last volume, and the one behind it or NONE."""

    last: int
    following: int


def begun(scene: Scene, reading: Reading, code: int) -> Begun | None:
    """None for a series that the reader has not begun, or whose volumes bear no number."""
    if code not in reading.series:
        return None
    placed = [
        (position, row)
        for row in scene.series(code)
        if row in reading.owned and (position := scene.facts(row).position) is not None
    ]
    if not placed:
        return None
    position, last = max(placed)
    return Begun(last, following(scene, code, position))


def following(scene: Scene, code: int, after: float) -> int:
    """The living row of the first volume behind a position, NONE where there is none."""
    placed = [
        (position, row)
        for row in scene.series(code)
        if (position := scene.facts(row).position) is not None and position > after
    ]
    return min(placed)[1] if placed else NONE
