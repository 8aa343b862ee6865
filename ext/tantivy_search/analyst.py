"""A process that analyses books for a build, and the side that gives it work.

Messages on its standard input and output: eight bytes of length, then the content; books as JSON,
an `Analysed` as MessagePack. It ends when its input does, so it does not outlive its parent.
"""

import contextlib
import gc
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO

import msgspec

from core.catalogue.book import Book
from core.search.snapshot import IndexUnavailable
from ext.tantivy_search.analysing import Analysed, Analysis

MOST = 8
"""Analysts of one build: the engine and the parent's own work keep up with no more."""
_LENGTH_BYTES = 8

_encode = msgspec.json.Encoder().encode


def spare_processes() -> int:
    """How many analysts this machine should have."""
    return min(MOST, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)


class Analyst:
    """A child process; batches are answered in the order they are given."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # ourselves
            [sys.executable, "-m", "ext.tantivy_search.analyst"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Where this program was started from may not be where it is found.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        self._asked: IO[bytes] = _present(self._process.stdin)
        self._answers: IO[bytes] = _present(self._process.stdout)
        self._thread = ThreadPoolExecutor(1, "analyst")
        self._decoder = msgspec.msgpack.Decoder(Analysed)

    def analyse(self, books: Sequence[Book]) -> "Future[Analysed]":
        """Raises IndexUnavailable, later, when the process has ended."""
        return self._thread.submit(self._ask, books)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._process.kill()
        self._process.wait()
        self._thread.shutdown()
        for pipe in (self._asked, self._answers):
            with contextlib.suppress(OSError):
                pipe.close()

    def _ask(self, books: Sequence[Book]) -> Analysed:
        try:
            send(self._asked, _encode(books))
            return self._decoder.decode(receive(self._answers))
        except (OSError, EOFError, msgspec.DecodeError) as error:
            raise IndexUnavailable(
                f"a process that analyses books has ended: {error!r}",
                remedy="see its message above; short memory is the likeliest reason",
            ) from error


def _present(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise TypeError("the process was started without a pipe")
    return pipe


def send(stream: IO[bytes], message: bytes) -> None:
    stream.write(len(message).to_bytes(_LENGTH_BYTES, "little"))
    stream.write(message)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes:
    """Raises EOFError where the stream ends."""
    size = int.from_bytes(_exactly(stream, _LENGTH_BYTES), "little")
    return _exactly(stream, size)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError(f"{len(data)} of {size} bytes")
    return data


def main() -> None:
    """Answer until the input ends."""
    gc.disable()  # nothing here makes cycles, and looking for them takes a tenth of the time
    analysis = Analysis()
    decoder = msgspec.json.Decoder(list[Book])
    encoder = msgspec.msgpack.Encoder()
    with contextlib.suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        while True:
            books = decoder.decode(receive(sys.stdin.buffer))
            send(sys.stdout.buffer, encoder.encode(analysis.of(books)))


if __name__ == "__main__":
    main()
