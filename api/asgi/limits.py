"""Limits around a route: who asks too often is told when to come back."""

from collections.abc import Awaitable, Callable
from typing import Final

from api.asgi.answer import Answer
from api.asgi.credentials import shown
from api.asgi.request import Request
from api.asgi.types import Header
from api.problems import problem_answer
from api.services import Services
from core.accounts.principal import Principal, Tier
from core.kernel.errors import BookwheelError, Forbidden, Unauthenticated, Unavailable
from core.limits.counting import Limits
from core.limits.policy import MICROSECONDS, RULES, Policy, QuotaExceeded, Rule

Run = Callable[[Request], Awaitable[Answer]]

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Routes by name; the others go by tag and method, see `rule_of`.
_BY_NAME: Final = {
    "accounts.login": "signing-in",
    "accounts.register": "signing-in",
    "second_factor.verify": "signing-in",
    "federation.started": "signing-in",
    "federation.finished": "signing-in",
    "passkeys.login": "signing-in",
    "passkeys.request_options": "signing-in",
    "recovery.forgot": "signing-in",
    "recovery.reset": "signing-in",
    "recovery.verify": "signing-in",
    "recovery.change_email": "signing-in",
    "search.autocomplete": "autocomplete",
    "books.books": "search",
}
_UNCOUNTED: Final = frozenset({"keys.jwks"})
_BY_TAG: Final = {
    "search": "search",
    "recommendations": "recommendations",
    "accounts": "writing",
    "privacy": "writing",
}


def rule_of(name: str, tag: str, methods: tuple[str, ...]) -> Rule | None:
    """By which rule a route is counted; None: by none."""
    if name in _UNCOUNTED:
        return None
    group = _BY_NAME.get(name) or _BY_TAG.get(tag, "")
    if not group and tag and not _SAFE.issuperset(methods):
        group = "writing"
    return RULES.get(group)


def limited(run: Run, rule: Rule | None, services: Services) -> Run:
    """The route with its limit around it; the route itself where nothing is counted."""
    if rule is None or services.limits is None:
        return run
    of_client, limits = services.clients.of, services.limits
    anonymous = _Counted(limits, rule, rule.anonymous)
    known: dict[Tier | None, _Counted] = {
        None: _Counted(limits, rule, rule.signed_in),
        **{tier: _Counted(limits, rule, policy) for tier, policy in rule.tiers.items()},
    }

    async def counted(request: Request) -> Answer:
        by, who = anonymous, None
        if shown(request.headers) and (who := _known(request)) is not None:
            by = known[who.tier]
        key = who.reader_id.bytes if who is not None else of_client(request.scope)
        spent = by.here(key) if by.here is not None else await by.anywhere(key)
        try:
            if spent < 0:
                spent, wait = by.window_us - by.interval_us - spent, -spent
                raise QuotaExceeded(by.policy, wait)
            answer = await run(request)
        except BookwheelError as error:
            answer = problem_answer(error, request.scope)
        left, seconds = (by.window_us - spent) // by.interval_us, -(-spent // MICROSECONDS)
        answer.headers += (by.told, (b"ratelimit", by.state % (left, seconds)))
        return answer

    return counted


class _Counted:
    """A policy with all that is known before a request.

    told and state: the fields of draft-ietf-httpapi-ratelimit-headers-11 §3 and §4; r: requests
    left now; t: seconds until the quota is whole.
    """

    __slots__ = ("anywhere", "here", "interval_us", "policy", "state", "told", "window_us")

    def __init__(self, limits: Limits, rule: Rule, policy: Policy) -> None:
        policy = limits.policy(policy)
        self.here = limits.here(rule, policy)
        self.anywhere = limits.anywhere(rule, policy)
        self.policy = policy
        self.window_us, self.interval_us = policy.window_us, policy.interval_us
        told = f'"{policy.name}";q={policy.quota};w={policy.window_seconds}'
        self.told: Header = (b"ratelimit-policy", told.encode())
        self.state = f'"{policy.name}";r=%d;t=%d'.encode()


def _known(request: Request) -> Principal | None:
    """Who asks; credentials that are no good count by their address, and fail in the route."""
    try:
        return request.principal()
    except (Unauthenticated, Forbidden, Unavailable):
        return None
