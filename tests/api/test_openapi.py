"""The OpenAPI document is complete and true, and its pages work offline."""

import json
import re
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.asgi.endpoint import READ
from api.asgi.metrics import RequestMetrics
from api.routes.every import EVERY
from api.schemas.openapi import openapi_document
from api.services import Readiness, Services
from api.settings import Settings
from core.search.request import SearchRequest

TOLD = [each for each in EVERY if not each.documented.hidden]


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(json.dumps(openapi_document(TOLD)))
    return decoded  # as clients get it


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


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for item in document["paths"].values() for each in item.values()]


def test_every_route_is_told(document: dict[str, Any]) -> None:
    routes = {
        (re.sub(r":\w+\}", "}", each.path), method.lower())
        for each in TOLD
        for method in each.methods
        if method != "HEAD"
    }

    told = {(path, method) for path, item in document["paths"].items() for method in item}

    assert told == routes


def test_get_comes_with_head() -> None:
    assert [each.path for each in EVERY if "GET" in each.methods and each.methods != READ] == []


def test_operations_have_names_of_their_own_and_a_summary(document: dict[str, Any]) -> None:
    names = [each["operationId"] for each in operations(document)]

    assert len(names) == len(set(names))
    assert all(each["summary"] for each in operations(document))


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))

    assert references <= set(schemas)


def test_search_tells_every_parameter_it_takes(document: dict[str, Any]) -> None:
    parameters = document["paths"]["/api/v1/search"]["get"]["parameters"]

    told = {each["name"]: each["schema"] for each in parameters if each["in"] == "query"}

    assert set(told) == set(SearchRequest.__struct_fields__)
    assert told["size"]["maximum"] == 100
    assert "relevance" in told["sort"]["enum"]


def test_every_tag_is_described(document: dict[str, Any]) -> None:
    used = {tag for each in operations(document) for tag in each["tags"]}

    assert used == {tag["name"] for tag in document["tags"]}


def test_protected_routes_say_so(document: dict[str, Any]) -> None:
    create = document["paths"]["/api/v1/books"]["post"]

    assert create["security"] == [
        {scheme: ["catalogue:write"]} for scheme in ("token", "cookie", "key")
    ]
    assert {"401", "403"} <= set(create["responses"])


def test_errors_are_told_as_problems(document: dict[str, Any]) -> None:
    for each in operations(document):
        for status, response in each["responses"].items():
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"]


def test_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["version"]


async def test_document_is_served(client: httpx.AsyncClient, document: dict[str, Any]) -> None:
    answer = await client.get("/api/schema/")

    assert answer.json() == document


@pytest.mark.parametrize("page", ["/api/docs/", "/api/redoc/"])
async def test_documentation_pages_load_nothing_from_elsewhere(
    client: httpx.AsyncClient, page: str
) -> None:
    answer = await client.get(page)

    sources = re.findall(r'(?:src|href|spec-url)="([^"]+)"', answer.text)
    assert answer.status_code == 200
    assert sources
    assert [source for source in sources if not source.startswith("/")] == []
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    for source in sources:
        if "/files/" in source:
            file = await client.get(source)
            assert file.status_code == 200, source
            assert len(file.content) > 100 or source.endswith("page.css"), source


async def test_swagger_ui_can_show_this_version(client: httpx.AsyncClient) -> None:
    script = await client.get("/api/docs/files/swagger-ui.js")

    assert script.headers["content-type"].startswith("text/javascript")
    assert "isOAS31" in script.text


async def test_redoc_asks_nobody_for_logos_or_reports(client: httpx.AsyncClient) -> None:
    script = await client.get("/api/docs/files/redoc.js")

    assert "disableTelemetry" in script.text
    assert not re.search(r"https://(cdn|otel)[\w.]*\.redoc", script.text)


async def test_unknown_file_of_the_pages_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/docs/files/..%2f..%2fsettings.py")

    assert answer.status_code == 404
