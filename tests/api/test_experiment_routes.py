"""Experiments over HTTP: started by staff, seen by readers, credited once, stopped at once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest

from core.experiments.results import Results
from core.kernel.ids import new_id

EXPERIMENTS = "/api/v1/experiments"
RECOMMENDED = "/api/v1/books/recommended"
SHELF = {
    "name": "bolder shelf",
    "surface": "recommended",
    "variants": [
        {"name": "as is", "share": 0.5},
        {"name": "bold", "share": 0.5, "mix": {"personal": 1.0, "sameness": 0.3}},
    ],
}


async def becomes(condition: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(300):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.02)


async def started(shop: Any, **fields: Any) -> dict[str, Any]:
    answer = await shop.client.post(
        EXPERIMENTS, json=SHELF | fields, headers=shop.signed_in("staff")
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def registered(client: httpx.AsyncClient) -> dict[str, str]:
    account = {"email": f"{uuid4().hex}@kellynch.example", "password": "a second spring"}
    signed_in = (await client.post("/api/v1/auth/register", json=account)).json()
    return {"authorization": f"Bearer {signed_in['access_token']}"}


async def exposures(shop: Any, count: int) -> list[Any]:
    """The rows, once there are so many."""

    async def there() -> bool:
        found: int = await shop.pool.fetchval("select count(*) from experiment_exposure")
        return found >= count

    await becomes(there)
    rows: list[Any] = await shop.pool.fetch("select * from experiment_exposure order by shown_at")
    return rows


async def results_of(shop: Any, experiment_id: str) -> Results:
    answer = await shop.client.get(
        f"{EXPERIMENTS}/{experiment_id}/results", headers=shop.signed_in("staff")
    )
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=Results)


def told(kind: str, book_id: UUID | str, **fields: Any) -> dict[str, Any]:
    return {"id": str(new_id()), "kind": kind, "book_id": str(book_id)} | fields


async def test_reader_is_shown_a_variant_and_noted_with_the_books(shop: Any) -> None:
    made = await started(shop)
    headers = await registered(shop.client)

    answer = await shop.client.get(RECOMMENDED, headers=headers)

    [row] = await exposures(shop, 1)
    variant = made["variants"][row["variant"]]["name"]
    assert answer.headers["experiment"] == f'"bolder shelf";variant="{variant}"'
    assert [str(book) for book in row["books"]] == [book["id"] for book in answer.json()["results"]]
    assert row["subject"] == row["reader_id"]
    found = await results_of(shop, made["id"])
    assert (found.state, found.readers, found.exposures) == ("running", 1, 1)


async def test_click_cart_and_purchase_are_credited_once_to_what_showed_the_book(shop: Any) -> None:
    made = await started(shop)
    headers = await registered(shop.client)
    await shop.client.get(RECOMMENDED, headers=headers)
    [row] = await exposures(shop, 1)
    book = row["books"][0]
    events = [
        told("book_view", book),
        told("search_click", book),
        told("add_to_cart", book),
        told("purchase", book),
    ]

    for _ in range(2):
        await shop.client.post("/api/v1/events", json={"events": events}, headers=headers)
    await shop.client.post(
        "/api/v1/events", json={"events": [told("purchase", book)]}, headers=headers
    )

    found = await results_of(shop, made["id"])
    assert found.variants[row["variant"]].acts == {"click": 1, "cart": 1, "purchase": 1}
    assert found.variants[row["variant"]].reached == {"click": 1, "cart": 1, "purchase": 1}
    assert found.variants[1 - row["variant"]].acts == {"click": 0, "cart": 0, "purchase": 0}


@pytest.mark.parametrize(
    "age", ["25 hours", "-1 hour"], ids=["longer ago than the window", "shown after the act"]
)
async def test_act_outside_the_window_is_not_credited(shop: Any, age: str) -> None:
    made = await started(shop)
    headers = await registered(shop.client)
    await shop.client.get(RECOMMENDED, headers=headers)
    [row] = await exposures(shop, 1)
    await shop.pool.execute("update experiment set started_at = started_at - interval '9 days'")
    await shop.pool.execute(f"update experiment_exposure set shown_at = now() - interval '{age}'")

    events = [told("book_view", row["books"][0])]
    await shop.client.post("/api/v1/events", json={"events": events}, headers=headers)

    found = await results_of(shop, made["id"])
    assert [variant.acts["click"] for variant in found.variants] == [0, 0]


async def test_book_that_was_not_shown_is_not_credited(shop: Any) -> None:
    made = await started(shop)
    headers = await registered(shop.client)
    await shop.client.get(f"{RECOMMENDED}?category=Science", headers=headers)
    await exposures(shop, 1)

    events = [told("book_view", shop.ids["Emma"])]
    await shop.client.post("/api/v1/events", json={"events": events}, headers=headers)

    found = await results_of(shop, made["id"])
    assert sum(variant.acts["click"] for variant in found.variants) == 0


async def test_stopped_experiment_changes_nothing_and_keeps_its_results(shop: Any) -> None:
    headers = await registered(shop.client)
    before = await shop.client.get(RECOMMENDED, headers=headers)
    made = await started(shop)
    await shop.client.get(RECOMMENDED, headers=headers)
    await exposures(shop, 1)

    stopped = await shop.client.post(
        f"{EXPERIMENTS}/{made['id']}/stop", headers=shop.signed_in("staff")
    )
    after = await shop.client.get(RECOMMENDED, headers=headers)

    assert stopped.json()["stopped_at"] is not None
    assert "experiment" not in after.headers
    assert after.content == before.content
    assert (await results_of(shop, made["id"])).state == "stopped"


@pytest.mark.parametrize("name", ["dnt", "sec-gpc"])
async def test_reader_who_objects_takes_no_part(shop: Any, name: str) -> None:
    await started(shop)
    headers = await registered(shop.client)

    answer = await shop.client.get(RECOMMENDED, headers=headers | {name: "1"})
    counted = await shop.client.get(RECOMMENDED, headers=headers)

    assert "experiment" not in answer.headers
    assert "experiment" in counted.headers
    assert len(await exposures(shop, 1)) == 1


async def test_reader_who_withdraws_is_forgotten_and_noted_no_more(shop: Any) -> None:
    await started(shop)
    headers, other = await registered(shop.client), await registered(shop.client)
    await shop.client.get(RECOMMENDED, headers=headers)
    await exposures(shop, 1)

    choice = {"analytics": False, "version": "1"}
    await shop.client.put("/api/v1/me/consent", json=choice, headers=headers)
    await shop.client.get(RECOMMENDED, headers=headers)
    await shop.client.get(RECOMMENDED, headers=other)

    # The later of the two is there, so the one before it was looked at.
    [row] = await exposures(shop, 1)
    me = (await shop.client.get("/api/v1/me", headers=other)).json()
    assert str(row["reader_id"]) == me["id"]


async def test_experiment_of_a_tenth_leaves_most_readers_alone(shop: Any) -> None:
    await started(shop, traffic=0.1)
    headers = [shop.signed_in("reader") for _ in range(160)]

    answers = [await shop.client.get(RECOMMENDED, headers=each) for each in headers]

    taking_part = sum("experiment" in answer.headers for answer in answers)
    assert 0 < taking_part < 50


async def test_on_a_surface_one_runs_at_a_time_and_names_are_used_once(shop: Any) -> None:
    made = await started(shop)
    staff = shop.signed_in("staff")

    second = await shop.client.post(EXPERIMENTS, json=SHELF | {"name": "another"}, headers=staff)
    await shop.client.post(f"{EXPERIMENTS}/{made['id']}/stop", headers=staff)
    same_name = await shop.client.post(EXPERIMENTS, json=SHELF, headers=staff)
    third = await shop.client.post(EXPERIMENTS, json=SHELF | {"name": "another"}, headers=staff)

    assert (second.status_code, same_name.status_code, third.status_code) == (409, 409, 201)
    listed = (await shop.client.get(EXPERIMENTS, headers=staff)).json()["results"]
    assert [each["name"] for each in listed] == ["another", "bolder shelf"]


async def test_broken_draft_names_the_places(shop: Any) -> None:
    variants = [{"name": "as is"}, {"name": "x", "share": 0.2, "weights": [1, 0, 0]}]

    answer = await shop.client.post(
        EXPERIMENTS, json=SHELF | {"variants": variants}, headers=shop.signed_in("staff")
    )

    assert answer.status_code == 400
    assert [each["pointer"] for each in answer.json()["errors"]] == [
        "/variants",
        "/variants/1/weights",
    ]


async def test_experiment_of_another_store_is_not_found(shop: Any) -> None:
    staff = shop.signed_in("staff")

    for method, act in (("GET", "results"), ("POST", "stop")):
        answer = await shop.client.request(method, f"{EXPERIMENTS}/{new_id()}/{act}", headers=staff)
        assert answer.status_code == 404
