"""What a load test found, and whether it is good enough."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

GOOD = 400
"""Statuses below are answers, from here on failures; 0 stands for none at all."""


class Latency(Struct, frozen=True):
    """Milliseconds from when a request was due to its last byte: waiting for a connection counts.

    Source: Tene, "How NOT to Measure Latency", 2013, on coordinated omission.
    """

    mean: float
    p50: float
    p95: float
    p99: float
    p999: float
    longest: float


class Kind(Struct, frozen=True):
    name: str
    requests: int
    latency: Latency


class Criteria(Struct, frozen=True):
    """success: share of requests answered below 400. average_ms: the mean latency at most.

    per_second: requests answered in a second at least.
    """

    success: float = 0.999
    average_ms: float = 50.0
    per_second: float = 50.0


class Load(Struct, frozen=True, kw_only=True):
    """seconds: from the first arrival to the last answer. rate: requests a second that came.

    capacity: requests a second when every connection was kept busy; 0 where it was not looked for.
    cpu_us: of the server's processes, a request; memory_mb: resident in them at the end; None
    where they could not be found.
    """

    users: int
    requests: int
    seconds: float
    rate: float
    capacity: float
    statuses: dict[int, int]
    latency: Latency
    kinds: tuple[Kind, ...]
    cpu_us: float | None = None
    memory_mb: float | None = None

    @property
    def success(self) -> float:
        answered = sum(number for status, number in self.statuses.items() if 0 < status < GOOD)
        return answered / max(1, self.requests)

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds if self.seconds else 0.0


def latency_of(seconds: NDArray[np.float64]) -> Latency:
    """seconds: (n,), of at least one request."""
    p50, p95, p99, p999 = np.percentile(seconds, (50, 95, 99, 99.9)).tolist()
    told = (float(seconds.mean()), p50, p95, p99, p999, float(seconds.max()))
    return Latency(*(round(1e3 * each, 3) for each in told))


def kinds_of(names: Sequence[str], seconds: NDArray[np.float64]) -> tuple[Kind, ...]:
    """Each kind by itself, most requests first. names: of every request's kind."""
    of = np.array(names)
    found = [
        Kind(name, int((of == name).sum()), latency_of(seconds[of == name])) for name in set(names)
    ]
    return tuple(sorted(found, key=lambda kind: (-kind.requests, kind.name)))


def shortfalls(load: Load, criteria: Criteria) -> list[str]:
    """What is not good enough, a sentence each."""
    found = []
    if load.success < criteria.success:
        found.append(f"{load.success:.2%} were answered, {criteria.success:.2%} should be")
    if load.latency.mean > criteria.average_ms:
        found.append(
            f"the average is {load.latency.mean:.1f} ms, {criteria.average_ms:g} ms is the most"
        )
    if load.per_second < criteria.per_second:
        found.append(
            f"{load.per_second:.0f} a second were answered, {criteria.per_second:g} is the least"
        )
    return found
