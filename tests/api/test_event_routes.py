"""Events over HTTP: told in batches, counted once, seen by the next recommendation."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.app import create_app
from core.kernel.ids import new_id
from tests.api.opened import opened

EVENTS = "/api/v1/events"
RECOMMENDED = "/api/v1/books/recommended"


def told(kind: str, **fields: Any) -> dict[str, Any]:
    return {"id": str(new_id()), "kind": kind} | fields


async def registered(shop: Any) -> dict[str, str]:
    account = {"email": f"{uuid4().hex}@kellynch.example", "password": "a second spring"}
    signed_in = (await shop.client.post("/api/v1/auth/register", json=account)).json()
    return {"authorization": f"Bearer {signed_in['access_token']}"}


@asynccontextmanager
async def another_worker(shop: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A second set of services over the same folder, as another worker of the node has."""
    async with opened(shop.settings) as services:
        transport = httpx.ASGITransport(create_app(services), raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
            yield client


async def test_stranger_s_batch_is_accepted(shop: Any) -> None:
    events = [
        told("book_view", book_id=str(shop.ids["Emma"])),
        told("search", query="emma"),
        told("page_view", path="/"),
    ]

    answer = await shop.client.post(EVENTS, json={"events": events})

    assert answer.status_code == 202
    assert answer.json() == {"accepted": 3, "duplicates": 0, "withheld": 0, "unknown": 0}


async def test_batch_sent_again_counts_once(shop: Any) -> None:
    headers = await registered(shop)
    batch = {"events": [told("book_view", book_id=str(shop.ids["Emma"]))]}
    await shop.client.post(EVENTS, json=batch, headers=headers)

    answer = await shop.client.post(EVENTS, json=batch, headers=headers)

    assert answer.json() == {"accepted": 0, "duplicates": 1, "withheld": 0, "unknown": 0}


@pytest.mark.parametrize(
    ("headers", "consent"),
    [({"dnt": "1"}, True), ({"sec-gpc": "1"}, True), ({}, False)],
)
async def test_visitor_who_objects_is_not_counted(
    shop: Any, headers: dict[str, str], consent: bool
) -> None:
    events = [
        told("search", query="emma"),
        told("page_view", path="/"),
        told("add_to_cart", book_id=str(shop.ids["Emma"])),
    ]

    answer = await shop.client.post(
        EVENTS, json={"events": events, "consent": consent}, headers=headers
    )

    assert answer.json() == {"accepted": 1, "duplicates": 0, "withheld": 2, "unknown": 0}
    assert await shop.pool.fetchval("select array_agg(kind) from event") == ["add_to_cart"]


async def test_purchase_counts_at_once_in_every_worker(shop: Any) -> None:
    headers = await registered(shop)
    bought = str(shop.ids["Dune"])
    async with another_worker(shop) as other:
        for client in (shop.client, other):
            before = (await client.get(RECOMMENDED, headers=headers)).json()["results"]
            assert bought in [book["id"] for book in before]

        batch = {"events": [told("purchase", book_id=bought)]}
        await shop.client.post(EVENTS, json=batch, headers=headers)

        for client in (shop.client, other):
            after = (await client.get(RECOMMENDED, headers=headers)).json()["results"]
            assert bought not in [book["id"] for book in after]


async def test_book_that_was_looked_at_may_be_recommended(shop: Any) -> None:
    headers = await registered(shop)
    emma = str(shop.ids["Emma"])
    batch = {"events": [told("book_view", book_id=emma)]}
    await shop.client.post(EVENTS, json=batch, headers=headers)

    after = (await shop.client.get(RECOMMENDED, headers=headers)).json()["results"]

    assert emma in [book["id"] for book in after]


@pytest.mark.parametrize(
    "batch",
    [
        {},
        {"events": [{}]},
        {"events": [{"id": "x", "kind": "page_view", "path": "/"}]},
        {"events": [{"id": str(uuid4()), "kind": "page_view", "path": "/"}]},
        {"events": [told("page_view", path="/")] * 1_001},
        {"events": [told("book_view")]},
        {"events": [], "more": 1},
    ],
)
async def test_batch_that_breaks_a_rule_is_a_problem_with_its_place(
    shop: Any, batch: dict[str, Any]
) -> None:
    answer = await shop.client.post(EVENTS, json=batch)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert await shop.pool.fetchval("select count(*) from event") == 0


async def test_nothing_told_is_nothing_stored(shop: Any) -> None:
    answer = await shop.client.post(EVENTS, json={"events": []})

    assert answer.status_code == 202
    assert answer.json()["accepted"] == 0
