"""Pages of other origins that may ask: an allow-list, and never with cookies."""

from collections.abc import Iterable
from typing import Final

from api.asgi.answer import Empty
from api.asgi.types import App, Header, Message, Receive, Scope, Send

_METHODS: Final[Header] = (
    b"access-control-allow-methods",
    b"GET, HEAD, POST, PUT, PATCH, DELETE, QUERY",
)
_HEADERS: Final[Header] = (
    b"access-control-allow-headers",
    (
        b"Authorization, Content-Type, If-Match, If-None-Match, If-Index-Version, X-API-Key,"
        b" X-Request-ID, X-Store, X-Visitor, traceparent"
    ),
)
_SHOWN: Final[Header] = (
    b"access-control-expose-headers",
    (
        b"ETag, Experiment, Index-Version, Link, Location, RateLimit, RateLimit-Policy,"
        b" Retry-After, X-Request-ID, X-Total-Count"
    ),
)
_KEPT: Final[Header] = (b"access-control-max-age", b"3600")
_VARY: Final[Header] = (b"vary", b"Origin")


class AllowedOrigins:
    """origins: as browsers send them, "https://shop.example"; others are answered without a word.

    Credentials are not allowed: who asks from elsewhere shows a token or a key.
    """

    def __init__(self, app: App, origins: Iterable[str]) -> None:
        self._app = app
        self._origins = frozenset(origin.encode() for origin in origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"]) if scope["type"] == "http" else {}
        origin = headers.get(b"origin")
        if origin is None or origin not in self._origins:
            await self._app(scope, receive, send)
            return
        allowed: Header = (b"access-control-allow-origin", origin)
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            told = (allowed, _METHODS, _HEADERS, _KEPT, _VARY)
            await Empty(204, told)(scope, receive, send)
            return

        async def shown(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], allowed, _SHOWN, _VARY]
            await send(message)

        await self._app(scope, receive, shown)
