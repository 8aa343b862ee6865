"""One JSON line a request, handed to a thread that writes: a slow reader never slows an answer."""

import contextlib
import os
import threading
from collections import deque
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from core.privacy.masking import mask

# A pipe keeps writes of this size whole, so the lines of several workers do not mix (POSIX).
PIPE_BUFFER = 4096
LONGEST_FIELD = 300
PLAIN_LENGTH = 54
"""A path to a book is no longer; a token makes one longer."""


class AccessLine(Struct, omit_defaults=True):
    """duration_ms: until the last byte was handed to the server. bytes: of the body.

    client: its network, never its whole address. reader: a pseudonym.
    """

    time: datetime
    level: str
    method: str
    path: str
    route: str | None
    status: int
    duration_ms: float
    bytes: int
    request_id: str
    trace_id: str = ""
    client: str = ""
    reader: str = ""
    user_agent: str = ""


def printable(sent: bytes) -> str:
    """What a client sent, fit for a line: 300 bytes, other than printable ASCII as \\xNN."""
    text = sent[:LONGEST_FIELD].decode("ascii", "backslashreplace")
    return text if text.isprintable() else text.encode("unicode_escape").decode("ascii")


def masked(text: str) -> str:
    """What a client sent without what may tell of a person; costs nothing where that is short."""
    if len(text) <= PLAIN_LENGTH and "@" not in text and "%40" not in text:
        return text
    return mask(text)


class AccessLog:
    """Lines are queued (one append) and written at least every `seconds`, and at `close`.

    limit: lines kept while nobody reads; what comes beyond it is dropped, counted and told.
    """

    def __init__(self, descriptor: int = 1, *, seconds: float = 1.0, limit: int = 100_000) -> None:
        self.dropped = 0
        self._descriptor = descriptor
        self._seconds = seconds
        self._limit = limit
        self._lines: deque[bytes] = deque()
        self._encode = msgspec.json.Encoder().encode
        self._closed = threading.Event()
        self._writer = threading.Thread(target=self._run, name="access-log", daemon=True)
        self._writer.start()

    def write(self, line: AccessLine) -> None:
        if len(self._lines) >= self._limit:
            self.dropped += 1
            return
        self._lines.append(self._encode(line))

    def close(self) -> None:
        """Write what is queued and end the thread; waits two seconds for a stuck reader."""
        self._closed.set()
        self._writer.join(timeout=2.0)

    def _run(self) -> None:
        while not self._closed.wait(self._seconds):
            self._flush()
        self._flush()

    def _flush(self) -> None:
        with contextlib.suppress(OSError):  # nobody reads any more: the answers matter more
            while self._lines:
                self._write_all(self._next_block())
            if self.dropped:
                lost, self.dropped = self.dropped, 0
                self._write_all(_dropped_line(lost))

    def _next_block(self) -> bytes:
        block = [self._lines.popleft()]
        size = len(block[0]) + 1
        while self._lines and size + len(self._lines[0]) < PIPE_BUFFER:
            block.append(self._lines.popleft())
            size += len(block[-1]) + 1
        return b"\n".join(block) + b"\n"

    def _write_all(self, block: bytes) -> None:
        while block:
            block = block[os.write(self._descriptor, block) :]


def _dropped_line(count: int) -> bytes:
    line = {
        "time": datetime.now(UTC),
        "level": "warning",
        "message": f"{count} access lines dropped: standard output is not read fast enough",
    }
    return msgspec.json.encode(line) + b"\n"
