"""Requests sent when they are due, whatever became of those before: an open loop over HTTP/1.1."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import httptools
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

PATIENCE_SECONDS = 10.0
"""How long the last answers are waited for."""


class Answered(Struct, frozen=True):
    """seconds: (n,) from when each was due to its last byte, or to the end where none came.

    statuses: (n,) int16, 0 where no whole answer came. lasted: seconds from first to last.
    """

    seconds: NDArray[np.float64]
    statuses: NDArray[np.int16]
    lasted: float


async def send(
    address: tuple[str, int],
    heads: Sequence[bytes],
    due: NDArray[np.float64],
    *,
    connections: int,
    progress: Callable[[int], None] = lambda answered: None,
) -> Answered:
    """Send each head when it is due over keep-alive connections, one under way on each.

    heads: whole requests without a body. due: (n,) seconds from now, ascending; all 0 keeps every
    connection busy. Raises OSError where nobody listens.
    """
    run = _Run(heads, due, asyncio.get_running_loop())
    opened = [_Connection(run, address) for _ in range(min(connections, len(heads)))]
    for connection in opened:
        await connection.open()
    began = run.start()
    last = float(due[-1])
    try:
        while run.answered < len(heads):
            left = began + last + PATIENCE_SECONDS - perf_counter()
            if left <= 0:
                break
            run.release()
            progress(run.answered)
            await run.wait(min(left, 0.25))
    finally:
        run.over = True
        for connection in opened:
            connection.close()
    return run.result()


class _Run:
    """What the connections share: whose turn it is, and what came of it."""

    def __init__(
        self, heads: Sequence[bytes], due: NDArray[np.float64], loop: asyncio.AbstractEventLoop
    ) -> None:
        self.heads = heads
        self.idle: deque[_Connection] = deque()
        self.answered = 0
        self.over = False
        self._due = due.tolist()
        self._loop = loop
        self._seconds = np.full(len(heads), np.nan)
        self._statuses = np.zeros(len(heads), np.int16)
        self._next = 0
        self._began = self._ended = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._done = asyncio.Event()

    def start(self) -> float:
        self._began = self._ended = perf_counter()
        return self._began

    def release(self) -> None:
        """Give what is due to idle connections, and look again when the next is."""
        if not self._began:
            return  # connections are still being opened
        now = perf_counter() - self._began
        while self.idle and self._next < len(self.heads) and self._due[self._next] <= now:
            number = self._next
            self._next += 1
            self.idle.popleft().ask(number)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.idle and self._next < len(self.heads) and not self.over:
            self._timer = self._loop.call_later(self._due[self._next] - now, self.release)

    def took(self, number: int, status: int) -> None:
        """status: 0 for a connection that broke."""
        self._ended = perf_counter()
        self._seconds[number] = self._ended - self._began - self._due[number]
        self._statuses[number] = status
        self.answered += 1
        if self.answered == len(self.heads):
            self._done.set()

    async def wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._done.wait(), seconds)
        except TimeoutError:
            return

    def result(self) -> Answered:
        lasted = self._ended - self._began
        waited = np.isnan(self._seconds)
        self._seconds[waited] = np.maximum(perf_counter() - self._began - np.array(self._due), 0)[
            waited
        ]
        return Answered(self._seconds, self._statuses, lasted)


class _Connection(asyncio.Protocol):
    """Opens itself anew when the server closes it."""

    def __init__(self, run: _Run, address: tuple[str, int]) -> None:
        self._run = run
        self._address = address
        self._transport: Any = None
        self._parser: Any = None
        self._number: int | None = None
        self._reopening: asyncio.Task[None] | None = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, *self._address)

    def close(self) -> None:
        if self._reopening is not None:
            self._reopening.cancel()
        if self._transport is not None:
            self._transport.close()

    def ask(self, number: int) -> None:
        self._number = number
        self._transport.write(self._run.heads[number])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._parser = httptools.HttpResponseParser(self)
        self._run.idle.append(self)
        self._run.release()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        number, self._number = self._number, None
        if number is not None:
            self._run.took(number, self._parser.get_status_code())
        if self._parser.should_keep_alive():
            self._run.idle.append(self)
            self._run.release()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self in self._run.idle:
            self._run.idle.remove(self)
        if self._number is not None:
            self._run.took(self._number, 0)
            self._number = None
        if not self._run.over:
            self._reopening = asyncio.ensure_future(self._again())

    async def _again(self) -> None:
        while not self._run.over:
            try:
                await self.open()
            except OSError:
                await asyncio.sleep(0.05)
            else:
                return
