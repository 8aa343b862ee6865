"""If-Match names the version that a change was made from."""

from typing import Any

import pytest


@pytest.mark.parametrize("given", ["", "*", " * "])
async def test_change_that_names_no_version_is_asked_for_one(shop: Any, given: str) -> None:
    address = f"/api/v1/books/{shop.ids['Dune']}"
    headers = {**shop.signed_in("staff"), "if-match": given}

    answer = await shop.client.patch(address, json={"title": "Done"}, headers=headers)

    assert answer.status_code == 428
    assert answer.json()["type"] == "/problems/precondition-required"
    assert "If-Match" in answer.json()["detail"]


async def test_tag_weakened_by_a_proxy_still_names_its_version(shop: Any) -> None:
    address = f"/api/v1/books/{shop.ids['Dune']}"
    headers = {**shop.signed_in("staff"), "if-match": 'W/"1"'}

    answer = await shop.client.patch(address, json={"title": "Done"}, headers=headers)

    assert answer.status_code == 200
