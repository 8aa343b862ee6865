"""traceparent is honoured, and only recorded requests make a span."""

from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from api.asgi.tracing import Tracing, finish, parse_traceparent, trace_id_of

TRACE = b"0af7651916cd43dd8448eb211c80319c"
SPAN = b"b7ad6b7169203331"
RECORDED = b"00-%b-%b-01" % (TRACE, SPAN)


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(spans: InMemorySpanExporter) -> Any:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return provider.get_tracer("test")


def test_traceparent_is_read() -> None:
    parent = parse_traceparent(RECORDED)

    assert parent is not None
    assert (parent.trace_id, parent.span_id, parent.sampled) == (TRACE, SPAN, True)


def test_traceparent_of_a_later_version_may_say_more() -> None:
    parent = parse_traceparent(b"01-%b-%b-00-later" % (TRACE, SPAN))

    assert parent is not None
    assert not parent.sampled


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"00",
        RECORDED + b"-more",
        RECORDED.upper(),
        b"ff-%b-%b-01" % (TRACE, SPAN),
        b"00-%b-%b-01" % (b"0" * 32, SPAN),
        b"00-%b-%b-01" % (TRACE, b"0" * 16),
        b"01-%b-%b-01-%b" % (TRACE, SPAN, b"x" * 600),
    ],
)
def test_malformed_traceparent_is_passed_over(header: bytes) -> None:
    assert parse_traceparent(header) is None


def test_recorded_trace_is_continued(tracer: Any, spans: InMemorySpanExporter) -> None:
    tracing = Tracing(tracer, ratio=0.0)

    span = tracing.start("GET", "/api/v1/search", parse_traceparent(RECORDED))
    assert span is not None
    finish(span, "GET", "/api/v1/search", 200)

    (finished,) = spans.get_finished_spans()
    assert trace_id_of(span).encode() == TRACE
    assert finished.parent is not None
    assert finished.parent.span_id == int(SPAN, 16)
    assert finished.kind is SpanKind.SERVER
    assert finished.name == "GET /api/v1/search"
    assert finished.attributes == {
        "http.request.method": "GET",
        "url.path": "/api/v1/search",
        "http.route": "/api/v1/search",
        "http.response.status_code": 200,
    }


def test_unrecorded_trace_makes_no_span(tracer: Any) -> None:
    parent = parse_traceparent(b"00-%b-%b-00" % (TRACE, SPAN))

    assert Tracing(tracer, ratio=1.0).start("GET", "/", parent) is None


@pytest.mark.parametrize(("coin", "started"), [(0.009, True), (0.01, False)])
def test_coin_decides_where_no_trace_came(tracer: Any, coin: float, started: bool) -> None:
    tracing = Tracing(tracer, ratio=0.01, coin=lambda: coin)

    assert (tracing.start("GET", "/", None) is not None) is started


def test_nothing_is_recorded_without_a_tracer() -> None:
    assert Tracing(None, ratio=1.0).start("GET", "/", parse_traceparent(RECORDED)) is None


def test_server_error_marks_the_span(tracer: Any, spans: InMemorySpanExporter) -> None:
    span = Tracing(tracer, ratio=1.0).start("GET", "/", None)
    assert span is not None

    finish(span, "GET", "/", 503)

    (finished,) = spans.get_finished_spans()
    assert finished.status.status_code is StatusCode.ERROR
