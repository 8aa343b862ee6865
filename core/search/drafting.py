"""Two rankings of one query's best books drafted into one list, for an experiment."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from core.experiments.interleaving import NO_TEAM, team_draft
from core.search.ranking import RERANKED, Ranked, Weights
from core.search.remembering import cut


class Draft:
    """weights: of the two teams, None for the shop's own. seed: of the draft. shown: after the
    search the team of each book on the page; b"" where nothing was drafted: no words, another
    order than by relevance, rules that place books, a page by cursor.
    """

    __slots__ = ("_teams", "seed", "shown", "weights")

    def __init__(self, weights: tuple[Weights | None, Weights | None], seed: int) -> None:
        self.weights = weights
        self.seed = seed
        self.shown = b""
        self._teams: dict[int, int] = {}

    def ranked(self, by: Callable[[Weights | None], Ranked]) -> Ranked:
        """by: ranks all that was scored, None by the shop's own weights.

        Both rankings order the same 64 books, so the draft does, too; scores and their parts are
        the first team's.
        """
        first, second = map(by, self.weights)
        best = first.keys[:RERANKED].tolist()
        drafted = team_draft(best, second.keys[:RERANKED].tolist(), len(best), seed=self.seed)
        self._teams = dict(drafted)
        place_of = {key: place for place, key in enumerate(best)}
        order = [place_of[key] for key in self._teams]
        behind = range(len(best), len(first.keys))
        return cut(first, np.array([*order, *behind], np.int64))

    def show(self, keys: NDArray[np.int64]) -> None:
        """Tell the teams of the books that are shown."""
        if self._teams:
            self.shown = bytes(self._teams.get(key, NO_TEAM) for key in keys.tolist())
