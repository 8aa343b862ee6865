"""Networks that are answered, and those that are not."""

from collections.abc import Callable, Iterable
from ipaddress import ip_address, ip_network

from api.asgi.hosts import PROBES
from api.asgi.types import App, Receive, Scope, Send
from api.problems import NetworkRefused, problem_answer

REMEMBERED = 10_000


class AllowedNetworks:
    """allowed: none means all. blocked: goes first. address: of a request's client, as text.

    Probes are always answered: an orchestrator asks from where it pleases.
    """

    def __init__(
        self,
        app: App,
        *,
        allowed: Iterable[str],
        blocked: Iterable[str],
        address: Callable[[Scope], str],
    ) -> None:
        self._app = app
        self._allowed = tuple(ip_network(each, strict=False) for each in allowed)
        self._blocked = tuple(ip_network(each, strict=False) for each in blocked)
        self._address = address
        self._known: dict[str, bool] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._answered(scope):
            await self._app(scope, receive, send)
            return
        error = NetworkRefused("your network is not served here")
        await problem_answer(error, scope)(scope, receive, send)

    def _answered(self, scope: Scope) -> bool:
        name = self._address(scope)
        known = self._known.get(name)
        if known is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            known = self._known[name] = self._judged(name)
        return known or scope["path"].rstrip("/") in PROBES

    def _judged(self, name: str) -> bool:
        try:
            address = ip_address(name)
        except ValueError:  # no address, as of a socket in the file system: nobody is blocked by it
            return not self._allowed
        address = getattr(address, "ipv4_mapped", None) or address
        if any(address in network for network in self._blocked):
            return False
        return not self._allowed or any(address in network for network in self._allowed)
