"""Policies: how many requests in how long, for whom, and what holds when the counter is away."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from core.accounts.principal import Tier
from core.kernel.errors import BookwheelError, Unavailable

HOUR: Final = 3600
MICROSECONDS: Final = 1_000_000


class QuotaExceeded(BookwheelError):
    """policy: the name of the one that refused."""

    def __init__(self, policy: "Policy", wait_us: int) -> None:
        self.policy = policy
        self.retry_after_seconds = max(1, -(-wait_us // MICROSECONDS))
        super().__init__(
            f"more than {policy.quota} requests in {policy.window_seconds} s",
            remedy=f"wait {self.retry_after_seconds} s, then go on more slowly",
        )


class LimitsUnavailable(Unavailable): ...


class Policy(Struct, frozen=True):
    """quota requests may come at once; they are given back evenly over the window."""

    name: str
    quota: int
    window_seconds: int

    @classmethod
    def read(cls, text: str) -> "Policy":
        """text: name=quota/seconds."""
        name, _, rest = text.partition("=")
        quota, _, seconds = rest.partition("/")
        return cls(name, int(quota), int(seconds))

    @property
    def window_us(self) -> int:
        return self.window_seconds * MICROSECONDS

    @property
    def interval_us(self) -> int:
        """After how long one request is given back."""
        return max(1, self.window_us // self.quota)


class Rule(Struct, frozen=True, kw_only=True):
    """The policies of one kind of route.

    tiers: of API keys, by name; the keys of an account share the quota of their tier. shared:
    counted over all nodes where there is a shared counter, else over the workers of the
    node. closed: refused while the shared counter is away; others are counted on the node then.
    """

    anonymous: Policy
    signed_in: Policy
    tiers: Mapping[Tier, Policy]
    shared: bool = False
    closed: bool = False


_ANONYMOUS: Final = Policy("anonymous", 100, HOUR)
_SIGNED_IN: Final = Policy("signed-in", 1000, HOUR)
_TIERS: Final[dict[Tier, Policy]] = {
    "free": Policy("free", 1000, HOUR),
    "basic": Policy("basic", 5000, HOUR),
    "premium": Policy("premium", 20_000, HOUR),
}
_TIMES: Final[dict[Tier, int]] = {"free": 1, "basic": 2, "premium": 4}
"""What a tier's bursts are of everybody's."""


def _burst(name: str, quota: int) -> Rule:
    policy = Policy(name, quota, 10)
    tiers = {tier: Policy(f"{name}-{tier}", quota * times, 10) for tier, times in _TIMES.items()}
    return Rule(anonymous=policy, signed_in=policy, tiers=tiers)


def _quota(*, closed: bool) -> Rule:
    return Rule(
        anonymous=_ANONYMOUS, signed_in=_SIGNED_IN, tiers=_TIERS, shared=True, closed=closed
    )


# Bursts are for one node to get over: asking another machine would cost more than a search.
RULES: Final[dict[str, Rule]] = {
    "signing-in": _quota(closed=True),
    "writing": _quota(closed=False),
    "search": _burst("search", 300),
    "autocomplete": _burst("autocomplete", 600),
    "recommendations": _burst("recommendations", 300),
}
