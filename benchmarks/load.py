"""A bounded HTTP load generator in a process of its own: `python -m benchmarks.load`.

It reads a JSON job a line from standard input and answers with a JSON result a line. A job's
requests are sent in turn over keep-alive connections, one under way on each.
"""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from time import perf_counter
from typing import Any

import httptools
import msgspec
import uvloop
from msgspec import Struct

CONNECTIONS = 16
LONGEST_SECONDS = 300.0


class Job(Struct):
    """heads: whole requests as text, sent one after the other, then again from `first` on."""

    port: int
    heads: list[str]
    count: int
    first: int = 0
    connections: int = CONNECTIONS


class Result(Struct):
    """seconds: from the first request to the last answer. statuses: how many of each."""

    seconds: float
    statuses: dict[int, int]
    body_bytes: int


class Load:
    """The other process, as the benchmark holds it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            (sys.executable, "-m", "benchmarks.load"), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, job: Job) -> Result:
        """Raises ConnectionError where the other process gave up, whose own error stands above."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(job) + b"\n")
        self._process.stdin.flush()
        if not (line := self._process.stdout.readline()):
            raise ConnectionError(f"no answer from port {job.port}: the generator has ended")
        return msgspec.json.decode(line, type=Result)

    def close(self) -> None:
        self._process.communicate()


class _Run:
    """What the connections of one job share."""

    def __init__(self, job: Job, done: asyncio.Future[None]) -> None:
        self._heads = [head.encode("latin-1") for head in job.heads]
        self._next = job.first
        self._after = job.first + job.count
        self._left = job.count
        self.done = done
        self.statuses: Counter[int] = Counter()
        self.body_bytes = 0

    def head(self) -> bytes | None:
        if self._next == self._after:
            return None
        self._next += 1
        return self._heads[self._next % len(self._heads)]

    def answered(self, status: int) -> None:
        self.statuses[status] += 1
        self._left -= 1
        if not self._left and not self.done.done():
            self.done.set_result(None)

    def failed(self) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError("the server closed a connection"))


class _Connection(asyncio.Protocol):
    def __init__(self, run: _Run) -> None:
        self._run = run
        self._transport: Any = None
        self.closed = asyncio.Event()
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set()
        self._run.failed()

    def on_body(self, body: bytes) -> None:
        self._run.body_bytes += len(body)

    def on_message_complete(self) -> None:
        self._run.answered(self._parser.get_status_code())
        self._send()

    def _send(self) -> None:
        head = self._run.head()
        if head is not None:
            self._transport.write(head)


async def run(job: Job) -> Result:
    """Send the job's requests. Raises ConnectionError, and TimeoutError after five minutes."""
    loop = asyncio.get_running_loop()
    shared = _Run(job, loop.create_future())
    began = perf_counter()
    opened = [
        await loop.create_connection(lambda: _Connection(shared), "127.0.0.1", job.port)
        for _ in range(min(job.connections, job.count))
    ]
    await asyncio.wait_for(shared.done, LONGEST_SECONDS)
    seconds = perf_counter() - began
    for transport, connection in opened:
        transport.close()
        await connection.closed.wait()
    return Result(seconds, dict(shared.statuses), shared.body_bytes)


def main() -> None:
    for line in sys.stdin:
        result = uvloop.run(run(msgspec.json.decode(line, type=Job)))
        sys.stdout.write(json.dumps(msgspec.to_builtins(result, str_keys=True)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
