"""OpenTelemetry's SDK, set up to send spans to a collector; an extra that may be missing."""

from collections.abc import Callable
from importlib.metadata import version

from msgspec import Struct
from opentelemetry import trace
from opentelemetry.trace import Tracer

from core.kernel.errors import BookwheelError

EXTRA = "bookwheel[otlp]"


class TelemetryMissing(BookwheelError): ...


class Telemetry(Struct, frozen=True):
    """close: sends what is still held, for at most a few seconds."""

    tracer: Tracer
    close: Callable[[], None]


def open_telemetry(endpoint: str) -> Telemetry:
    """Send spans to the collector at endpoint (OTLP over HTTP), in batches, from a thread.

    Every span that is started is sent: whether to start one is decided before, see
    `api.asgi.tracing`. Raises TelemetryMissing when the extra is not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - optional
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - optional
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - optional
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - optional
    except ImportError as error:
        raise TelemetryMissing(
            f"BOOKWHEEL_OTLP_ENDPOINT={endpoint} is set, but OpenTelemetry's SDK is not installed",
            remedy=f"pip install '{EXTRA}', or unset it",
        ) from error
    resource = Resource.create(
        {"service.name": "bookwheel", "service.version": version("bookwheel")}
    )
    provider = TracerProvider(resource=resource)
    exporter = OTLPSpanExporter(endpoint=traces_url(endpoint), timeout=5)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return Telemetry(provider.get_tracer("bookwheel", version("bookwheel")), provider.shutdown)


def traces_url(endpoint: str) -> str:
    """A collector's base address with the path of traces, as the specification has it."""
    base = endpoint.rstrip("/")
    return base if base.endswith("/v1/traces") else f"{base}/v1/traces"
