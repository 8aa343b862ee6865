"""Team draft: two rankings in one list, so that each reader judges both."""

from collections.abc import Iterable, Sequence
from random import Random
from typing import Final, NamedTuple

NO_TEAM: Final = 255
"""Of what stands behind the drafted places, alike in both rankings."""


class Drafted(NamedTuple):
    """item, and which ranking put it there: 0 the first, 1 the second."""

    item: int
    team: int


def team_draft(
    first: Sequence[int], second: Sequence[int], size: int, *, seed: int
) -> list[Drafted]:
    """At most `size` items, each once: in each round both teams pick their best that is left.

    Who picks first is drawn anew for each round, so neither is favoured. The same seed drafts
    the same list. Source: Radlinski, Kurup & Joachims, CIKM 2008.
    """
    # One bit a round; nothing is secret here.
    coins = Random(seed).getrandbits(size + 1)  # noqa: S311
    left = iter(first), iter(second)
    drafted: list[Drafted] = []
    taken: set[int] = set()
    while len(drafted) < size:
        before = len(drafted)
        order = (0, 1) if coins & 1 else (1, 0)
        coins >>= 1
        for team in order:
            item = next((item for item in left[team] if item not in taken), None)
            if item is not None and len(drafted) < size:
                taken.add(item)
                drafted.append(Drafted(item, team))
        if len(drafted) == before:
            break
    return drafted


def credit(drafted: Iterable[Drafted], chosen: Iterable[int]) -> int:
    """Items chosen of the second team less those of the first: above 0 where the second won."""
    wanted = set(chosen)
    return sum(1 if team else -1 for item, team in drafted if item in wanted)
