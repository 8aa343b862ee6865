"""What a training run decides by guessing acts that no list has seen; nothing is hard-coded.

The protocol flips conclusions from shop to shop: how far small counts are trusted, whether
readers of many books are held back, whether order and the crowd say anything.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from core.recommendations.choices import MOST_CHOSEN_FROM, Choices, Sizes
from core.recommendations.cooccurrence import Cooccurrence, count_together, with_content
from core.recommendations.evaluation import Exam
from core.recommendations.fold_in import Lists
from core.recommendations.interactions import Interactions
from core.recommendations.model import Parameters
from core.recommendations.nearest import item_neighbours, levelled
from core.recommendations.neighbours import Neighbours, no_lists, weakened
from core.recommendations.rankers import voices_ranker
from core.recommendations.ridge import ridge_ladder
from core.recommendations.transitions import knows_order, next_books
from core.recommendations.voices import Voices, crowd_of

LEAST_SPREAD = 0.25
"""Variance of strengths, as a share of their squared mean, from which on it is worth trying whether
they say anything: ratings hardly differ, looks and purchases do."""

FEW = (1, 3)
"""Acts told of a reader to learn what serves newcomers."""


class Chosen(NamedTuple):
    """neighbours, nearest, followers: weighted as the parameters say; nearest is item-kNN, a
    baseline too."""

    parameters: Parameters
    neighbours: Neighbours
    nearest: Neighbours
    followers: Neighbours


class Materials(NamedTuple):
    """What may be learnt from, and the exam that decides."""

    seen: Interactions
    content: Neighbours
    sizes: Sizes
    exam: Exam
    progress: Callable[[str, float], None]

    @property
    def books(self) -> int:
        return len(self.content.start) - 1


def choose(made: Materials, choices: Choices) -> Chosen:
    """Decide one thing after the other, each with those before it as they were decided."""
    if made.books > MOST_CHOSEN_FROM:
        choices = choices.of_lists_once()
    if not knows_order(made.seen):
        choices = choices.without_order()
    _, parameters, ridge, nearest = _lists(made, choices)
    made.progress("measuring", 0.0)
    followers = _followers(made, choices.followers_shares)

    def voices(tried: Parameters) -> Voices:
        return _voices(made, tried, ridge, nearest, followers[tried.followers_share])

    for name, values, told in (
        ("newcomers", choices.newcomers, FEW),
        ("recency", choices.recencies, ()),
        ("followers_share", tuple(followers), ()),
        ("crowd_share", choices.crowd_shares, FEW),
    ):
        tried = [replace(parameters, **{name: value}) for value in values]
        parameters = _best(made, tried, voices, told)
    return Chosen(parameters, ridge, nearest, followers[parameters.followers_share])


class _Counting(NamedTuple):
    """evening, alike, newcomers: see `Choices`. ladder, start: λs to try on what was counted."""

    evening: float
    alike: bool
    newcomers: float
    ladder: Sequence[float]
    start: float


class _Made(NamedTuple):
    """Lists of one way of counting. reached: see `_Solved`."""

    reached: float
    parameters: Parameters
    ridge: Neighbours
    nearest: Neighbours


def _lists(made: Materials, choices: Choices) -> _Made:
    """The lists of the best way of counting and the best λ of it."""
    first = _Counting(
        choices.evenings[0],
        choices.alike[0],
        choices.newcomers[0],
        sorted(choices.penalties),
        choices.penalties[0],
    )
    ways = choices.alike if _differ(made.seen) else choices.alike[:1]
    best = max((_made(made, choices, first._replace(alike=alike)) for alike in ways), key=_reach)
    # How far readers are held back moves the best λ little.
    alike, penalty = best.parameters.alike, best.parameters.penalty
    for evening in choices.evenings[1:]:
        again = first._replace(evening=evening, alike=alike, ladder=(penalty,), start=penalty)
        best = max(best, _made(made, choices, again), key=_reach)
    return best


def _differ(seen: Interactions) -> bool:
    strength = seen.strength
    return (
        bool(len(strength)) and float(strength.var()) > LEAST_SPREAD * float(strength.mean()) ** 2
    )


def _reach(made: _Made) -> float:
    return made.reached


def _made(made: Materials, choices: Choices, counting: _Counting) -> _Made:
    evening, alike = counting.evening, counting.alike
    counts = count_together(
        made.seen.alike() if alike else made.seen,
        made.books,
        made.sizes.partners,
        lambda share: made.progress("counting", share),
        evening=evening,
    )
    shrinkage, nearest = _nearest(made, counts, choices.shrinkages)
    counts = with_content(counts, made.content, made.sizes.content_weight)
    penalty, (reached, ridge) = _climbed(made, counts, nearest, counting)
    parameters = Parameters(0.0, penalty=penalty, evening=evening, alike=alike, shrinkage=shrinkage)
    return _Made(reached, parameters, ridge, levelled(nearest, ridge))


class _Solved(NamedTuple):
    """reached: nDCG@10 as served, plain neighbours beside the ridge for short histories."""

    reached: float
    lists: Neighbours


def _climbed(
    made: Materials, counts: Cooccurrence, nearest: Neighbours, counting: _Counting
) -> tuple[float, _Solved]:
    """The best λ and what it gives: from where it starts and its neighbours on, as long as the
    best lies at an end."""
    ladder = counting.ladder
    place = ladder.index(counting.start)
    first, after = max(place - 1, 0), min(place + 2, len(ladder))
    found: dict[float, _Solved] = {}
    tried = ladder[first:after]
    while tried:
        found |= _solved(made, counts, nearest, counting, tried)
        best = max(found, key=lambda penalty: found[penalty].reached)
        tried = ()
        if best == ladder[first] and first > 0:
            first -= 1
            tried = (ladder[first],)
        elif best == ladder[after - 1] and after < len(ladder):
            tried = (ladder[after],)
            after += 1
    return best, found[best]


def _solved(
    made: Materials,
    counts: Cooccurrence,
    nearest: Neighbours,
    counting: _Counting,
    penalties: Sequence[float],
) -> dict[float, _Solved]:
    ladder = ridge_ladder(
        counts,
        predictors=made.sizes.predictors,
        penalties=penalties,
        keep=made.sizes.kept,
        progress=lambda share: made.progress("solving", share),
    )
    solved = {}
    for penalty, lists in ladder.items():
        voices = Voices(
            lists=Lists(lists),
            recency=0.0,
            nearest=Lists(levelled(nearest, lists)),
            newcomers=counting.newcomers,
            alike=counting.alike,
        )
        reached = made.exam.ask(voices_ranker(voices)).ndcg_at_10
        solved[penalty] = _Solved(reached, lists)
    return solved


def _best(
    made: Materials,
    tried: Sequence[Parameters],
    voices: Callable[[Parameters], Voices],
    told: tuple[int, ...] = (),
) -> Parameters:
    """The first of the best; told: histories cut so short count half beside whole ones."""
    if len(tried) == 1:
        return tried[0]
    reached = []
    for parameters in tried:
        rank = voices_ranker(voices(parameters))
        whole = made.exam.ask(rank).ndcg_at_10
        short = [made.exam.ask(rank, told=count).ndcg_at_10 for count in told]
        reached.append(whole + sum(short) / max(len(short), 1))
    return tried[int(np.argmax(reached))]


def _voices(
    made: Materials,
    parameters: Parameters,
    ridge: Neighbours,
    nearest: Neighbours,
    followers: Neighbours,
) -> Voices:
    readers = np.bincount(made.seen.book, minlength=made.books).astype(np.int32)
    crowd, crowd_parts = crowd_of(readers, parameters.crowd_share, ridge)
    return Voices(
        lists=Lists(ridge),
        recency=parameters.recency,
        nearest=Lists(nearest) if parameters.newcomers else None,
        newcomers=parameters.newcomers,
        alike=parameters.alike,
        followers=Lists(followers) if len(followers.ids) else None,
        crowd=crowd,
        crowd_parts=crowd_parts,
    )


def _nearest(
    made: Materials, counts: Cooccurrence, shrinkages: Sequence[float]
) -> tuple[float, Neighbours]:
    found = {
        shrinkage: item_neighbours(counts, keep=made.sizes.nearest_kept, shrinkage=shrinkage)
        for shrinkage in shrinkages
    }
    tried = [Parameters(0.0, shrinkage=shrinkage) for shrinkage in shrinkages]
    best = _best(made, tried, lambda one: Voices(Lists(found[one.shrinkage]), 0.0))
    return best.shrinkage, found[best.shrinkage]


def _followers(made: Materials, shares: Sequence[float]) -> dict[float, Neighbours]:
    """By share."""
    nothing = {0.0: no_lists(made.books)}
    if len(shares) == 1:
        return nothing
    whole = next_books(made.seen, made.books, keep=made.sizes.followers_kept)
    return nothing | {share: weakened(whole, share) for share in shares if share}
