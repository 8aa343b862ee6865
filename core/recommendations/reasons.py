"""Reasons that are true because they are read off what put the book there."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.recommendations.history import History
from core.recommendations.personal import Personal
from core.recommendations.pick import Pick
from core.recommendations.reading import Reading
from core.recommendations.scene import Scene
from core.recommendations.unread import FEW_READERS
from core.search.columns import NONE

LIKED_FIRST = np.array([1.0, 2.0**40])
"""What parts of titles are multiplied by: liked ones outweigh all others."""

VERBS = ("read", "liked", "looked at")


Because = tuple[int, str]
"""The row of the book of the history to name, NONE where there is none, and what was done."""

NOTHING_SAID: Because = (NONE, "")


def spokesmen(
    scene: Scene, reading: Reading, found: Personal, books: NDArray[np.signedinteger[Any]]
) -> list[Because]:
    """For each of the books the one of the history to name: the largest part, of a liked title if
    any.

    A title that left the shop is not named, nor any where the crowd said more than all of them.
    """
    said, history, spoke = found.said(scene, books), reading.history, found.spoke
    own, liked = said[:, :-1], history.liked
    if len(spoke) < len(liked):
        liked = liked.take(np.array(spoke))
    ranked = own * LIKED_FIRST.take(liked)
    if NONE in reading.rows:
        ranked[:, [reading.rows[entry] == NONE for entry in spoke]] = 0
    best, most = ranked.argmax(axis=1), ranked.max(axis=1)
    if len(scene.voices.crowd):
        most[said[:, -1] > own.sum(axis=1)] = 0
    rows, verbs = reading.rows, _verbs(history)
    return [
        (rows[spoke[place]], VERBS[verbs[spoke[place]]]) if part > 0 else NOTHING_SAID
        for place, part in zip(best.tolist(), most.tolist(), strict=True)
    ]


def _verbs(history: History) -> list[int]:
    """Of each act its place in VERBS."""
    if history.looked_at is None:
        return history.liked.tolist()  # type: ignore[no-any-return]
    verbs = history.liked.astype(np.int8)
    verbs[history.looked_at] = 2
    return verbs.tolist()  # type: ignore[no-any-return]


def personal_reason(
    scene: Scene, reading: Reading, row: int, because: Because, readers: int
) -> tuple[int, str]:
    """Why the item model put a book here: the row and the reason that the book of the history is
    that said most for it. readers: of the book, as the model saw them."""
    named = because[0]
    if named == NONE:
        return NONE, crowd_reason(scene, reading, scene.codes(row), word="Popular")
    if readers < FEW_READERS and (author := shared_author(scene, row, named)):
        return named, f"Also by {author}"
    return named, scene.facts_by_row.because.get(because) or scene.because(*because)


def crowd_pick(scene: Scene, reading: Reading | None, row: int, score: float, *, word: str) -> Pick:
    return Pick(row, score, crowd_reason(scene, reading, scene.codes(row), word=word))


def crowd_reason(scene: Scene, reading: Reading | None, codes: list[int], *, word: str) -> str:
    """word: "Popular" or "Trending"; of the categories the one that was asked for or is read most,
    the first otherwise."""
    if not codes:
        return f"{word} now"
    code = codes[0]
    if reading is not None and len(codes) > 1:
        if reading.asked:
            asked, read = reading.asked, reading.categories.count
            code = max(codes, key=lambda code: (code in asked, read(code)))
        else:
            code = max(codes, key=reading.categories.count)
    return scene.in_category(word, code)


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
