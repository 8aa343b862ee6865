"""Errors as answers: one table, nothing internal told."""

import logging
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.asgi.answer import Answer
from api.asgi.body import pointer_of
from api.asgi.endpoint import endpoint
from api.asgi.metrics import RequestMetrics
from api.asgi.request import Request
from api.problems import KINDS, kind_of
from api.routes.every import EVERY
from api.services import Readiness, Services
from api.settings import Settings
from core.kernel import errors


@endpoint("GET", "/broken", tag="test", may="docs:read")
async def broken(request: Request) -> Answer:
    """Fails in a way that nobody foresaw."""
    raise RuntimeError("the password is swordfish")


@endpoint("GET", "/torn", tag="test", may="docs:read")
async def torn(request: Request) -> Answer:
    """Fails when the answer has begun."""
    answer = Answer(b"half")
    answer.body = None  # type: ignore[assignment]
    return answer


class OutOfStock(errors.Conflict): ...


@pytest.fixture
def services(metrics: RequestMetrics) -> Services:
    return Services(
        Settings(),
        verify=lambda token: pytest.fail("nobody signs in here"),
        readiness=lambda: Readiness("not ready", {"database": "refused", "index": "none yet"}),
        metrics=metrics,
    )


@pytest.fixture
def client(services: Services) -> httpx.AsyncClient:
    app = create_app(services, endpoints=(*EVERY, broken, torn))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop.test")


def test_every_error_of_the_core_has_a_kind() -> None:
    classes = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.BookwheelError)
    ]

    unknown = [cls for cls in classes[1:] if kind_of(cls("detail")).name == "internal"]

    assert unknown == []


def test_kinds_are_told_apart_by_name() -> None:
    names = [kind.name for kind in KINDS.values()]

    assert len(names) == len(set(names))


def test_error_without_a_row_takes_its_ancestors() -> None:
    assert kind_of(OutOfStock("none left")).name == "conflict"


async def test_unknown_address_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/nothing")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/no-such-route"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_method_that_is_not_there_lists_those_that_are(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/api/v1/search")

    assert answer.status_code == 405
    assert {"GET", "HEAD", "POST"} <= set(answer.headers["allow"].split(", "))
    assert answer.json()["type"] == "/problems/method-not-allowed"


async def test_what_nobody_foresaw_tells_nothing_internal(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "bookwheel.http"):
        answer = await client.get("/broken", headers={"x-request-id": "call-7"})

    assert answer.status_code == 500
    assert "swordfish" not in answer.text
    assert answer.json()["request_id"] == "call-7"
    [record] = caplog.records
    assert "call-7" in record.getMessage()
    assert record.exc_info is not None


async def test_answer_that_breaks_off_is_not_mended(client: httpx.AsyncClient) -> None:
    with pytest.raises(Exception, match="after response started"):
        await client.get("/torn")


async def test_problem_explains_itself_at_its_type(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/nothing")

    explained = await client.get(answer.json()["type"])

    assert explained.json()["status"] == 404
    assert explained.json()["title"] == answer.json()["title"]


async def test_every_problem_is_listed(client: httpx.AsyncClient) -> None:
    answer = await client.get("/problems")

    assert {kind["type"] for kind in answer.json()} == {kind.type for kind in KINDS.values()}


@pytest.mark.parametrize("path", ["/readyz", "/startupz", "/health/ready/", "/api/v1/healthcheck"])
async def test_readiness_names_what_is_missing(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 503
    assert "database: refused" in answer.json()["detail"]
    assert "index: none yet" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/livez", "/health/", "/health"])
async def test_process_is_alive_whatever_is_missing(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 200
    assert answer.json() == {"status": "alive"}


async def test_stores_that_are_not_known_yet_are_unavailable(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/books")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"


async def test_every_answer_names_its_request_and_forbids_sniffing(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/livez", headers={"x-request-id": "call-8"})

    assert answer.headers["x-request-id"] == "call-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("", ""),
        (".title", "/title"),
        (".authors[0].name", "/authors/0/name"),
        (".a/b", "/a~1b"),
        ("[3]", "/3"),
    ],
)
def test_places_are_told_as_json_pointers(path: str, pointer: str) -> None:
    assert pointer_of(path) == pointer


async def test_foreign_host_is_misdirected_where_hosts_are_named(services: Services) -> None:
    services.settings = Settings(allowed_hosts=("shop.test", "*.example.org"))
    transport = httpx.ASGITransport(create_app(services))
    statuses: dict[str, Any] = {}

    async with httpx.AsyncClient(transport=transport) as asking:
        for host in ("shop.test", "shop.test:8000", "a.example.org", "evil.test", "example.org"):
            answer = await asking.get(f"http://{host}/problems")
            statuses[host] = answer.status_code
        probe = await asking.get("http://10.0.0.7:8000/livez")

    assert statuses == {
        "shop.test": 200,
        "shop.test:8000": 200,
        "a.example.org": 200,
        "evil.test": 421,
        "example.org": 421,
    }
    assert probe.status_code == 200
