"""One HTTP worker: `python -m api.worker --fd N` accepts on a listening socket it inherits."""

import argparse
import asyncio
import json
import logging
import signal
import socket
import sys
from datetime import UTC, datetime

from api.processes import die_with_parent, raise_file_limit, rest_collector, settle_collector
from api.settings import Settings, load
from core.privacy.masking import mask, mask_traceback

DRAIN_SECONDS = 15
# How long a connection may idle: longer than common proxies keep theirs (60 s).
KEEP_ALIVE_SECONDS = 75


def main() -> None:
    """Serve until SIGTERM or SIGINT, then answer what was begun and end with status 0."""
    arguments = argparse.ArgumentParser(prog="python -m api.worker", description=__doc__)
    arguments.add_argument("--fd", type=int, required=True, help="the listening socket")
    given = arguments.parse_args()
    rest_collector()
    die_with_parent()
    raise_file_limit()
    settings, _ = load()
    configure_logging(settings.log_level)
    listening = socket.socket(fileno=given.fd)
    run(settings, listening)


def run(settings: Settings, listening: socket.socket) -> None:
    import uvloop  # noqa: PLC0415 - not before the settings are known to be good

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, listening))


async def serve(settings: Settings, listening: socket.socket) -> None:
    import uvicorn  # noqa: PLC0415 - nor these

    from api.app import create_app  # noqa: PLC0415
    from api.asgi.access_log import AccessLog  # noqa: PLC0415
    from api.asgi.metrics import adopt_dead_workers  # noqa: PLC0415
    from api.asgi.protocol import BoundedHttpProtocol  # noqa: PLC0415
    from api.wiring.serving import metrics_folder, services, tracing  # noqa: PLC0415

    adopt_dead_workers(metrics_folder(settings))
    log = AccessLog() if settings.access_log and settings.log_level in {"debug", "info"} else None
    with tracing(settings) as traced:
        async with services(settings) as served:
            server = uvicorn.Server(
                uvicorn.Config(
                    create_app(served, tracing=traced, log=log),
                    http=BoundedHttpProtocol,
                    ws="none",
                    lifespan="off",
                    log_config=None,
                    access_log=False,
                    server_header=False,
                    proxy_headers=False,
                    timeout_keep_alive=KEEP_ALIVE_SECONDS,
                    timeout_graceful_shutdown=DRAIN_SECONDS,
                )
            )
            end_on_signals(server)
            settle_collector()
            await server.serve(sockets=[listening])
    if log is not None:
        log.close()


def end_on_signals(server: object) -> None:
    """Let SIGTERM and SIGINT end the server alone, also before it listens for them itself."""

    def end(number: int, frame: object) -> None:
        server.should_exit = True  # type: ignore[attr-defined] # uvicorn.Server, imported late

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)


class JsonLines(logging.Formatter):
    """One JSON object a record, so that what goes wrong can be read beside the access log.

    Persons, tokens and passwords are masked, also in tracebacks, which quote values.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": mask(record.getMessage()),
        }
        if record.exc_info:
            line["traceback"] = mask_traceback(self.formatException(record.exc_info))
        return json.dumps(line)


def configure_logging(level: str) -> None:
    """Records go to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("uvicorn").setLevel("WARNING")


if __name__ == "__main__":
    main()
