"""Team draft: two rankings in one list, so that each reader judges both."""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

Team = Literal["a", "b"]


class Drafted(NamedTuple):
    """item, and which ranking put it there."""

    item: int
    team: Team


def team_draft(a: Sequence[int], b: Sequence[int], size: int, *, seed: int) -> list[Drafted]:
    """At most `size` items, each once: in each round both teams pick their best that is left.

    Who picks first is drawn anew for each round, so neither is favoured. The same seed drafts
    the same list. Source: Radlinski, Kurup & Joachims, CIKM 2008.
    """
    coins = np.random.default_rng(seed)
    left = {"a": iter(a), "b": iter(b)}
    drafted: list[Drafted] = []
    taken: set[int] = set()
    while len(drafted) < size:
        before = len(drafted)
        first: Sequence[Team] = ("a", "b") if coins.random() < 0.5 else ("b", "a")
        for team in first:
            item = next((item for item in left[team] if item not in taken), None)
            if item is not None and len(drafted) < size:
                taken.add(item)
                drafted.append(Drafted(item, team))
        if len(drafted) == before:
            break
    return drafted


def credit(drafted: Iterable[Drafted], chosen: Iterable[int]) -> int:
    """Items chosen of team b less those of team a: above 0 where b won."""
    wanted = set(chosen)
    return sum(1 if team == "b" else -1 for item, team in drafted if item in wanted)
