"""One's own data over HTTP, taken along: whole, sealed, and nobody else's."""

import csv
import io
import json
import zipfile
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from api.wiring.working import workshop
from tests.api.reader import EMAIL, PASSWORD, Reader, busy, count, joined

EXPORT = "/api/v1/me/export"


@pytest.fixture
async def anne(shop: Any) -> Reader:
    return await joined(shop)


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
