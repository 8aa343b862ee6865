"""QUERY, a safe method with a body, where a POST route answers the same question."""

from collections.abc import Iterable

from api.asgi.types import App, Receive, Scope, Send


class QueryMethod:
    """Litestar routes the methods it knows; on these paths QUERY goes the way of POST."""

    def __init__(self, app: App, paths: Iterable[str]) -> None:
        self._app = app
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") == "QUERY" and scope["path"].rstrip("/") in self._paths:
            scope["method"] = "POST"
        await self._app(scope, receive, send)
