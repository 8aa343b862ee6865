"""Counting a request: on the node, or over all nodes while the shared counter answers."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

from core.limits.policy import LimitsUnavailable, Policy, Rule


class NodeCounter(Protocol):
    """Exact over the workers of one machine."""

    def counter(self, policy: Policy) -> Callable[[bytes], int]:
        """What takes one request of a key and tells as `core.limits.gcra.take` does.

        It answers microseconds until the quota is whole, negative when refused: until the next.
        """
        ...


class SharedCounter(Protocol):
    """Exact over all machines."""

    async def take(self, key: bytes, policy: Policy) -> int:
        """As `NodeCounter.counter` tells. Raises LimitsUnavailable, without waiting once known."""
        ...


class Limits:
    """shared: None where there is one node. changed: policies that go before the table's."""

    def __init__(
        self, node: NodeCounter, shared: SharedCounter | None = None, changed: Iterable[Policy] = ()
    ) -> None:
        self._node = node
        self._shared = shared
        self._changed = {policy.name: policy for policy in changed}

    def policy(self, of: Policy) -> Policy:
        """The one that is in force under that name."""
        return self._changed.get(of.name, of)

    def here(self, rule: Rule, policy: Policy) -> Callable[[bytes], int] | None:
        """Counts without waiting; None where a counter that is elsewhere must be asked."""
        if self._shared is None or not rule.shared:
            return self._node.counter(policy)
        return None

    def anywhere(self, rule: Rule, policy: Policy) -> Callable[[bytes], Awaitable[int]]:
        """Asks the shared counter; what it makes raises LimitsUnavailable by a closed rule."""
        here, shared = self._node.counter(policy), self._shared

        async def take(key: bytes) -> int:
            if shared is None:
                return here(key)
            try:
                return await shared.take(key, policy)
            except LimitsUnavailable:
                if rule.closed:
                    raise
                return here(key)

        return take
