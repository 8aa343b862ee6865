"""An event told to one worker process counts at the next request to another."""

import asyncio
import shutil
import time
from typing import Any
from uuid import UUID

import httpx
import pytest
from msgspec.structs import replace

from api.readers import KEPT_SECONDS
from core.kernel.ids import new_id
from tests.valkey_server import ValkeyServer

RECOMMENDED = "/api/v1/books/recommended"


@pytest.fixture
async def two(shop: Any, serving: Any) -> list[httpx.AsyncClient]:
    clients: list[httpx.AsyncClient] = await serving(shop.settings, 2)
    return clients


async def shown(client: httpx.AsyncClient, headers: dict[str, str]) -> list[str]:
    answer = await client.get(RECOMMENDED, headers=headers)
    return [book["id"] for book in answer.json()["results"]]


async def registered(client: httpx.AsyncClient, name: str = "anne") -> dict[str, str]:
    account = {"email": f"{name}@kellynch.example", "password": "a second spring"}
    answer = await client.post("/api/v1/auth/register", json=account)
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def buy(client: httpx.AsyncClient, headers: dict[str, str], book: UUID) -> int:
    batch = {"events": [{"id": str(new_id()), "kind": "purchase", "book_id": str(book)}]}
    answer = await client.post("/api/v1/events", json=batch, headers=headers)
    return answer.status_code


async def test_purchase_told_to_one_worker_counts_at_the_other_at_once(
    shop: Any, two: list[httpx.AsyncClient]
) -> None:
    one, other = two
    headers = await registered(one)
    bought = shop.ids["Dune"]
    before = await shown(other, headers)

    told = await buy(one, headers, bought)
    after = await shown(other, headers)

    assert told == 202
    assert str(bought) in before
    assert str(bought) not in after


async def test_node_that_shares_a_valkey_hears_of_a_purchase_before_it_would_look(
    shop: Any, serving: Any, valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = shutil.copytree(shop.settings.data_dir, tmp_path_factory.mktemp("node") / "data")
    here = replace(shop.settings, valkey_url=valkey.url, valkey_ms=60_000)
    (one,), (other,) = await serving(here), await serving(replace(here, data_dir=folder))

    async def seconds_until_known(reader: dict[str, str], book: UUID) -> float:
        """From before the other node has looked at what it keeps."""
        began = time.monotonic()
        assert str(book) in await shown(other, reader)
        await buy(one, reader, book)
        while str(book) in await shown(other, reader):  # noqa: ASYNC110 # Valkey tells the node
            await asyncio.sleep(0.01)  # more than 300 questions in 10 s are refused
        return time.monotonic() - began

    # A busy machine takes its time over one purchase or another.
    for attempt in range(20):
        reader = await registered(one, f"reader-{attempt}")
        taken = [await seconds_until_known(reader, book) for book in shop.ids.values()]
        if min(taken) < KEPT_SECONDS:
            return
    pytest.fail("no purchase was known sooner than without Valkey")
