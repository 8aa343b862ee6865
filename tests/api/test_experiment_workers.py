"""Experiments over worker processes: one assignment everywhere and after every start."""

import asyncio
from typing import Any

import httpx
import pytest

from core.kernel.ids import new_id

EXPERIMENTS = "/api/v1/experiments"
RECOMMENDED = "/api/v1/books/recommended"
DRAFT = {
    "name": "bolder shelf",
    "surface": "recommended",
    "variants": [{"name": "as is"}, {"name": "bold", "mix": {"personal": 1.0}}],
}


async def shown(client: httpx.AsyncClient, headers: dict[str, str]) -> str:
    answer = await client.get(RECOMMENDED, headers=headers)
    return str(answer.headers.get("experiment", ""))


async def everywhere(clients: list[httpx.AsyncClient], shop: Any, *, runs: bool) -> None:
    """Until each worker knows whether the experiment runs."""
    somebody = shop.signed_in("reader")
    async with asyncio.timeout(300):
        for client in clients:
            while True:
                if bool(await shown(client, somebody)) == runs:
                    break
                await asyncio.sleep(0.02)


async def test_assignment_is_the_same_at_every_worker_and_after_a_start(
    shop: Any, serving: Any
) -> None:
    clients = await serving(shop.settings, 2)
    staff = shop.signed_in("staff")
    await clients[0].post(EXPERIMENTS, json=DRAFT, headers=staff)
    readers = [shop.signed_in("reader") for _ in range(24)]
    await everywhere(clients, shop, runs=True)
    one, other = [[await shown(client, each) for each in readers] for client in clients]

    [started] = await serving(shop.settings, 1)
    await everywhere([started], shop, runs=True)
    later = [await shown(started, each) for each in readers]

    assert one == other == later
    assert len(set(one)) == 2


async def test_reader_of_two_workers_is_credited_once_until_it_is_stopped(
    shop: Any, serving: Any
) -> None:
    one, other = clients = await serving(shop.settings, 2)
    staff = shop.signed_in("staff")
    made = (await one.post(EXPERIMENTS, json=DRAFT, headers=staff)).json()
    account = {"email": "anne@kellynch.example", "password": "a second spring"}
    opened = (await one.post("/api/v1/auth/register", json=account)).json()
    headers = {"authorization": f"Bearer {opened['access_token']}"}
    await everywhere(clients, shop, runs=True)
    answers = [await client.get(RECOMMENDED, headers=headers) for client in clients]
    [book, *_] = [each["id"] for each in answers[0].json()["results"]]
    await noted(shop, 2)

    bought = [
        {"id": str(new_id()), "kind": kind, "book_id": book} for kind in ("book_view", "purchase")
    ]
    for client in clients:
        await client.post("/api/v1/events", json={"events": bought}, headers=headers)

    found = (await other.get(f"{EXPERIMENTS}/{made['id']}/results", headers=staff)).json()
    assert (found["readers"], found["exposures"]) == (1, 2)
    assert sum(variant["acts"]["click"] for variant in found["variants"]) == 1
    assert sum(variant["acts"]["purchase"] for variant in found["variants"]) == 1

    await one.post(f"{EXPERIMENTS}/{made['id']}/stop", headers=staff)
    await everywhere(clients, shop, runs=False)
    assert [await shown(client, headers) for client in clients] == ["", ""]


async def noted(shop: Any, count: int) -> None:
    """Until so many exposures of readers who have an account are in the table."""
    async with asyncio.timeout(300):
        while True:
            if await shop.pool.fetchval("select count(*) from experiment_exposure") >= count:
                return
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_readers_may_not_look_behind_it(shop: Any, method: str) -> None:
    answer = await shop.client.request(
        method, EXPERIMENTS, json=DRAFT, headers=shop.signed_in("reader")
    )

    assert answer.status_code == 403
