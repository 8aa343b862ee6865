"""The application: Litestar for routing, reads found before it, our own layers around both."""

from collections.abc import Iterable

from litestar import Litestar

from api.asgi.access_log import AccessLog
from api.asgi.cors import AllowedOrigins
from api.asgi.direct import DirectReads
from api.asgi.endpoint import Endpoint, options_of
from api.asgi.exchange import Exchanges
from api.asgi.failures import answer_failure, litestar_failure
from api.asgi.hosts import AllowedHosts
from api.asgi.networks import AllowedNetworks
from api.asgi.protection import on_every_answer
from api.asgi.query_method import QueryMethod
from api.asgi.tracing import Tracing
from api.asgi.types import App
from api.routes import search
from api.routes.every import EVERY
from api.services import Services

_UNTRACED = Tracing(None, 0.0)


def create_app(
    services: Services,
    *,
    tracing: Tracing = _UNTRACED,
    log: AccessLog | None = None,
    endpoints: Iterable[Endpoint] = EVERY,
) -> App:
    """An ASGI callable over services that somebody else opens and closes.

    log: where each request's line goes; None writes none.
    """
    declared = list(endpoints)
    bound = [(each, each.bound(services)) for each in (*options_of(declared), *declared)]
    litestar = Litestar(
        [each.handler(answer) for each, answer in bound],
        exception_handlers={Exception: litestar_failure},
        openapi_config=None,  # made from the same declarations: api.schemas.openapi
        logging_config=None,  # answer_failure logs what nobody caught
    )
    app: App = litestar  # type: ignore[assignment] # its ASGI types are narrower than the standard
    app = QueryMethod(app, (search.PATH,))
    app = DirectReads(app, ((each.path, each.methods, answer) for each, answer in bound))
    settings = services.settings
    if settings.cors_origins:
        app = AllowedOrigins(app, settings.cors_origins)
    if settings.allowed_hosts:
        app = AllowedHosts(app, settings.allowed_hosts)
    if settings.allowed_networks or settings.blocked_networks:
        app = AllowedNetworks(
            app,
            allowed=settings.allowed_networks,
            blocked=settings.blocked_networks,
            address=services.clients.address,
        )
    return Exchanges(
        app,
        tracing=tracing,
        metrics=services.metrics,
        log=log,
        failed=answer_failure,
        network=services.clients.network,
        pseudonym=services.pseudonym,
        always=on_every_answer(settings.public_url),
    )
