"""Models side by side: every measure over the same readers, with intervals."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.evaluation.intervals import Interval, bootstrap
from core.recommendations.evaluation import Ranker, newest_first
from core.recommendations.interactions import Interactions

CUT = 10
DEEP = 20
BUCKETS = (1, 3, 5, 10, 20, 50)
"""Shortest histories of the buckets: 1–2, 3–4, 5–9, …, 50 and more."""

POPULAR_SHARE = 0.1
_DISCOUNTS = 1 / np.log2(np.arange(2, CUT + 2))


class Reader(NamedTuple):
    """history: ordinals newest first, with strengths; wanted: liked books that are held out."""

    history: NDArray[np.int32]
    strengths: NDArray[np.int32]
    wanted: NDArray[np.int32]


class Compared(Struct, frozen=True):
    """metrics: means over readers. coverage: share of the books that anybody was shown.
    novelty: mean bits of surprise, -log2 of the share of all acts that are with the book.
    popular: share of the places that went to the tenth of the books that are read most.
    by_history: nDCG@10 by length of history. revealed: nDCG@10 with that many newest acts known.
    """

    name: str
    readers: int
    metrics: dict[str, Interval]
    coverage: float
    novelty: float
    popular: float
    by_history: dict[str, Interval]
    revealed: dict[str, float] = {}


def readers_of(
    acts: Interactions,
    held_out: NDArray[np.bool_],
    liked: NDArray[np.bool_],
    most: int,
    *,
    unread: bool = False,
) -> list[Reader]:
    """Those with a liked book held out and something left; at most `most`, drawn, 0 for all.

    Held-out books that nobody else is known to have read cannot be guessed from readers and are
    left out, unless unread.
    """
    known_book = np.bincount(acts.book[~held_out], minlength=int(acts.book.max(initial=-1)) + 1)
    wanted = held_out & liked & (unread | (known_book[acts.book] > 0))
    both = np.intersect1d(acts.reader[wanted], acts.reader[~held_out])
    if 0 < most < len(both):
        both = np.random.default_rng(0).choice(both, most, replace=False)
    order = newest_first(acts)
    bounds = np.searchsorted(acts.reader[order], np.stack((both, both + 1)))
    found = []
    for first, last in bounds.T.tolist():
        rows = order[first:last]
        known = rows[~held_out[rows]]
        asked = acts.book[rows[wanted[rows]]]
        found.append(Reader(acts.book[known], acts.strength[known], asked))
    return found


def compare(
    name: str,
    rank: Ranker,
    readers: list[Reader],
    seen: NDArray[np.int64],
    *,
    reveal: tuple[int, ...] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Compared:
    """seen: (books,) readers of each book that the model may know. rank gives RANKED
    books that the history has not, where there are as many."""
    reached = []
    shown = np.zeros(len(seen), np.int64)
    for done, reader in enumerate(readers):
        if done % 256 == 0:
            progress(done, len(readers))
        ranked = _unread(rank(reader.history, reader.strengths), reader)
        shown[ranked[:CUT]] += 1
        reached.append(tuple(_measures(ranked, reader.wanted)))
    columns = np.array(reached, np.float64).reshape(len(readers), len(METRICS))
    lengths = np.array([len(reader.history) for reader in readers])
    return Compared(
        name=name,
        readers=len(readers),
        metrics={metric: bootstrap(columns[:, place]) for place, metric in enumerate(METRICS)},  # type: ignore[arg-type]
        coverage=round(float((shown > 0).mean()), 4) if len(shown) else 0.0,
        novelty=_novelty(shown, seen),
        popular=_popular(shown, seen),
        by_history=dict(_by_history(columns[:, 0], lengths)),
        revealed={str(count): _revealed(rank, readers, count) for count in reveal},
    )


METRICS = ("nDCG@10", "recall@10", "recall@20", "MRR@10", "hit@10")


def _measures(ranked: NDArray[np.int32], wanted: NDArray[np.int32]) -> Iterator[float]:
    """In the order of METRICS; recall's denominator is at most the number of places."""
    hits = np.isin(ranked[:DEEP], wanted)
    first = hits[:CUT]
    yield float(_DISCOUNTS[: len(first)][first].sum() / _DISCOUNTS[: min(CUT, len(wanted))].sum())
    yield float(first.sum() / min(CUT, len(wanted)))
    yield float(hits.sum() / min(DEEP, len(wanted)))
    yield float(1 / (1 + first.argmax())) if first.any() else 0.0
    yield float(first.any())


def _unread(ranked: NDArray[np.int32], reader: Reader) -> NDArray[np.int32]:
    return ranked[~np.isin(ranked, reader.history)][:DEEP]


def _revealed(rank: Ranker, readers: list[Reader], count: int) -> float:
    """nDCG@10 where the model is told the newest `count` acts; what was read stays excluded."""
    gains = []
    for reader in readers:
        # A short history must not shorten the list: what was read is taken out of it.
        ranked = rank(reader.history[:count], reader.strengths[:count])
        gains.append(next(_measures(_unread(ranked, reader), reader.wanted)))
    return round(float(np.mean(gains)), 4) if gains else 0.0


def _by_history(
    ndcg: NDArray[np.float64], lengths: NDArray[np.int64]
) -> Iterator[tuple[str, Interval]]:
    for first, after in zip(BUCKETS, (*BUCKETS[1:], None), strict=True):
        inside = (lengths >= first) & (lengths < (after or np.inf))
        if inside.any():
            name = f"{first}+" if after is None else f"{first}-{after - 1}"
            yield name, bootstrap(ndcg[inside])  # type: ignore[arg-type]


def _novelty(shown: NDArray[np.int64], seen: NDArray[np.int64]) -> float:
    total = max(int(seen.sum()), 1)
    surprise = -np.log2(np.maximum(seen, 1) / total)
    return round(float((shown * surprise).sum() / max(shown.sum(), 1)), 3)


def _popular(shown: NDArray[np.int64], seen: NDArray[np.int64]) -> float:
    top = np.argsort(-seen, kind="stable")[: max(1, round(POPULAR_SHARE * len(seen)))]
    return round(float(shown[top].sum() / max(shown.sum(), 1)), 4)
