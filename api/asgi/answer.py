"""An answer as bytes: the cheapest thing a route can return."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from api.asgi.types import Header, Receive, Scope, Send

JSON: Final[Header] = (b"content-type", b"application/json")
PROBLEM: Final[Header] = (b"content-type", b"application/problem+json")
NO_STORE: Final[Header] = (b"cache-control", b"no-store")
REVALIDATE: Final[Header] = (b"cache-control", b"no-cache")
PRIVATE: Final[Header] = (b"cache-control", b"private, no-cache")
# One address answers for several stores, and differently to those who signed in.
VARY: Final[Header] = (b"vary", b"X-Store, Authorization, X-API-Key, Cookie")

encode = msgspec.json.Encoder().encode


class Answer:
    """headers: without content-length, which follows from the body; HEAD sends none of it."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, body: bytes, headers: Iterable[Header] = (JSON,), status: int = 200) -> None:
        self.body = body
        self.status = status
        self.headers = [*headers, (b"content-length", b"%d" % len(body))]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        body = b"" if scope["method"] == "HEAD" else self.body
        await send({"type": "http.response.body", "body": body, "more_body": False})


class Empty(Answer):
    """204 and 304: no body, and no length either (RFC 9110 §8.6)."""

    def __init__(self, status: int, headers: Iterable[Header] = ()) -> None:
        self.body = b""
        self.status = status
        self.headers = [*headers]


def json_answer(value: Any, *headers: Header, status: int = 200) -> Answer:
    """Encode a Struct or plain values."""
    return Answer(encode(value), (JSON, *headers), status)
