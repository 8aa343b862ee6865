"""A server that is asked in rounds, in turns with others, by a client in another process."""

import os
import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks.load import Job, Load
from benchmarks.servers import Server


class Asked:
    """One server's rounds: microseconds by the clock and of processor, a request."""

    def __init__(
        self, load: Load, server: Server, heads: Sequence[str], count: int, status: int = 200
    ) -> None:
        """heads: whole requests, of which each round sends the next `count`, then again the first.

        status: that every answer must have.
        """
        self._load, self._server = load, server
        self._heads, self._count, self._status = list(heads), count, status
        self._rounds: list[tuple[float, float]] = []
        self._next = 0

    def send(self, *, kept: bool = True) -> None:
        places = range(self._next, self._next + self._count)
        heads = [self._heads[place % len(self._heads)] for place in places]
        self._next += self._count
        cpu = self._server.cpu_us()
        result = self._load.send(Job(self._server.port, heads, self._count))
        cpu = self._server.cpu_us() - cpu
        assert result.statuses == {self._status: self._count}
        if kept:
            self._rounds.append((result.seconds * 1e6 / self._count, cpu / self._count))

    @property
    def wall_us(self) -> float:
        return statistics.median(wall for wall, _ in self._rounds)

    @property
    def cpu_us(self) -> float:
        return statistics.median(cpu for _, cpu in self._rounds)


def pin(servers: Sequence[int], load: int) -> None:
    """A core for the server that is asked, another one for the client."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        for pid in servers:
            for task in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(task.name), {cores[0]})
        os.sched_setaffinity(load, {cores[1]})
