"""The floor under HTTP: a Litestar handler that returns bytes it has, on the workers' own server.

`python -m benchmarks.static_server --fd N --bodies FILE` accepts on a listening socket.
"""

import argparse
import asyncio
import json
import socket
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import uvicorn
import uvloop
from litestar import Litestar, Response, get
from litestar.handlers import HTTPRouteHandler

from api.asgi.protocol import BoundedHttpProtocol
from api.processes import settle_collector
from api.worker import KEEP_ALIVE_SECONDS


def handler(path: str, bodies: Sequence[str]) -> HTTPRouteHandler:
    """Answers with one body after the other; a body of "" with the status 304."""
    turns = cycle([body.encode() for body in bodies])

    @get(path, name=path)
    async def static() -> Response[bytes]:
        body = next(turns)
        if not body:
            return Response(b"", status_code=304)
        return Response(body, media_type="application/json")

    return static


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.static_server")
    arguments.add_argument("--fd", type=int, required=True)
    arguments.add_argument("--bodies", type=Path, required=True, help="JSON: path to its bodies")
    given = arguments.parse_args()
    bodies: dict[str, list[str]] = json.loads(given.bodies.read_text())
    app = Litestar(
        [handler(path, texts) for path, texts in bodies.items()],
        openapi_config=None,
        logging_config=None,
    )
    config = uvicorn.Config(
        app,
        http=BoundedHttpProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    settle_collector()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(uvicorn.Server(config).serve(sockets=[socket.socket(fileno=given.fd)]))


if __name__ == "__main__":
    main()
