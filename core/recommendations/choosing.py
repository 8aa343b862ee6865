"""What a training run decides by guessing acts that no list has seen; nothing is hard-coded.

The protocol flips conclusions from shop to shop: how far small counts are trusted, whether
readers of many books are held back, whether order and the crowd say anything.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from msgspec import Struct, structs
from msgspec.structs import replace
from numpy.typing import NDArray

from core.recommendations.cooccurrence import Cooccurrence, count_together, with_content
from core.recommendations.evaluation import Exam, scramble
from core.recommendations.fold_in import Lists
from core.recommendations.interactions import Interactions
from core.recommendations.model import Parameters
from core.recommendations.nearest import blended, item_neighbours
from core.recommendations.neighbours import Neighbours, no_lists, weakened
from core.recommendations.rankers import voices_ranker
from core.recommendations.ridge import local_ridge
from core.recommendations.transitions import knows_order, next_books
from core.recommendations.voices import Voices, crowd_of

MOST_CHOSEN_FROM = 50_000
"""Beyond so many books the first of each choice is taken: solving again would take too long."""

TRIED_ON = 2_500
"""Books that choices of a ridge are tried on, where there are more: a quarter of ten thousand."""

FEW = (1, 3)
"""Acts told of a reader to learn what serves newcomers."""


class Choices(Struct, frozen=True, kw_only=True):
    """Of each, the first is where the search begins."""

    penalties: tuple[float, ...] = (50.0, 10.0, 200.0, 1_000.0, 4_000.0)
    """λ of the ridge, in co-readings: more trusts small counts less."""

    evenings: tuple[float, ...] = (0.3, 0.0)
    """How far readers of many books are held back; see `count_together`."""

    shrinkages: tuple[float, ...] = (20.0, 60.0)
    """Of item-kNN, in co-readings."""

    cosine_shares: tuple[float, ...] = (0.0, 0.3, 1.0)
    """How much of item-kNN is added to the ridge."""

    recencies: tuple[float, ...] = (0.0, 0.3, 0.7)
    """How much of an act's weight fades with the acts after it."""

    followers_shares: tuple[float, ...] = (0.0, 0.3, 1.0)
    """How much of transitions is added, where times are known."""

    crowd_shares: tuple[float, ...] = (0.0, 0.1, 0.3, 1.0)
    """What the crowd adds to a popular book, as a share of what a first neighbour gets."""


class Sizes(Struct, frozen=True, kw_only=True):
    """Lengths of lists, see `TrainingSettings`."""

    predictors: int
    partners: int
    kept: int
    content_weight: float


class Chosen(NamedTuple):
    """neighbours, followers: weighted as the parameters say; nearest: item-kNN, a baseline."""

    parameters: Parameters
    neighbours: Neighbours
    followers: Neighbours
    nearest: Neighbours


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
        choices = _firsts(choices)
    counts, evening, penalty = _counts_and_penalty(made, choices)
    shrinkage, nearest = _nearest(made, counts, choices.shrinkages)
    counts = with_content(counts, made.content, made.sizes.content_weight)
    ridge = _ridge(made, counts, penalty, progress=lambda share: made.progress("solving", share))
    parameters = Parameters(0.0, penalty=penalty, evening=evening, shrinkage=shrinkage)
    made.progress("measuring", 0.0)
    neighbours = {0.0: ridge} | {
        share: blended(ridge, nearest, share, keep=made.sizes.kept)
        for share in choices.cosine_shares
        if share
    }
    shares = [replace(parameters, cosine_share=share) for share in choices.cosine_shares]
    parameters = _best(made, shares, lambda tried: _voices(made, tried, neighbours), FEW)
    lists = neighbours[parameters.cosine_share]
    made.progress("measuring", 0.3)
    followers = _followers(made, choices.followers_shares)
    return _finished(made, choices, parameters, _Lists(lists, followers, nearest))


class _Lists(NamedTuple):
    neighbours: Neighbours
    followers: dict[float, Neighbours]
    nearest: Neighbours


def _finished(made: Materials, choices: Choices, parameters: Parameters, lists: _Lists) -> Chosen:
    kept = {parameters.cosine_share: lists.neighbours}

    def voices(tried: Parameters) -> Voices:
        return _voices(made, tried, kept, lists.followers)

    for name, values, told in (
        ("recency", choices.recencies, ()),
        ("followers_share", tuple(lists.followers), ()),
        ("crowd_share", choices.crowd_shares, FEW),
    ):
        tried = [replace(parameters, **{name: value}) for value in values]
        parameters = _best(made, tried, voices, told)
    chosen = lists.followers[parameters.followers_share]
    return Chosen(parameters, lists.neighbours, chosen, lists.nearest)


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
    neighbours: dict[float, Neighbours],
    followers: dict[float, Neighbours] | None = None,
) -> Voices:
    lists = neighbours[parameters.cosine_share]
    readers = np.bincount(made.seen.book, minlength=made.books).astype(np.int32)
    crowd, crowd_parts = crowd_of(readers, parameters.crowd_share, lists)
    after = followers[parameters.followers_share] if followers else None
    return Voices(
        lists=Lists(lists),
        recency=parameters.recency,
        followers=Lists(after) if after is not None and len(after.ids) else None,
        crowd=crowd,
        crowd_parts=crowd_parts,
    )


def _counts_and_penalty(made: Materials, choices: Choices) -> tuple[Cooccurrence, float, float]:
    """The counts of the best evening and the best λ, tried on some of the books."""
    tried_on = _some(made.books)
    exam = made.exam.about(tried_on)
    best = (-1.0, choices.evenings[0], choices.penalties[0])
    stages = len(choices.evenings) + 1
    for stage, evening in enumerate(choices.evenings):
        counts = _counted(made, evening, stage / stages)
        if len(choices.penalties) == 1:
            return counts, evening, best[2]
        counts = with_content(counts, made.content, made.sizes.content_weight)

        def reached(penalty: float, counts: Cooccurrence = counts) -> float:
            ridge = _ridge(made, counts, penalty, tried_on)
            return exam.ask(voices_ranker(Voices(Lists(ridge), 0.0))).ndcg_at_10

        penalty, most = _climbed(choices.penalties, best[2], reached)
        best = max(best, (most, evening, penalty), key=lambda found: found[0])
    return _counted(made, best[1], 1 - 1 / stages), best[1], best[2]


def _climbed(
    penalties: Sequence[float], start: float, reached: Callable[[float], float]
) -> tuple[float, float]:
    """Up from where it starts as long as that helps, else down."""
    ladder = sorted(penalties)
    place, most = ladder.index(start), reached(start)
    for step in (1, -1):
        began = place
        while 0 <= place + step < len(ladder):
            found = reached(ladder[place + step])
            if found <= most:
                break
            place, most = place + step, found
        if place != began:
            break
    return ladder[place], most


def _counted(made: Materials, evening: float, done: float) -> Cooccurrence:
    made.progress("counting", done)
    return count_together(
        made.seen, made.books, made.sizes.partners, lambda share: None, evening=evening
    )


def _ridge(
    made: Materials,
    counts: Cooccurrence,
    penalty: float,
    targets: NDArray[np.bool_] | None = None,
    progress: Callable[[float], None] = lambda share: None,
) -> Neighbours:
    return local_ridge(
        counts,
        predictors=made.sizes.predictors,
        penalty=penalty,
        keep=made.sizes.kept,
        targets=targets,
        progress=progress,
    )


def _nearest(
    made: Materials, counts: Cooccurrence, shrinkages: Sequence[float]
) -> tuple[float, Neighbours]:
    found = {
        shrinkage: item_neighbours(counts, keep=made.sizes.kept, shrinkage=shrinkage)
        for shrinkage in shrinkages
    }
    tried = [Parameters(0.0, shrinkage=shrinkage) for shrinkage in shrinkages]
    best = _best(made, tried, lambda one: Voices(Lists(found[one.shrinkage]), 0.0))
    return best.shrinkage, found[best.shrinkage]


def _followers(made: Materials, shares: Sequence[float]) -> dict[float, Neighbours]:
    """By share; of a shop without times nothing but the share of 0."""
    nothing = {0.0: no_lists(made.books)}
    if len(shares) == 1 or not knows_order(made.seen):
        return nothing
    whole = next_books(made.seen, made.books, keep=made.sizes.kept // 4)
    return nothing | {share: weakened(whole, share) for share in shares if share}


def _some(books: int) -> NDArray[np.bool_]:
    if books <= TRIED_ON:
        return np.ones(books, np.bool_)
    chance = scramble(np.arange(books, dtype=np.uint64)) % np.uint64(books)
    return chance < np.uint64(TRIED_ON)


def _firsts(choices: Choices) -> Choices:
    return Choices(**{name: values[:1] for name, values in structs.asdict(choices).items()})
