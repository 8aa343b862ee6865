"""The time that a search may take: past it, parts are left out in a declared order."""

import time
from collections.abc import Callable
from typing import Literal

Part = Literal["taste", "popularity", "fuzziness", "facets"]
LATEST: dict[Part, float] = {"taste": 0.5, "popularity": 0.625, "fuzziness": 0.75, "facets": 1.0}
"""Shares of the budget after which a part is no longer begun, in the order they are given up."""


class Budget:
    """One search's. clock: seconds that only grow."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._began = clock()
        self._seconds = seconds
        self._dropped: set[Part] = set()

    def late(self, part: Part) -> bool:
        """Whether it is too late to begin this part, which is then counted as dropped."""
        if self._clock() - self._began < self._seconds * LATEST[part]:
            return False
        self._dropped.add(part)
        return True

    def late_to_correct(self) -> bool:
        return self.late("fuzziness")

    @property
    def dropped(self) -> tuple[Part, ...]:
        """In the declared order."""
        return tuple(part for part in LATEST if part in self._dropped)
