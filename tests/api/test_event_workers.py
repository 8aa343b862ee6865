"""An event told to one worker process counts at the next request to another."""

from typing import Any

import httpx
import pytest

from core.kernel.ids import new_id

RECOMMENDED = "/api/v1/books/recommended"


@pytest.fixture
async def two(shop: Any, serving: Any) -> list[httpx.AsyncClient]:
    clients: list[httpx.AsyncClient] = await serving(shop.settings, 2)
    return clients


async def shown(client: httpx.AsyncClient, headers: dict[str, str]) -> list[str]:
    answer = await client.get(RECOMMENDED, headers=headers)
    return [book["id"] for book in answer.json()["results"]]


async def test_purchase_told_to_one_worker_counts_at_the_other_at_once(
    shop: Any, two: list[httpx.AsyncClient]
) -> None:
    one, other = two
    account = {"email": "anne@kellynch.example", "password": "a second spring"}
    signed_in = (await one.post("/api/v1/auth/register", json=account)).json()
    headers = {"authorization": f"Bearer {signed_in['access_token']}"}
    bought = str(shop.ids["Dune"])
    before = await shown(other, headers)

    batch = {"events": [{"id": str(new_id()), "kind": "purchase", "book_id": bought}]}
    told = await one.post("/api/v1/events", json=batch, headers=headers)
    after = await shown(other, headers)

    assert told.status_code == 202
    assert bought in before
    assert bought not in after
