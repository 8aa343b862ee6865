"""What a request leaves behind: a line, a count, a span."""

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.asgi.access_log import AccessLog
from api.asgi.answer import Answer
from api.asgi.endpoint import endpoint
from api.asgi.request import Request
from api.asgi.tracing import Tracing
from api.routes.every import EVERY

TRACE = "0af7651916cd43dd8448eb211c80319c"


@endpoint("GET", "/inner", tag="test", may="docs:read")
async def inner(request: Request) -> Answer:
    """Makes a span of its own."""
    with trace.get_tracer_provider().get_tracer("inner").start_as_current_span("work"):
        here = trace.get_current_span().get_span_context().trace_id
    return Answer(f"{here:032x}".encode())


class Observed:
    """A client, the lines its requests wrote, the spans they made."""

    def __init__(self, shop: Any, file: Path) -> None:
        self.file = file
        self.spans = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.spans))
        self._descriptor = os.open(file, os.O_WRONLY | os.O_CREAT)
        self.log = AccessLog(self._descriptor, seconds=60)
        app = create_app(
            shop.services,
            tracing=Tracing(provider.get_tracer("test"), ratio=0.0),
            log=self.log,
            endpoints=(*EVERY, inner),
        )
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://shop.test"
        )

    def lines(self) -> list[dict[str, Any]]:
        """Ends the log: call it once, last."""
        self.log.close()
        os.close(self._descriptor)
        return [json.loads(line) for line in self.file.read_text().splitlines()]


@pytest.fixture
async def observed(shop: Any, tmp_path: Path) -> AsyncIterator[Observed]:
    made = Observed(shop, tmp_path / "access.log")
    yield made
    await made.client.aclose()
    made.log.close()


async def test_line_tells_of_the_request(shop: Any, observed: Observed) -> None:
    await observed.client.get(
        f"/api/v1/books/{shop.ids['Emma']}",
        headers={"x-request-id": "call-1", "user-agent": "reader/1.0"},
    )

    [line] = observed.lines()
    assert line["level"] == "info"
    assert line["method"] == "GET"
    assert line["path"] == f"/api/v1/books/{shop.ids['Emma']}"
    assert line["route"] == "/api/v1/books/{book_id}"
    assert line["status"] == 200
    assert line["duration_ms"] > 0
    assert line["bytes"] > 100
    assert line["request_id"] == "call-1"
    assert line["user_agent"] == "reader/1.0"
    assert "reader" not in line
    assert line["time"].endswith("Z")


async def test_line_names_reader_and_trace_where_they_are_known(
    shop: Any, observed: Observed
) -> None:
    headers = shop.signed_in("reader")

    await observed.client.get(
        "/api/v1/books/recommended",
        headers={**headers, "traceparent": f"00-{TRACE}-b7ad6b7169203331-00"},
    )

    [line] = observed.lines()
    reader_id = str(shop.tokens.verify(headers["authorization"][7:].encode()).reader_id)
    assert line["reader"] == shop.services.pseudonym(reader_id)
    assert reader_id not in str(line)
    assert line["trace_id"] == TRACE


async def test_hostile_request_stays_one_line_of_printable_text(observed: Observed) -> None:
    await observed.client.get("/%0a%1b[31m", headers={"user-agent": "\x1b]0;x\x07" + "y" * 5000})

    [line] = observed.lines()
    assert line["route"] is None
    assert line["user_agent"].isprintable()
    assert len(line["user_agent"]) < 2000
    assert line["path"].isprintable()


async def test_query_is_not_logged(observed: Observed) -> None:
    await observed.client.get("/api/v1/search", params={"q": "my secret wish"})

    [line] = observed.lines()
    assert "secret" not in json.dumps(line)


async def test_requests_are_counted_by_route_and_not_by_address(
    shop: Any, observed: Observed
) -> None:
    for title in ("Emma", "Dune"):
        await observed.client.get(f"/api/v1/books/{shop.ids[title]}")
    await observed.client.get("/nothing/at/all")

    answer = await observed.client.get("/metrics")

    samples = {
        (sample.name, sample.labels["method"], sample.labels["route"], sample.labels["status"]): (
            sample.value
        )
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if "route" in sample.labels and "le" not in sample.labels
    }
    book = "/api/v1/books/{book_id}"
    assert samples["http_server_request_duration_seconds_count", "GET", book, "200"] == 2
    assert samples["http_server_request_duration_seconds_count", "GET", "unmatched", "404"] == 1
    assert 0 < samples["http_server_request_duration_seconds_sum", "GET", book, "200"] < 60


async def test_span_continues_the_trace_and_is_the_parent_of_what_is_done(
    observed: Observed,
) -> None:
    answer = await observed.client.get(
        "/inner", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    )

    (span,) = observed.spans.get_finished_spans()
    assert f"{span.context.trace_id:032x}" == TRACE
    assert span.name == "GET /inner"
    assert answer.text == TRACE


async def test_request_without_a_trace_is_not_recorded_at_ratio_zero(observed: Observed) -> None:
    await observed.client.get("/livez")

    assert observed.spans.get_finished_spans() == ()


async def test_query_method_is_logged_as_it_was_sent(observed: Observed) -> None:
    await observed.client.request("QUERY", "/api/v1/search", json={"q": "emma"})

    [line] = observed.lines()
    assert (line["method"], line["status"], line["route"]) == ("QUERY", 200, "/api/v1/search")
