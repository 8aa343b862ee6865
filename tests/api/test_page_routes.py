"""The storefront's files over HTTP."""

from typing import Any

import httpx
import pytest

from api.app import create_app
from api.asgi.metrics import RequestMetrics
from api.routes.pages import page_files
from api.services import Readiness, Services
from api.settings import Settings


@pytest.fixture
def client(metrics: RequestMetrics) -> httpx.AsyncClient:
    services = Services(
        Settings(),
        verify=lambda token: pytest.fail("nobody signs in here"),
        readiness=lambda: Readiness("ready"),
        metrics=metrics,
    )
    transport = httpx.ASGITransport(create_app(services))
    return httpx.AsyncClient(transport=transport, base_url="http://shop.test")


async def test_front_page_runs_scripts_of_its_own_alone(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")

    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in policy
    assert "unsafe-inline" not in policy


async def test_every_file_of_the_page_is_served_and_tagged(client: httpx.AsyncClient) -> None:
    for name in page_files():
        answer = await client.get(f"/assets/{name}")
        again = await client.get(
            f"/assets/{name}", headers={"if-none-match": answer.headers["etag"]}
        )
        assert (answer.status_code, again.status_code) == (200, 304), name


@pytest.mark.parametrize(
    "path", ["/assets/", "/assets/nothing.js", "/assets/../index.html", "/assets/%2e%2e/x", "/x"]
)
async def test_unknown_file_is_a_problem(client: httpx.AsyncClient, path: str) -> None:
    answer: Any = await client.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
