"""Only the host names that are ours are answered, so nobody can point theirs at us."""

from collections.abc import Iterable

from api.asgi.types import App, Receive, Scope, Send
from api.problems import Misdirected, problem_answer

# Orchestrators probe by address; these tell nothing that a stranger could use.
PROBES = frozenset({"/livez", "/readyz", "/startupz", "/metrics", "/health", "/health/ready"})


class AllowedHosts:
    """names: without port; "*.example.org" also takes every name below it."""

    def __init__(self, app: App, names: Iterable[str]) -> None:
        lowered = [name.lower() for name in names]
        self._app = app
        self._exact = frozenset(name for name in lowered if not name.startswith("*."))
        self._below = tuple(name[1:] for name in lowered if name.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._allowed(scope):
            await self._app(scope, receive, send)
            return
        error = Misdirected("this host name is not served here", remedy="use the store's own")
        await problem_answer(error, scope)(scope, receive, send)

    def _allowed(self, scope: Scope) -> bool:
        if scope["path"].rstrip("/") in PROBES:
            return True
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").lower()
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        return name in self._exact or (bool(self._below) and name.endswith(self._below))
