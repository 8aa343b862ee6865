"""How good a model is: it guesses what readers, whose newest acts it has not seen, did next."""

from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.recommendations.history import LONGEST
from core.recommendations.interactions import LIKED_STRENGTH, Interactions
from core.recommendations.products import Grouped

CUT = 10
DISCOUNTS = 1 / np.log2(np.arange(2, CUT + 2))
RANKED = 20 + LONGEST
"""Books that a ranker gives: all that a reader is known to have read may be taken out of them,
though it was told of a few alone."""

HELD_OUT_SHARE = 0.2
LARGEST_SAMPLE = 2_000
FEWEST_DIVIDED = 100
FEWEST_EVENTS = 5
"""Readers with fewer are not asked: nothing would be left to guess from."""

Ranker = Callable[[NDArray[np.int32], NDArray[np.int32]], NDArray[np.int32]]
"""From a history (ordinals newest first, strengths) to RANKED ordinals not in it, best first."""


class Quality(Struct, frozen=True):
    """Means over readers, all unseen books ranked; recall is of at most 10 liked books."""

    readers: int
    ndcg_at_10: float
    recall_at_10: float


class Exam(NamedTuple):
    """Readers with acts that a model has not seen. held_out: (n,) bool of the interactions."""

    interactions: Interactions
    held_out: NDArray[np.bool_]

    def ask(self, rank: Ranker, *, told: int = LONGEST) -> Quality:
        """told: how many of a reader's newest acts the ranker hears of."""
        return measure(rank, self.interactions, self.held_out, told=told)


def exams(
    interactions: Interactions,
    reader_keys: NDArray[np.uint64],
    held_out: NDArray[np.bool_],
    seed: int,
) -> tuple[Exam, Exam]:
    """Two exams of different readers: one to choose by, one to judge what was chosen.

    Of fewer than a hundred readers both are the same, of all of them.
    """
    keys = scramble(reader_keys + np.uint64(seed))
    asked = np.zeros(len(keys), np.bool_)
    asked[interactions.reader[held_out]] = True
    # Another bit than those by which readers were drawn.
    even = (keys >> np.uint64(3)) % np.uint64(2) == 0
    if np.count_nonzero(asked) < FEWEST_DIVIDED:
        every = _exam(interactions, held_out, asked)
        return every, every
    return (
        _exam(interactions, held_out, asked & even),
        _exam(interactions, held_out, asked & ~even),
    )


def _exam(
    interactions: Interactions, held_out: NDArray[np.bool_], readers: NDArray[np.bool_]
) -> Exam:
    rows = readers[interactions.reader]
    return Exam(interactions.where(rows), held_out[rows])


def hold_out(
    interactions: Interactions, reader_keys: NDArray[np.uint64], seed: int
) -> NDArray[np.bool_]:
    """(n,) bool: the newest fifth of what a sample of readers liked, and all they did since.

    What is guessed is what an exam asks for: of a shop's many looks hardly one is a purchase, and
    a fifth of all acts would hold back few of these.
    reader_keys: (readers,) uint64, numbers that stay with a reader whatever its code is. Asked
    is a twentieth of the readers who liked something (half of them in a small shop), at most
    2,000. Where times are equal, a hash decides, so that a rating set without times is split at
    random.
    """
    reader, book, strength, seconds = interactions
    keys = scramble(reader_keys + np.uint64(seed))
    acts = np.bincount(reader, minlength=len(keys))
    liked = np.bincount(reader[strength >= LIKED_STRENGTH], minlength=len(keys))
    enough = np.flatnonzero((acts >= FEWEST_EVENTS) & (liked > 0))
    size = min(LARGEST_SAMPLE, max(len(enough) // 20, min(1_000, len(enough) // 2)))
    asked = np.zeros(len(keys), np.bool_)
    asked[enough[np.argsort(keys[enough])[:size]]] = True
    rows = np.flatnonzero(asked[reader])
    chance = scramble(keys[reader[rows]] ^ book[rows].astype(np.uint64))
    rows = rows[np.lexsort((chance, -seconds[rows], reader[rows]))]
    likes = strength[rows] >= LIKED_STRENGTH
    before: NDArray[np.int64] = np.cumsum(likes) - likes
    place: NDArray[np.int64] = before - before[np.searchsorted(reader[rows], reader[rows])]
    held = likes & (place < HELD_OUT_SHARE * liked[reader[rows]])
    since = np.full(len(keys), np.iinfo(np.int64).max)
    np.minimum.at(since, reader[rows[held]], seconds[rows[held]])
    held |= seconds[rows] > since[reader[rows]]
    mask = np.zeros(len(reader), np.bool_)
    mask[rows[held]] = True
    return mask


def measure(
    rank: Ranker,
    interactions: Interactions,
    held_out: NDArray[np.bool_],
    *,
    told: int = LONGEST,
) -> Quality:
    """Rank for every reader with a liked book held out, from the rest of what he did."""
    readers = int(interactions.reader.max(initial=-1)) + 1
    liked = _by_reader(
        interactions.where(held_out & (interactions.strength >= LIKED_STRENGTH)), readers
    )
    asked = np.diff(liked.start) > 0
    known = _by_reader(interactions.where(~held_out & asked[interactions.reader]), readers)
    gains = [
        _gains(rank, known, liked, int(reader), told)
        for reader in np.flatnonzero(asked & (np.diff(known.start) > 0))
    ]
    ndcg, recall = np.mean(gains, axis=0) if gains else (0.0, 0.0)
    return Quality(len(gains), round(float(ndcg), 4), round(float(recall), 4))


def _gains(
    rank: Ranker, known: Grouped, liked: Grouped, reader: int, told: int
) -> tuple[float, float]:
    history = slice(known.start[reader], known.start[reader + 1])
    books, strengths = known.values[history], known.weights[history]
    wanted = set(liked.values[liked.start[reader] : liked.start[reader + 1]].tolist())
    read = set(books.tolist())
    # Sets, not np.isin: for a handful of books it costs more than the ranking does.
    unread = (book for book in rank(books[:told], strengths[:told]).tolist() if book not in read)
    hits = [place for place, book in enumerate(islice(unread, CUT)) if book in wanted]
    most = min(CUT, len(wanted))
    return float(DISCOUNTS[hits].sum() / DISCOUNTS[:most].sum()), len(hits) / most


def newest_first(rows: Interactions) -> NDArray[np.intp]:
    """By reader, newest act first. Of acts of one moment a hash of the book decides: numbers of
    books are often told by how popular they are, and a short history would be of these alone."""
    return np.lexsort((scramble(rows.book.astype(np.uint64)), -rows.seconds, rows.reader))


def _by_reader(rows: Interactions, readers: int) -> Grouped:
    order = newest_first(rows)
    start = np.zeros(readers + 1, np.int64)
    np.cumsum(np.bincount(rows.reader, minlength=readers), out=start[1:])
    return Grouped(start, rows.book[order], rows.strength[order])


def scramble(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread numbers evenly over 64 bits. Source: the finaliser of SplitMix64 (Steele, 2014)."""
    mixed = keys + np.uint64(0x9E37_79B9_7F4A_7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
    return mixed ^ (mixed >> np.uint64(31))
