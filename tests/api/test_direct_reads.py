"""Reads found by their path alone are those that Litestar finds."""

import asyncio
import re
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar import Litestar
from litestar.exceptions import HTTPException

from api.asgi.direct import DirectReads
from api.asgi.endpoint import options_of
from api.asgi.failures import litestar_failure
from api.asgi.types import App, Message, Receive, Scope, Send
from api.routes.every import EVERY

DECLARED = [*options_of(EVERY), *EVERY]
SEGMENTS = sorted({part for each in DECLARED for part in each.path.split("/") if "{" not in part})
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
parts = st.sampled_from([*SEGMENTS, "7", "%20", "a b", "é", "{book_id:str}", ".", "*"])
known = st.sampled_from([each.path for each in DECLARED]).flatmap(
    lambda path: st.tuples(
        *(parts if "{" in part else st.just(part) for part in path.split("/"))
    ).map("/".join)
)
drawn = st.lists(parts, min_size=1, max_size=6).map(lambda made: "/" + "/".join(made))
paths = known | drawn | known.map(lambda path: path + "/")


def recorder(name: str) -> App:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        scope["answered"].append((name, scope["path_template"], dict(scope.get("path_params", {}))))

    return answer


ANSWERS = [(each, recorder(f"{each.name} {each.path} {each.methods}")) for each in DECLARED]
LITESTAR = cast(
    "App",
    Litestar(
        [each.handler(answer) for each, answer in ANSWERS],
        exception_handlers={Exception: litestar_failure},
        openapi_config=None,
        logging_config=None,
    ),
)


async def receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(message: Message) -> None:
    raise AssertionError("recorders answer nothing")


def answered(app: App, method: str, path: str) -> Any:
    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": b"", "headers": [], "client": None, "server": None, "state": {},
        "answered": [],
    }  # fmt: skip

    async def run() -> None:
        await app(scope, receive, send)

    try:
        asyncio.run(run())
    except HTTPException as error:
        return type(error), error.status_code
    return scope["answered"]


@settings(max_examples=1000)
@given(path=paths, method=st.sampled_from(METHODS))
def test_what_is_found_directly_is_what_litestar_finds(path: str, method: str) -> None:
    direct = DirectReads(LITESTAR, ((each.path, each.methods, made) for each, made in ANSWERS))

    assert answered(direct, method, path) == answered(LITESTAR, method, path)


@pytest.mark.parametrize("path", sorted({each.path for each in EVERY if "GET" in each.methods}))
def test_reads_do_not_need_litestar(path: str) -> None:
    asked: list[str] = []

    async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope["path"])

    direct = DirectReads(elsewhere, ((each.path, each.methods, made) for each, made in ANSWERS))
    answered(direct, "GET", re.sub(r"\{\w+:\w+\}", "7", path))

    assert bool(asked) == path.startswith("/assets/")  # its parameter is the rest of the path
