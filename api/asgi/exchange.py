"""The outermost layer: names, times, traces, counts and logs every request in one pass."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import lru_cache

from opentelemetry import context, trace
from opentelemetry.trace import Span

from api.asgi.access_log import AccessLine, AccessLog, masked, printable
from api.asgi.metrics import RequestMetrics
from api.asgi.protection import DATA, NOSNIFF, OWN_POLICY
from api.asgi.request_id import request_ids
from api.asgi.tracing import TraceParent, Tracing, finish, parse_traceparent, trace_id_of
from api.asgi.types import App, Header, Message, Receive, Scope, Send
from core.privacy.masking import mask

KEY = "bookwheel"


class Exchange:
    """What is known of one request; layers and routes find it at scope["bookwheel"].

    headers: names in lower case; of repeated ones the last. started: the answer has begun.
    """

    __slots__ = (
        "body_bytes",
        "headers",
        "method",
        "parent",
        "reader_id",
        "request_id",
        "span",
        "started",
        "status",
    )

    def __init__(self, method: str, headers: dict[bytes, bytes], request_id: bytes) -> None:
        self.method = method
        self.headers = headers
        self.request_id = request_id
        self.parent: TraceParent | None = None
        self.span: Span | None = None
        self.reader_id = ""
        self.started = False
        self.status = 500
        self.body_bytes = 0

    @property
    def trace_id(self) -> str:
        if self.span is not None:
            return trace_id_of(self.span)
        return "" if self.parent is None else self.parent.trace_id.decode()


class Exchanges:
    """Wraps an app. failed: makes the answer to an error that nobody below caught.

    network and pseudonym: of the client and of the reader, as a line may tell them. always: headers
    of every answer.
    """

    def __init__(
        self,
        app: App,
        *,
        tracing: Tracing,
        metrics: RequestMetrics | None,
        log: AccessLog | None,
        failed: Callable[[Exception, Scope, Receive, Send], Awaitable[None]],
        network: Callable[[Scope], str],
        pseudonym: Callable[[str], str],
        always: tuple[Header, ...] = (NOSNIFF,),
    ) -> None:
        self._app = app
        self._tracing = tracing
        self._metrics = metrics
        self._log = log
        self._failed = failed
        self._network = network
        self._pseudonym = pseudonym
        self._request_id = request_ids()
        self._always = always
        self._of_data = (*DATA, *always)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        headers = dict(scope["headers"])
        method = scope["method"]
        exchange = Exchange(method, headers, self._request_id(headers.get(b"x-request-id")))
        scope[KEY] = exchange
        if (given := headers.get(b"traceparent")) is not None:
            exchange.parent = parse_traceparent(given)
        exchange.span = self._tracing.start(method, scope["path"], exchange.parent)
        always, of_data = self._always, self._of_data

        def observed(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                exchange.started = True
                exchange.status = message["status"]
                given = message["headers"]
                added = always if OWN_POLICY in dict(given) else of_data
                message["headers"] = [*given, (b"x-request-id", exchange.request_id), *added]
            else:
                exchange.body_bytes += len(message.get("body", b""))
            return send(message)

        try:
            if exchange.span is None:
                await self._app(scope, receive, observed)
            else:
                await self._traced(exchange.span, scope, receive, observed)
        except Exception as error:  # nothing internal may reach the client
            if exchange.started:
                raise  # the server can but cut the connection
            await self._failed(error, scope, receive, observed)
        finally:
            self._told(exchange, scope, time.perf_counter() - began)

    async def _traced(self, span: Span, scope: Scope, receive: Receive, send: Send) -> None:
        token = context.attach(trace.set_span_in_context(span))
        try:
            await self._app(scope, receive, send)
        finally:
            context.detach(token)

    def _told(self, exchange: Exchange, scope: Scope, seconds: float) -> None:
        method, route, status = exchange.method, scope.get("path_template"), exchange.status
        if self._metrics is not None:
            self._metrics.observe(method, route, status, seconds)
        if exchange.span is not None:
            finish(exchange.span, method, route or "", status)
        if self._log is not None:
            self._log.write(
                AccessLine(
                    time=datetime.now(UTC),
                    level="info" if status < 500 else "error",
                    method=method,
                    path=_path(scope, route),
                    route=route,
                    status=status,
                    duration_ms=int(seconds * 1e6) / 1000,
                    bytes=exchange.body_bytes,
                    request_id=masked(exchange.request_id.decode()),
                    trace_id=exchange.trace_id,
                    client=self._network(scope),
                    reader=self._pseudonym(exchange.reader_id),
                    user_agent=_agent(exchange.headers.get(b"user-agent", b"")),
                )
            )


def _path(scope: Scope, route: str | None) -> str:
    if route is not None and scope["path"] == route:
        return route
    # As it was sent, percent-encoded: no control character can reach the log.
    raw = scope.get("raw_path") or scope["path"].encode("ascii", "backslashreplace")
    return masked(printable(raw))


@lru_cache(4096)
def _agent(sent: bytes) -> str:
    shown = printable(sent)
    return mask(shown) if "@" in shown else shown
