"""Reasons that are true because they are read off what put the book there."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.recommendations.personal import Personal
from core.recommendations.pick import Pick
from core.recommendations.reading import Reading
from core.recommendations.scene import Scene
from core.recommendations.unread import FEW_READERS
from core.search.columns import NONE

LIKED_FIRST = 1_000
VERBS = ("read", "liked", "looked at")


class Because(NamedTuple):
    """row: of the book of the history to name, NONE where there is none; verb: what was done."""

    row: int
    verb: str


NOTHING_SAID = Because(NONE, "")


def spokesmen(reading: Reading, found: Personal, said: NDArray[np.float32]) -> list[Because]:
    """For each book the one of the history to name: the largest part, of a liked title if any.

    said: (k, h + 1) float32, parts of the entries that spoke and of the crowd. A title that left
    the shop is not named, nor any where the crowd said more than all of them.
    """
    said, crowd = said[:, :-1], said[:, -1]
    history, spoke = reading.history, found.spoke
    rows, liked = reading.rows.take(spoke), history.liked.take(spoke)
    # Parts are at most about 1, so that those of liked titles outweigh all others.
    rank = np.where(rows == NONE, np.float32(-np.inf), liked * np.float32(LIKED_FIRST))
    weight = np.where(said > 0, said + rank, -np.inf)
    best = weight.argmax(axis=1)
    largest = np.where(crowd > said.sum(axis=1), 0, weight[np.arange(len(best)), best]).tolist()
    looked_at = history.looked_at.take(spoke) if history.looked_at is not None else liked & False
    verbs = np.where(looked_at, 2, liked).tolist()
    named = rows.tolist()
    return [
        Because(named[entry], VERBS[verbs[entry]]) if weight > 0 else NOTHING_SAID
        for entry, weight in zip(best.tolist(), largest, strict=True)
    ]


def personal_pick(
    scene: Scene, reading: Reading, book: tuple[int, float], because: Because, readers: int
) -> Pick:
    """Why the item model put a book here: the book of the history that said most for it.

    book: row and score. readers: of the book, as the model saw them.
    """
    row, score = book
    named, verb = because
    if named == NONE:
        return crowd_pick(scene, reading, row, score, word="Popular")
    if readers < FEW_READERS and (author := shared_author(scene, row, named)):
        return Pick(row, score, f"Also by {author}", named)
    return Pick(row, score, scene.because(verb, named), named)


def crowd_pick(scene: Scene, reading: Reading | None, row: int, score: float, *, word: str) -> Pick:
    """word: "Popular" or "Trending"; the category is one that was asked for or is read most."""
    codes = scene.codes(row)
    if not codes:
        return Pick(row, score, f"{word} now")
    if reading is None:
        code = codes[0]
    elif reading.asked:
        asked, read = reading.asked, reading.by_category
        code = max(codes, key=lambda code: (code in asked, read[code]))
    else:
        code = max(codes, key=reading.by_category.__getitem__)
    return Pick(row, score, f"{word} in {scene.view.snapshot.vocabularies['category'].name(code)}")


def shared_author(scene: Scene, row: int, other: int) -> str | None:
    column = scene.view.snapshot.columns.author
    theirs = frozenset(column.row(other).tolist())
    for code in column.row(row).tolist():
        if code in theirs:
            return scene.view.snapshot.vocabularies["author"].name(code)
    return None


def shared_category(scene: Scene, row: int, other: int) -> str | None:
    """The rarest category that both carry: the one that says most."""
    inverse = scene.view.inverse("category")
    shared = sorted(frozenset(scene.codes(row)) & frozenset(scene.codes(other)))
    if not shared:
        return None
    rarest = min(shared, key=lambda code: len(inverse.ordinals(code)))
    return scene.view.snapshot.vocabularies["category"].name(rarest)
