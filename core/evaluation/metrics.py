"""Measures of one ranked list against the judgements of its query; each lies in [0, 1]."""

import math
from collections.abc import Callable, Mapping, Sequence

Gains = Mapping[str, float]
"""Document → gain; above 0 is relevant, what is not named is not."""

Metric = Callable[[Sequence[str], Gains], float]
"""ranked: distinct documents, best first. 0 where nothing is relevant."""


def ndcg(ranked: Sequence[str], gains: Gains, *, depth: int = 10) -> float:
    """Discounted gain of the first `depth` as a share of the best possible order's.

    Source: Järvelin and Kekäläinen, ACM TOIS 20(4), 2002; gains as judged, discount log₂(1 + rank).
    """
    best = sorted((gain for gain in gains.values() if gain > 0), reverse=True)[:depth]
    ideal = _discounted(best)
    reached = _discounted([max(0.0, gains.get(document, 0.0)) for document in ranked[:depth]])
    # The same sum in another order may round to a hair above.
    return min(1.0, reached / ideal) if ideal else 0.0


def _discounted(gains: Sequence[float]) -> float:
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def average_precision(ranked: Sequence[str], gains: Gains) -> float:
    """Mean over the relevant documents of the precision where each stands, 0 for those absent.

    Its mean over queries is MAP. Source: Buckley and Voorhees, SIGIR 2000.
    """
    relevant = _relevant(gains)
    found = 0
    total = 0.0
    for rank, document in enumerate(ranked, 1):
        if document in relevant:
            found += 1
            total += found / rank
    return total / len(relevant) if relevant else 0.0


def reciprocal_rank(ranked: Sequence[str], gains: Gains, *, depth: int = 10) -> float:
    """1 / rank of the first relevant document, 0 behind `depth`. Source: Voorhees, TREC-8, 1999."""
    relevant = _relevant(gains)
    for rank, document in enumerate(ranked[:depth], 1):
        if document in relevant:
            return 1 / rank
    return 0.0


def success(ranked: Sequence[str], gains: Gains, *, depth: int) -> float:
    """1 if a relevant document stands among the first `depth`. Source: Craswell and Hawking,
    Overview of the TREC-2004 Web track."""
    return float(not _relevant(gains).isdisjoint(ranked[:depth]))


def recall(ranked: Sequence[str], gains: Gains, *, depth: int = 100) -> float:
    """Share of the relevant documents among the first `depth`.

    Source: Manning, Raghavan and Schütze, Introduction to Information Retrieval, 2008, §8.3.
    """
    relevant = _relevant(gains)
    return len(relevant.intersection(ranked[:depth])) / len(relevant) if relevant else 0.0


def _relevant(gains: Gains) -> set[str]:
    return {document for document, gain in gains.items() if gain > 0}


METRICS: dict[str, Metric] = {
    "nDCG@10": ndcg,
    "MAP": average_precision,
    "MRR@10": reciprocal_rank,
    "success@1": lambda ranked, gains: success(ranked, gains, depth=1),
    "success@10": lambda ranked, gains: success(ranked, gains, depth=10),
    "recall@100": recall,
}
