"""The table of routes; what is not in it does not exist."""

from typing import Final

from api.asgi.endpoint import Endpoint
from api.routes import docs, health, pages, problems

_TOLD: Final[tuple[Endpoint, ...]] = (
    *health.ENDPOINTS,
    *problems.ENDPOINTS,
)
EVERY: Final[tuple[Endpoint, ...]] = (
    *_TOLD,
    docs.schema_of(_TOLD),
    *docs.ENDPOINTS,
    *pages.ENDPOINTS,
)
