"""What methods an address takes, told alike by OPTIONS and by a refusal."""

from typing import Any

import pytest

ADDRESSES = (
    ("/api/v1/search", {"GET", "HEAD", "OPTIONS", "POST"}),
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
