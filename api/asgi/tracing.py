"""W3C trace context and one server span a request, made only for requests that are recorded."""

import random
import re
from collections.abc import Callable

from opentelemetry import context, trace
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
)

from core.privacy.masking import mask

# Version 00 has exactly four fields; later versions may append more. Source: W3C Trace Context §3.2
_TRACEPARENT = re.compile(
    rb"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?"
)
_LONGEST = 512


class TraceParent:
    """The caller's place in a trace: ids in lower-case hex, and whether it is recorded."""

    __slots__ = ("sampled", "span_id", "trace_id")

    def __init__(self, trace_id: bytes, span_id: bytes, *, sampled: bool) -> None:
        self.trace_id = trace_id
        self.span_id = span_id
        self.sampled = sampled


def parse_traceparent(header: bytes) -> TraceParent | None:
    """Read a traceparent header; None where it breaks the form, as the standard asks."""
    if len(header) > _LONGEST or not (found := _TRACEPARENT.fullmatch(header)):
        return None
    if header.startswith(b"00") and len(header) != 55:
        return None
    trace_id, span_id, flags = found.groups()
    return TraceParent(trace_id, span_id, sampled=bool(int(flags, 16) & 1))


class Tracing:
    """Starts a span where the caller's trace is recorded, or where the coin says so.

    tracer: None records nothing. ratio: share of requests without a caller's trace, 0 to 1.
    The coin is flipped before the SDK is asked: an unrecorded span costs nothing but the flip.
    """

    def __init__(
        self, tracer: Tracer | None, ratio: float, coin: Callable[[], float] = random.random
    ) -> None:
        self._tracer = tracer
        self._ratio = ratio
        self._coin = coin

    def start(self, method: str, path: str, parent: TraceParent | None) -> Span | None:
        if self._tracer is None:
            return None
        if parent is not None:
            return self._span(self._tracer, method, path, parent) if parent.sampled else None
        return self._span(self._tracer, method, path, None) if self._coin() < self._ratio else None

    @staticmethod
    def _span(tracer: Tracer, method: str, path: str, parent: TraceParent | None) -> Span:
        around = context.Context()
        if parent is not None:
            remote = SpanContext(
                int(parent.trace_id, 16),
                int(parent.span_id, 16),
                is_remote=True,
                trace_flags=TraceFlags(TraceFlags.SAMPLED),
            )
            around = trace.set_span_in_context(NonRecordingSpan(remote), around)
        return tracer.start_span(
            method,
            context=around,
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method, "url.path": mask(path)},
        )


def finish(span: Span, method: str, route: str, status: int) -> None:
    """Name the span by its route and end it; only 5xx are errors of a server."""
    if route:
        span.update_name(f"{method} {route}")
        span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))
        span.set_attribute("error.type", str(status))
    span.end()


def trace_id_of(span: Span) -> str:
    """The span's trace as 32 hex digits."""
    return f"{span.get_span_context().trace_id:032x}"
