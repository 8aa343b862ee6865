"""uvicorn's HTTP/1.1, with bounds on the head of a request: its size, and how slowly it comes."""

import asyncio
from http import HTTPStatus
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.problems import HeadTooLarge, Malformed, problem_answer
from core.kernel.errors import BookwheelError

LARGEST_HEAD_BYTES: Final = 32_768
SLOWEST_HEAD_SECONDS: Final = 20.0
LONGEST_DRAIN_SECONDS: Final = 5.0
MOST_DROPPED_BYTES: Final = 64 * 2**20
_TOO_LARGE: Final = HeadTooLarge(
    f"address and headers have more than {LARGEST_HEAD_BYTES:,} bytes", remedy="send less"
)
# RFC 9112 §3.2: of two names a proxy may have believed the one that we do not.
_HOSTLESS: Final = Malformed("a request of HTTP/1.1 names its host once", remedy="send one Host")


class BoundedHttpProtocol(HttpToolsProtocol):
    """A head that arrives in one piece, as almost all do, costs one comparison more."""

    _timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _in_head = True
    _refused = False
    _dropped = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._timer = self.loop.call_later(SLOWEST_HEAD_SECONDS, self._close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            self._drop(data)
            return
        self._head_bytes = len(data) + (self._head_bytes if self._in_head else 0)
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            if self._head_bytes > LARGEST_HEAD_BYTES:
                self.refuse(_TOO_LARGE)
            elif self._timer is None and self._head_bytes:
                self._timer = self.loop.call_later(SLOWEST_HEAD_SECONDS, self._close)

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_timer()
        if self._head_bytes > LARGEST_HEAD_BYTES and self._head_size() > LARGEST_HEAD_BYTES:
            self.refuse(_TOO_LARGE)
            return
        names = [name for name, _ in self.headers]
        hosts = names.count(b"host")
        if hosts > 1 or (not hosts and self.parser.get_http_version() == "1.1"):
            self.refuse(_HOSTLESS)
            return
        super().on_headers_complete()
        if b"content-length" in names and self._is_long():
            # The app refuses it unread. Closing at once would reset the connection under a client
            # that still sends, and take the answer with it: the body is read and dropped.
            self.cycle.keep_alive = True
            self._timer = self.loop.call_later(LONGEST_DRAIN_SECONDS, self._close)

    def on_body(self, body: bytes) -> None:
        if self._refused:
            return
        super().on_body(body)
        if self.cycle.response_complete:
            self._drop(body)

    def on_message_complete(self) -> None:
        if self._refused:
            return
        super().on_message_complete()
        self._in_head, self._head_bytes = True, 0

    def send_400_response(self, msg: str) -> None:
        self.refuse(Malformed("this is not HTTP/1.1, or a method that nobody knows"))

    def refuse(self, error: BookwheelError) -> None:
        """Answer with a problem; there is no request yet that an app could answer.

        The connection closes when the client does, or after a while: see `on_headers_complete`.
        """
        if self.transport.is_closing() or self._refused:
            return
        answer = problem_answer(error, {})
        phrase = HTTPStatus(answer.status).phrase
        head = [b"HTTP/1.1 %d %b" % (answer.status, phrase.encode()), b"connection: close"]
        head.append(b"x-content-type-options: nosniff")
        head += [b"%b: %b" % header for header in answer.headers]
        self._refused = True
        self.transport.write(b"\r\n".join(head) + b"\r\n\r\n" + answer.body)
        self._stop_timer()
        self._timer = self.loop.call_later(LONGEST_DRAIN_SECONDS, self._close)

    def eof_received(self) -> None:
        if self._refused:
            self._close()
        super().eof_received()

    def _drop(self, data: bytes) -> None:
        """What a refused client still sends; past the bound it loses the answer, too."""
        self._dropped += len(data)
        if self._dropped > MOST_DROPPED_BYTES:
            self._close()

    def _is_long(self) -> bool:
        """Whether the length of the body has seven digits or more."""
        return any(name == b"content-length" and len(value) > 6 for name, value in self.headers)

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
