"""QUERY, a safe method with a body, where a POST route answers the same question.

Source: draft-ietf-httpbis-safe-method-w-body; `Accept-Query` tells what the body may be.
"""

from collections.abc import Iterable
from typing import Final

from litestar.exceptions import MethodNotAllowedException

from api.asgi.types import App, Header, Message, Receive, Scope, Send

ACCEPT_QUERY: Final[Header] = (b"accept-query", b'"application/json"')
# Answers to these are made most often, and who asks by them needs no other method.
_UNTOLD: Final = frozenset({"GET", "HEAD"})


class QueryMethod:
    """Litestar routes the methods it knows; on these paths QUERY goes the way of POST."""

    def __init__(self, app: App, paths: Iterable[str]) -> None:
        self._app = app
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope.get("method")
        if method is None or method in _UNTOLD or scope["path"].rstrip("/") not in self._paths:
            await self._app(scope, receive, send)
            return
        if method == "QUERY":
            scope["method"] = "POST"

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [_with_query(header) for header in message["headers"]]
                message["headers"] = [*headers, ACCEPT_QUERY]
            await send(message)

        try:
            await self._app(scope, receive, told)
        except MethodNotAllowedException as error:
            allowed = (error.headers or {}).get("allow", "")
            error.headers = {"allow": f"{allowed}, QUERY"}
            raise


def _with_query(header: Header) -> Header:
    name, value = header
    return (name, value + b", QUERY") if name == b"allow" else header
