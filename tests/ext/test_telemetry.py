"""Spans reach a collector."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from ext.telemetry import traces_url


class Collector:
    """Keeps the requests that an OTLP exporter sends."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bytes]] = []
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                received.append((self.path, body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *arguments: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


# The SDK's provider is set once a process: another process is the test's.
SEND = """
import sys
from ext.telemetry import open_telemetry
telemetry = open_telemetry(sys.argv[1])
telemetry.tracer.start_span("GET /livez").end()
telemetry.close()
"""

WITHOUT_SDK = """
import sys
sys.modules["opentelemetry.sdk"] = None
sys.modules["opentelemetry.exporter"] = None
from ext.telemetry import TelemetryMissing, open_telemetry
try:
    open_telemetry("http://collector:4318")
except TelemetryMissing as error:
    print(error.detail, error.remedy)
"""


def test_spans_are_sent_to_the_collector_before_the_end(collector: Collector) -> None:
    subprocess.run([sys.executable, "-c", SEND, collector.url], check=True, timeout=300)

    [(path, body)] = collector.received
    sent = ExportTraceServiceRequest.FromString(body)
    names = [
        span.name
        for resource in sent.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    services = [
        attribute.value.string_value
        for resource in sent.resource_spans
        for attribute in resource.resource.attributes
        if attribute.key == "service.name"
    ]
    assert path == "/v1/traces"
    assert names == ["GET /livez"]
    assert services == ["bookwheel"]


def test_missing_extra_is_told_with_the_remedy() -> None:
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT_SDK], check=True, timeout=300, capture_output=True, text=True
    )

    assert "BOOKWHEEL_OTLP_ENDPOINT=http://collector:4318" in told.stdout
    assert "pip install 'bookwheel[otlp]'" in told.stdout


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("http://c:4318", "http://c:4318/v1/traces"),
        ("http://c:4318/", "http://c:4318/v1/traces"),
        ("http://c/otlp/v1/traces", "http://c/otlp/v1/traces"),
    ],
)
def test_endpoint_is_a_base_address_or_that_of_traces(endpoint: str, url: str) -> None:
    assert traces_url(endpoint) == url
