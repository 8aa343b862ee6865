"""Reasons that are true because they are read off what put the book there."""

import numpy as np
from numpy.typing import NDArray

from core.recommendations.history import History
from core.recommendations.personal import Personal
from core.recommendations.pick import Pick
from core.recommendations.reading import Reading
from core.recommendations.scene import Scene
from core.recommendations.unread import FEW_READERS
from core.search.columns import NONE


def spokesmen(reading: Reading, found: Personal, places: NDArray[np.int64]) -> list[int]:
    """For each place the history's entry to name: the largest part, of a liked title if any.

    A title that left the shop is not named; NONE where no other said anything.
    """
    named = reading.rows != NONE
    entries: list[int] = found.spokesmen(places, named * (1.0 + reading.history.liked)).tolist()
    return entries


def personal_pick(
    scene: Scene, reading: Reading, found: Personal, place: int, spokesman: int
) -> Pick:
    """Why the item model put a book here: the book of the history that said most for it."""
    row, score = int(found.rows[place]), float(found.scores[place])
    if spokesman == NONE:
        return crowd_pick(scene, reading, row, score, word="Popular")
    because = int(reading.rows[spokesman])
    if found.readers[place] < FEW_READERS and (author := shared_author(scene, row, because)):
        return Pick(row, score, f"Also by {author}", because)
    verb = _verb(reading.history, spokesman)
    return Pick(row, score, f"Because you {verb} {scene.facts(because).title}", because)


def _verb(history: History, entry: int) -> str:
    if history.looked_at is not None and history.looked_at[entry]:
        return "looked at"
    return "liked" if history.liked[entry] else "read"


def crowd_pick(
    scene: Scene,
    reading: Reading | None,
    row: int,
    score: float,
    *,
    word: str,
    asked: frozenset[int] = frozenset(),
) -> Pick:
    """word: "Popular" or "Trending"; the category is one that was asked for or is read most."""
    snapshot = scene.view.snapshot
    codes = snapshot.columns.category.row(row)
    if not len(codes):
        return Pick(row, score, f"{word} now")
    wanted = [code for code in codes.tolist() if code in asked]
    code = wanted[0] if wanted else _most_read(reading, codes)
    return Pick(row, score, f"{word} in {snapshot.vocabularies['category'].name(code)}")


def shared_author(scene: Scene, row: int, other: int) -> str | None:
    column = scene.view.snapshot.columns.author
    theirs = frozenset(column.row(other).tolist())
    for code in column.row(row).tolist():
        if code in theirs:
            return scene.view.snapshot.vocabularies["author"].name(code)
    return None


def shared_category(scene: Scene, row: int, other: int) -> str | None:
    """The rarest category that both carry: the one that says most."""
    column, inverse = scene.view.snapshot.columns.category, scene.view.inverse("category")
    shared = sorted(frozenset(column.row(row).tolist()) & frozenset(column.row(other).tolist()))
    if not shared:
        return None
    rarest = min(shared, key=lambda code: len(inverse.ordinals(code)))
    return scene.view.snapshot.vocabularies["category"].name(rarest)


def _most_read(reading: Reading | None, codes: NDArray[np.int32]) -> int:
    if reading is None:
        return int(codes[0])
    return int(codes[reading.by_category[codes].argmax()])
