"""One's own data over HTTP: exported, agreed to, erased."""

import asyncio
import csv
import io
import json
import zipfile
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from msgspec import Struct

from api.wiring.accounts import rotate_signing_key
from api.wiring.working import workshop
from core.kernel.ids import new_id

EMAIL = "anne@kellynch.example"
PASSWORD = "a second spring"
EXPORT = "/api/v1/me/export"
CONSENT = "/api/v1/me/consent"
VERIFY = "/api/v1/privacy/receipts/verify"


class Reader(Struct):
    client: httpx.AsyncClient
    headers: dict[str, str]
    id: str
    refresh_token: str

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self.client.request(method, path, json=body, headers=self.headers)


@pytest.fixture
async def anne(shop: Any) -> Reader:
    account = {"email": EMAIL, "password": PASSWORD, "display_name": "=Anne"}
    opened = (await shop.client.post("/api/v1/auth/register", json=account)).json()
    headers = {"authorization": f"Bearer {opened['access_token']}"}
    return Reader(shop.client, headers, opened["account"]["id"], opened["refresh_token"])


Work = Callable[[], Awaitable[list[str]]]


@pytest.fixture
def work(shop: Any) -> Work:
    """Does the jobs that are due, as `bookwheel work` does; their kinds."""

    async def do() -> list[str]:
        done = []
        async with workshop(shop.settings) as opened:
            while job := await opened.queue.take():
                again = await opened.handlers[job.kind](job)
                await opened.queue.done(job, again)
                done.append(job.kind)
        return done

    return do


async def busy(shop: Any, reader: Reader) -> None:
    """A review, a purchase, a visit and a search."""
    book = str(shop.ids["Dune"])
    await reader.ask("POST", f"/api/v1/books/{book}/reviews", {"rating": 5, "text": "Sand"})
    events = [
        {"id": str(new_id()), "kind": "purchase", "book_id": str(shop.ids["Emma"])},
        {"id": str(new_id()), "kind": "page_view", "path": "/sand"},
        {"id": str(new_id()), "kind": "search", "query": "worms"},
    ]
    told = await reader.ask("POST", "/api/v1/events", {"events": events})
    assert told.json()["accepted"] == 3


async def count(shop: Any, sql: str, *values: object) -> int:
    async with shop.pool.acquire() as connection:
        found: int = await connection.fetchval(f"select count(*) from {sql}", *values)
        return found


# --- export


async def test_export_holds_everything_as_json_and_csv(shop: Any, anne: Reader, work: Work) -> None:
    await busy(shop, anne)

    asked = await anne.ask("POST", EXPORT)
    early = await anne.ask("GET", f"{EXPORT}/file")
    assert await work() == ["privacy.export"]
    state = (await anne.ask("GET", EXPORT)).json()
    file = await anne.ask("GET", f"{EXPORT}/file")

    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    assert asked.headers["location"] == EXPORT
    assert early.status_code == 409
    assert (state["state"], state["size"]) == ("ready", len(file.content))
    assert state["expires_at"] > state["made_at"]
    assert file.headers["content-type"] == "application/zip"
    assert file.headers["cache-control"] == "no-store"
    made = zipfile.ZipFile(io.BytesIO(file.content))
    parts = {name: json.loads(made.read(name)) for name in made.namelist() if ".json" in name}
    assert parts["account.json"][0]["email"] == EMAIL
    assert parts["review.json"][0]["text"] == "Sand"
    assert {row["book_title"] for row in parts["interaction.json"]} == {"Dune", "Emma"}
    assert {row["kind"] for row in parts["event.json"]} == {"page_view", "search"}
    assert len(parts["session.json"]) == 1
    [account] = csv.DictReader(io.StringIO(made.read("account.csv").decode(), newline=""))
    assert account["display_name"] == "'=Anne"


async def test_export_holds_no_secret_and_nobody_else(shop: Any, anne: Reader, work: Work) -> None:
    other = {"email": "mary@uppercross.example", "password": PASSWORD}
    await shop.client.post("/api/v1/auth/register", json=other)

    await anne.ask("POST", EXPORT)
    await work()
    file = await anne.ask("GET", f"{EXPORT}/file")

    made = zipfile.ZipFile(io.BytesIO(file.content))
    content = b"".join(made.read(name) for name in made.namelist())
    assert EMAIL.encode() in content
    for secret in (b"argon2", b"_hash", b"mary@", anne.refresh_token.encode()):
        assert secret not in content


async def test_export_lies_sealed_in_the_database(shop: Any, anne: Reader, work: Work) -> None:
    await anne.ask("POST", EXPORT)
    await work()

    async with shop.pool.acquire() as connection:
        sealed = await connection.fetchval("select content_sealed from data_export")

    assert sealed[:1] == b"\x01"
    assert sealed[17:19] != b"PK"
    assert b"account.json" not in sealed


async def test_asking_again_while_it_is_made_changes_nothing_and_later_makes_another(
    shop: Any, anne: Reader, work: Work
) -> None:
    first = (await anne.ask("POST", EXPORT)).json()
    again = (await anne.ask("POST", EXPORT)).json()
    await work()
    await anne.ask("POST", EXPORT)
    waiting = (await anne.ask("GET", EXPORT)).json()

    assert again == first
    assert waiting["state"] == "waiting"
    assert await work() == ["privacy.export"]
    assert await count(shop, "data_export") == 1


async def test_export_expires(shop: Any, anne: Reader, work: Work) -> None:
    await anne.ask("POST", EXPORT)
    await work()
    async with shop.pool.acquire() as connection:
        await connection.execute("update data_export set made_at = now() - interval '8 days'")

    assert (await anne.ask("GET", EXPORT)).status_code == 404
    assert (await anne.ask("GET", f"{EXPORT}/file")).status_code == 404


async def test_nobody_gets_an_export_of_another(shop: Any, anne: Reader, work: Work) -> None:
    await anne.ask("POST", EXPORT)
    await work()

    anonymous = await shop.client.get(f"{EXPORT}/file")
    other = await shop.client.get(f"{EXPORT}/file", headers=shop.signed_in("reader"))

    assert (anonymous.status_code, other.status_code) == (401, 404)


async def test_export_of_who_is_gone_is_no_failure(shop: Any, anne: Reader, work: Work) -> None:
    await anne.ask("POST", EXPORT)
    await anne.ask("DELETE", "/api/v1/me", {"password": PASSWORD})

    assert await work() == ["privacy.export"]
    assert await count(shop, "job") == 0


# --- consent


async def test_decisions_are_remembered_with_time_and_version(anne: Reader) -> None:
    before = (await anne.ask("GET", CONSENT)).json()
    await anne.ask("PUT", CONSENT, {"analytics": True, "version": "2026-11"})
    after = (await anne.ask("PUT", CONSENT, {"analytics": False, "version": "2026-12"})).json()

    assert before == {"analytics": None, "history": []}
    assert after["analytics"] is False
    assert [(each["granted"], each["version"]) for each in after["history"]] == [
        (False, "2026-12"),
        (True, "2026-11"),
    ]
    assert after["history"][0]["recorded_at"] > after["history"][1]["recorded_at"]
    assert (await anne.ask("GET", CONSENT)).json() == after


async def test_withdrawal_holds_at_once_and_removes_what_was_kept(shop: Any, anne: Reader) -> None:
    await busy(shop, anne)
    await anne.ask("PUT", CONSENT, {"analytics": False, "version": "1"})

    events = [
        {"id": str(new_id()), "kind": "search", "query": "worms"},
        {"id": str(new_id()), "kind": "page_view", "path": "/"},
        {"id": str(new_id()), "kind": "book_view", "book_id": str(shop.ids["Dune"])},
    ]
    told = (await anne.ask("POST", "/api/v1/events", {"events": events})).json()

    assert told == {"accepted": 1, "duplicates": 0, "withheld": 2, "unknown": 0}
    assert await count(shop, "event") == 0
    assert await count(shop, "interaction") == 3  # what recommendations start from stays


async def test_consent_given_anew_counts_anew(shop: Any, anne: Reader) -> None:
    for granted in (False, True):
        await anne.ask("PUT", CONSENT, {"analytics": granted, "version": "1"})

    event = {"id": str(new_id()), "kind": "search", "query": "worms"}
    told = (await anne.ask("POST", "/api/v1/events", {"events": [event]})).json()

    assert (told["accepted"], told["withheld"]) == (1, 0)


async def test_withdrawal_is_ones_own(shop: Any, anne: Reader) -> None:
    await anne.ask("PUT", CONSENT, {"analytics": False, "version": "1"})

    event = {"id": str(new_id()), "kind": "search", "query": "worms"}
    told = await shop.client.post("/api/v1/events", json={"events": [event]})

    assert told.json()["accepted"] == 1


# --- erasure


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
