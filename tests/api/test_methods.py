"""What methods an address takes, told alike by OPTIONS and by a refusal."""

from typing import Any

import pytest

ADDRESSES = (
    ("/api/v1/search", {"GET", "HEAD", "OPTIONS", "POST", "QUERY"}),
    ("/api/v1/books", {"GET", "HEAD", "OPTIONS", "POST"}),
    ("/api/v1/books/bestsellers", {"GET", "HEAD", "OPTIONS"}),
    ("/api/v1/books/some-id/", {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "PUT"}),
    ("/api/v1/books/some-id/reviews/another-id", {"DELETE", "OPTIONS", "PUT"}),
    ("/livez", {"GET", "HEAD", "OPTIONS"}),
)


@pytest.mark.parametrize(("address", "methods"), ADDRESSES)
async def test_options_lists_every_method_of_an_address(
    shop: Any, address: str, methods: set[str]
) -> None:
    answer = await shop.client.options(address)

    assert answer.status_code == 204
    assert set(answer.headers["allow"].split(", ")) == methods


@pytest.mark.parametrize(("address", "methods"), ADDRESSES)
async def test_refused_method_is_told_the_same_methods(
    shop: Any, address: str, methods: set[str]
) -> None:
    answer = await shop.client.request("TRACE", address)

    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == methods


async def test_options_of_nothing_is_not_found(shop: Any) -> None:
    answer = await shop.client.options("/api/v1/nothing")

    assert answer.status_code == 404


@pytest.mark.parametrize("method", ["OPTIONS", "QUERY", "POST"])
async def test_search_tells_what_a_query_may_be_written_in(shop: Any, method: str) -> None:
    body = {"q": "dune"} if method in {"QUERY", "POST"} else None
    answer = await shop.client.request(method, "/api/v1/search", json=body)

    assert answer.headers["accept-query"] == '"application/json"'


async def test_a_query_in_another_format_is_told_the_right_one(shop: Any) -> None:
    answer = await shop.client.request(
        "QUERY", "/api/v1/search", content="q=dune", headers={"content-type": "text/plain"}
    )

    assert answer.status_code == 415
    assert answer.headers["accept-query"] == '"application/json"'
