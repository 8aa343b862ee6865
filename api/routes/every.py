"""The table of routes; what is not in it does not exist."""

from typing import Final

from api.asgi.endpoint import Endpoint
from api.routes import (
    accounts,
    api_keys,
    audit,
    books,
    docs,
    events,
    experiments,
    federation,
    health,
    keys,
    names,
    pages,
    passkeys,
    privacy,
    problems,
    recommendations,
    recovery,
    reviews,
    search,
    search_rules,
    second_factor,
    sessions,
)

_TOLD: Final[tuple[Endpoint, ...]] = (
    *books.ENDPOINTS,
    *recommendations.ENDPOINTS,
    *reviews.ENDPOINTS,
    *events.ENDPOINTS,
    *names.ENDPOINTS,
    *search.ENDPOINTS,
    *search_rules.ENDPOINTS,
    *experiments.ENDPOINTS,
    *accounts.ENDPOINTS,
    *recovery.ENDPOINTS,
    *second_factor.ENDPOINTS,
    *federation.ENDPOINTS,
    *passkeys.ENDPOINTS,
    *sessions.ENDPOINTS,
    *api_keys.ENDPOINTS,
    *audit.ENDPOINTS,
    *privacy.ENDPOINTS,
    *keys.ENDPOINTS,
    *health.ENDPOINTS,
    *problems.ENDPOINTS,
)
EVERY: Final[tuple[Endpoint, ...]] = (
    *_TOLD,
    docs.schema_of(_TOLD),
    *docs.ENDPOINTS,
    *pages.ENDPOINTS,
)
