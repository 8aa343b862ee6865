"""Is it alive, has it started, may it be given requests, what has it counted."""

import asyncio

from api.asgi.answer import NO_STORE, Answer, json_answer
from api.asgi.endpoint import READ, endpoint
from api.asgi.request import Request
from api.services import Readiness
from core.kernel.errors import Unavailable


class NotReady(Unavailable): ...


_ALIVE = Readiness("alive")


@endpoint(READ, "/livez", tag="operations", may="operations:read", answer=Readiness)
async def livez(request: Request) -> Answer:
    """The process answers. Nothing else is looked at: restarting would mend nothing else."""
    return json_answer(_ALIVE, NO_STORE)


@endpoint(
    READ, "/readyz", tag="operations", may="operations:read", answer=Readiness, problems=(503,)
)
async def readyz(request: Request) -> Answer:
    """Whether requests may come; names every missing part.

    A part without which reads go on (the database once it was there, the model) makes it
    "degraded", which is still 200: taking every worker away would end the reads, too.
    """
    return _told(request.services.readiness())


@endpoint(
    READ, "/startupz", tag="operations", may="operations:read", answer=Readiness, problems=(503,)
)
async def startupz(request: Request) -> Answer:
    """Whether every part that is needed was there once."""
    readiness = request.services.readiness()
    return _told(Readiness("started") if readiness.started else readiness)


@endpoint(
    READ, "/metrics", tag="operations", may="operations:read", answer=str, answer_media="text/plain"
)
async def metrics(request: Request) -> Answer:
    """Prometheus metrics, of all workers together."""
    text = await asyncio.to_thread(request.services.metrics.exposition)
    media = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")
    return Answer(text, (media, NO_STORE))


def _told(readiness: Readiness) -> Answer:
    if readiness.status == "not ready":
        parts = "; ".join(f"{part}: {why}" for part, why in readiness.missing.items())
        raise NotReady(f"missing: {parts}", remedy="`bookwheel doctor` looks closer")
    return json_answer(readiness, NO_STORE)


ENDPOINTS = (
    livez,
    livez.at("/health"),
    readyz,
    readyz.at("/health/ready"),
    readyz.at("/api/v1/healthcheck"),
    startupz,
    metrics,
)
