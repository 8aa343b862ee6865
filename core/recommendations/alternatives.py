"""What to offer instead of a book that cannot be sent: books that can."""

from collections.abc import Iterator

import numpy as np

from core.recommendations.crowd import popular_rows
from core.recommendations.pick import Pick
from core.recommendations.scene import WORK, Scene
from core.recommendations.similar import similar_picks
from core.search.filters import Passing
from core.search.request import Filters

LOOKED_AT = 60
"""Books like it that are looked at for those in stock."""


def alternative_picks(scene: Scene, row: int, size: int) -> list[Pick]:
    """Books in stock: other editions of it first, then the books most alike, then the popular
    ones of its first category. One of each work. Scores fall: an edition has 1."""
    picks: list[Pick] = []
    works: set[int] = set()
    for pick in _in_order(scene, row, size):
        work = scene.work(pick.row)
        if len(picks) == size:
            break
        if pick.row != row and work not in works:
            works.add(work)
            picks.append(pick)
    return picks


def _in_order(scene: Scene, row: int, size: int) -> Iterator[Pick]:
    stock, title = scene.view.snapshot.columns.stock, scene.facts(row).title
    for other in _editions(scene, row):
        if stock[other] > 0:
            yield Pick(other, 1.0, f"Another edition of {title}", row)
    for pick in similar_picks(scene, row, max(LOOKED_AT, size)):
        if stock[pick.row] > 0:
            yield pick
    vocabulary = scene.view.snapshot.vocabularies["category"]
    for code in scene.codes(row)[:1]:
        name = vocabulary.name(code)
        passing = Passing(scene.view, Filters(category=(name,), in_stock=True))
        for other in popular_rows(scene, passing):
            if scene.work(other) != scene.work(row):
                yield Pick(other, 0.0, f"Popular in {name}", row)


def _editions(scene: Scene, row: int) -> list[int]:
    """Living rows of the same work but this one; without an author a book has no editions."""
    authors = scene.view.snapshot.columns.author.row(row)
    if not len(authors):
        return []
    rows = scene.view.inverse("author").ordinals(int(authors[0]))
    same = (scene.marks[rows, WORK] == scene.work(row)) & scene.view.snapshot.alive[rows]
    return np.setdiff1d(rows[same], [row]).tolist()  # type: ignore[no-any-return]
