"""Erasing one's account over HTTP: proved, complete, told by a receipt."""

import asyncio
import json
from typing import Any

import pytest

from api.wiring.accounts import rotate_signing_key
from core.kernel.ids import new_id
from tests.api.reader import EMAIL, PASSWORD, Reader, busy, count, joined

VERIFY = "/api/v1/privacy/receipts/verify"


@pytest.fixture
async def anne(shop: Any) -> Reader:
    return await joined(shop)


async def test_erasure_needs_the_password_or_a_fresh_sign_in(shop: Any, anne: Reader) -> None:
    async with shop.pool.acquire() as connection:
        await connection.execute("update session set began_at = now() - interval '11 minutes'")

    without = await anne.ask("DELETE", "/api/v1/me", {})
    wrong = await anne.ask("DELETE", "/api/v1/me", {"password": "another spring"})
    still = await anne.ask("GET", "/api/v1/me")
    right = await anne.ask("DELETE", "/api/v1/me", {"password": PASSWORD})

    assert without.status_code == 403
    assert without.json()["type"] == "/problems/fresh-sign-in-needed"
    assert (wrong.status_code, still.status_code, right.status_code) == (401, 200, 200)


async def test_who_has_just_signed_in_may_send_no_body(anne: Reader) -> None:
    answer = await anne.client.request("DELETE", "/api/v1/me", headers=anne.headers)

    assert answer.status_code == 200


async def test_guesses_at_the_password_lock(anne: Reader) -> None:
    statuses = [
        (await anne.ask("DELETE", "/api/v1/me", {"password": f"guess {number}"})).status_code
        for number in range(6)
    ]

    assert statuses == [401] * 5 + [429]


async def test_receipt_counts_what_was_erased_and_is_genuine(shop: Any, anne: Reader) -> None:
    await busy(shop, anne)

    receipt = (await anne.ask("DELETE", "/api/v1/me", {"password": PASSWORD})).json()
    verified = await shop.client.post(VERIFY, json={"receipt": receipt["receipt"]})

    erased = receipt["erasure"]["erased"]
    assert erased["reader"] == erased["review"] == erased["session"] == 1
    assert erased["interaction"] == erased["event"] == 2
    assert verified.json() == {"erasure": receipt["erasure"], "on_record": True}
    assert EMAIL not in json.dumps(receipt)
    assert anne.id not in json.dumps(receipt)


async def test_receipt_stays_genuine_when_the_signing_key_was_changed(
    shop: Any, anne: Reader
) -> None:
    receipt = (await anne.ask("DELETE", "/api/v1/me", {"password": PASSWORD})).json()["receipt"]
    rotate_signing_key(shop.settings)

    assert (await shop.client.post(VERIFY, json={"receipt": receipt})).status_code == 200


async def test_forged_receipts_are_refused(shop: Any, anne: Reader) -> None:
    token = anne.headers["authorization"].removeprefix("Bearer ")
    receipt = (await anne.ask("DELETE", "/api/v1/me", {"password": PASSWORD})).json()["receipt"]
    head, body, signature = receipt.split(".")
    none = "eyJhbGciOiJub25lIiwidHlwIjoiZXJhc3VyZS1yZWNlaXB0K2p3dCIsImtpZCI6IngifQ"
    forged = [
        token,
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body[:-4]}AAAA.{signature}",
        f"{none}.{body}.",
        f"{head}..{signature}",
        "",
        "x",
        "\x00.\x00.\x00",
    ]

    statuses = [
        (await shop.client.post(VERIFY, json={"receipt": each})).status_code for each in forged
    ]

    assert statuses == [400] * len(forged)


async def test_receipt_is_no_access_token(shop: Any, anne: Reader) -> None:
    receipt = (await anne.ask("DELETE", "/api/v1/me", {"password": PASSWORD})).json()["receipt"]

    answer = await shop.client.get("/api/v1/me", headers={"authorization": f"Bearer {receipt}"})

    assert answer.status_code == 401


async def test_address_can_be_registered_anew_with_nothing_of_the_old(
    shop: Any, anne: Reader
) -> None:
    await busy(shop, anne)
    await anne.ask("DELETE", "/api/v1/me", {"password": PASSWORD})

    account = {"email": EMAIL, "password": PASSWORD}
    opened = await shop.client.post("/api/v1/auth/register", json=account)

    assert opened.status_code == 201
    assert opened.json()["account"]["id"] != anne.id
    assert await count(shop, "interaction") == 0


async def test_rating_of_the_book_forgets_the_review(shop: Any, anne: Reader) -> None:
    await busy(shop, anne)
    await anne.ask("DELETE", "/api/v1/me", {"password": PASSWORD})
    await shop.follow()

    reviews = (await shop.client.get(f"/api/v1/books/{shop.ids['Dune']}/reviews")).json()

    async with shop.pool.acquire() as connection:
        row = await connection.fetchrow(
            "select review_count, review_total from book where id = $1", shop.ids["Dune"]
        )
    assert reviews["count"] == 0
    assert tuple(row) == (0, 0)


async def test_tokens_of_the_erased_are_refused_within_a_second(shop: Any, anne: Reader) -> None:
    await anne.ask("DELETE", "/api/v1/me", {"password": PASSWORD})

    async with asyncio.timeout(300):
        while (await anne.ask("GET", "/api/v1/me")).status_code != 401:
            pass
    refreshed = await shop.client.post(
        "/api/v1/auth/refresh", json={"refresh_token": anne.refresh_token}
    )

    assert refreshed.status_code == 401


async def test_erasure_beside_writes_of_the_same_reader_leaves_nothing(
    shop: Any, anne: Reader
) -> None:
    books = [str(each) for each in shop.ids.values()]
    statuses: set[int] = set()

    async def writing(book: str) -> None:
        for number in range(10):
            event = {"id": str(new_id()), "kind": "book_view", "book_id": book}
            review = {"rating": 5, "text": f"{number}"}
            told = await anne.ask("POST", "/api/v1/events", {"events": [event]})
            written = await anne.ask("POST", f"/api/v1/books/{book}/reviews", review)
            statuses.update((told.status_code, written.status_code))

    async with asyncio.TaskGroup() as group:
        for book in books:
            group.create_task(writing(book))
        answer = await anne.ask("DELETE", "/api/v1/me", {"password": PASSWORD})

    assert answer.status_code == 200
    assert statuses <= {201, 202, 401, 404, 409}
    for table in ("review", "interaction", "event", "session", "consent"):
        assert await count(shop, table) == 0
    assert await count(shop, "book where review_count <> 0 or review_total <> 0") == 0
