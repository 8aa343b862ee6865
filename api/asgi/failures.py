"""Answers to what Litestar raises and to what nobody expected."""

import logging
from typing import Any

from litestar import Request as LitestarRequest
from litestar import Response

from api.asgi.exchange import KEY, Exchange
from api.asgi.types import Receive, Scope, Send
from api.problems import kind_of, problem_answer

_LOGGER = logging.getLogger("bookwheel.http")


async def answer_failure(error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a problem; what is our fault goes to the log with its traceback."""
    if kind_of(error).status == 500:
        exchange: Exchange = scope[KEY]
        _LOGGER.error(
            "unhandled %s in %s %s (request %s)",
            type(error).__name__,
            scope["method"],
            scope.get("path_template", "an unmatched path"),
            exchange.request_id.decode(),
            exc_info=error,
        )
    await problem_answer(error, scope)(scope, receive, send)


def litestar_failure(request: LitestarRequest[Any, Any, Any], error: Exception) -> Response[Any]:
    """Litestar asks for a response; let the error rise to the outermost layer instead."""
    raise error
