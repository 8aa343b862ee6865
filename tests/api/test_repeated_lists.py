"""Lists from the database are not sent again while they stand."""

from typing import Any

import pytest


@pytest.mark.parametrize("kind", ["authors", "categories", "publishers", "series"])
async def test_list_of_names_that_stands_is_not_sent_again(shop: Any, kind: str) -> None:
    first = await shop.client.get(f"/api/v1/{kind}")

    again = await shop.client.get(
        f"/api/v1/{kind}", headers={"if-none-match": first.headers["etag"]}
    )

    assert again.status_code == 304
    assert again.content == b""


async def test_list_of_names_is_sent_anew_once_it_changed(shop: Any) -> None:
    before = await shop.client.get("/api/v1/authors")
    await shop.client.post(
        "/api/v1/authors", json={"name": "Mary Shelley"}, headers=shop.signed_in("staff")
    )

    after = await shop.client.get(
        "/api/v1/authors", headers={"if-none-match": before.headers["etag"]}
    )

    assert after.status_code == 200
    assert after.headers["etag"] != before.headers["etag"]


async def test_reviews_that_stand_are_not_sent_again(shop: Any) -> None:
    address = f"/api/v1/books/{shop.ids['Emma']}/reviews"
    first = await shop.client.get(address)

    again = await shop.client.get(address, headers={"if-none-match": first.headers["etag"]})

    assert again.status_code == 304
