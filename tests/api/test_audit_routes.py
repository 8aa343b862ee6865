"""The audit log over HTTP: every act that matters leaves an entry, which admins can find."""

import subprocess
import sys
from typing import Any

import httpx

from api.settings import environment_of

AUDIT = "/api/v1/audit"
ANNE = {"email": "anne@kellynch.example", "password": "a second spring"}


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def told(shop: Any, **asked: Any) -> list[dict[str, Any]]:
    answer: httpx.Response = await shop.client.get(
        AUDIT, params=asked, headers=shop.signed_in("admin")
    )
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


async def test_account_actions_leave_entries(shop: Any) -> None:
    client = shop.client
    signed_up = (await client.post("/api/v1/auth/register", json=ANNE)).json()
    own = bearer(signed_up["access_token"])
    draft = {"name": "till", "scopes": ["account:read"]}
    key = (await client.post("/api/v1/api-keys", json=draft, headers=own)).json()
    await client.post(f"/api/v1/api-keys/{key['id']}/rotate", json={}, headers=own)
    tier = {"tier": "basic"}
    await client.put(
        f"/api/v1/api-keys/{key['id']}/tier", json=tier, headers=shop.signed_in("admin")
    )
    await client.delete(f"/api/v1/api-keys/{key['id']}", headers=own)
    await client.patch("/api/v1/me", json={"display_name": "Anne"}, headers=own)
    change = {"password": "a third spring", "current_password": ANNE["password"]}
    await client.patch("/api/v1/me", json=change, headers=own)
    refresh = {"refresh_token": signed_up["refresh_token"]}
    await client.post("/api/v1/auth/refresh", json=refresh)
    await client.post("/api/v1/auth/refresh", json=refresh)
    signed_in = await client.post(
        "/api/v1/auth/login", json={**ANNE, "password": change["password"]}
    )
    await client.post(
        "/api/v1/auth/logout", json={"refresh_token": signed_in.json()["refresh_token"]}
    )
    again = await client.post("/api/v1/auth/login", json={**ANNE, "password": change["password"]})
    # The first session ended with the replay: another one ends them all.
    await client.delete("/api/v1/me/sessions", headers=bearer(again.json()["access_token"]))
    for _ in range(5):
        await client.post("/api/v1/auth/login", json={**ANNE, "email": "eve@x.example"})

    actions = [entry["action"] for entry in reversed(await told(shop))]

    assert [each for each in actions if not each.startswith("book.")] == [
        "account.create",
        "session.begin",
        "key.create",
        "key.rotate",
        "key.tier",
        "key.revoke",
        "account.name",
        "account.password",
        "session.replayed",
        "session.begin",
        "session.end",
        "session.begin",
        "session.end_all",
        "sign_in.lock",
    ]


async def test_privileged_actions_leave_entries(shop: Any) -> None:
    staff = shop.signed_in("staff")
    kinds = ("authors", "categories", "publishers", "series")

    made = [
        await shop.client.post(f"/api/v1/{kind}", json={"name": "Z"}, headers=staff)
        for kind in kinds
    ]
    for kind, answer in zip(kinds, made, strict=True):
        path = f"/api/v1/{kind}/{answer.json()['id']}"
        await shop.client.put(path, json={"name": "Y"}, headers=staff | {"if-match": '"1"'})
        await shop.client.delete(path, headers=staff | {"if-match": '"2"'})
    book = f"/api/v1/books/{shop.ids['Emma']}"
    await shop.client.patch(book, json={"stock": 3}, headers=staff | {"if-match": '"1"'})
    draft = {"title": "Emma", "price": "2"}
    await shop.client.put(book, json=draft, headers=staff | {"if-match": '"2"'})
    await shop.client.delete(book, headers=staff | {"if-match": '"3"'})
    synonyms = await shop.client.post(
        "/api/v1/search/synonyms", json={"terms": ["tv", "television"]}, headers=staff
    )
    one = f"/api/v1/search/synonyms/{synonyms.json()['id']}"
    await shop.client.put(one, json={"terms": ["tv", "telly"]}, headers=staff | {"if-match": '"1"'})
    await shop.client.delete(one, headers=staff | {"if-match": '"2"'})

    entries = await told(shop)

    by_staff = [entry["action"] for entry in reversed(entries) if entry["role"] == "staff"]
    singular = ("author", "category", "publisher", "series")
    assert by_staff == [
        *(f"{kind}.create" for kind in singular),
        *(f"{kind}.{act}" for kind in singular for act in ("rename", "delete")),
        *("book.patch", "book.replace", "book.delete"),
        *(f"synonym_set.{act}" for act in ("create", "replace", "delete")),
    ]


async def test_entry_tells_who_did_it_by_what_and_in_which_request(shop: Any) -> None:
    signed_up = (await shop.client.post("/api/v1/auth/register", json=ANNE)).json()
    await shop.pool.execute("update reader set role = 'staff'")
    draft = {"name": "till", "scopes": ["catalogue:write"]}
    own = bearer(signed_up["access_token"])
    key = (await shop.client.post("/api/v1/api-keys", json=draft, headers=own)).json()

    await shop.client.post(
        "/api/v1/authors",
        json={"name": "Z"},
        headers={"x-api-key": key["key"], "x-request-id": "the-request"},
    )

    [entry] = await told(shop, action="author.create")
    assert entry["actor"] == signed_up["account"]["id"]
    assert (entry["via"], entry["credential"]) == ("key", key["id"])
    assert (entry["role"], entry["request_id"]) == ("staff", "the-request")


async def test_entries_hold_no_address_and_no_secret(shop: Any) -> None:
    await shop.client.post("/api/v1/auth/register", json=ANNE)

    rows = await shop.pool.fetch("select to_jsonb(e)::text as row from audit_entry e")

    assert rows
    assert not any("kellynch" in row["row"] for row in rows)


async def test_log_is_searched_by_filters_and_by_pages(shop: Any) -> None:
    for number in range(5):
        await shop.client.post(
            "/api/v1/authors", json={"name": f"{number}"}, headers=shop.signed_in("staff")
        )
    first = await shop.client.get(
        AUDIT, params={"size": 2, "action": "author"}, headers=shop.signed_in("admin")
    )
    cursor = first.json()["next_cursor"]
    rest = await told(shop, cursor=cursor, action="author.create")
    entry = rest[-1]

    assert len(first.json()["results"]) == 2
    assert len(rest) == 3
    assert await told(shop, subject=entry["subject"]) == [entry]
    assert await told(shop, actor=entry["actor"]) == [entry]
    assert entry not in await told(shop, until=entry["at"])
    assert entry in await told(shop, since=entry["at"])


async def test_time_without_a_zone_and_unknown_filters_are_refused(shop: Any) -> None:
    admin = shop.signed_in("admin")

    naive = await shop.client.get(f"{AUDIT}?since=2026-01-01T00:00:00", headers=admin)
    unknown = await shop.client.get(f"{AUDIT}?who=me", headers=admin)

    assert [naive.status_code, unknown.status_code] == [400, 400]


async def test_command_finds_the_row_that_somebody_edited(shop: Any) -> None:
    def verify(*more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "api.cli", "audit", "verify", *more],
            env={"PATH": "", **environment_of(shop.settings)},
            capture_output=True,
            text=True,
            check=False,
        )

    whole = verify()
    seal = whole.stdout.split()[-1]
    noted = verify("--seal", seal)
    async with shop.pool.acquire() as connection, connection.transaction():
        await connection.execute("set local session_replication_role = replica")
        await connection.execute("update audit_entry set action = 'book.delete' where seq = 2")
    broken = verify("--seal", "00" * 32)

    assert (whole.returncode, noted.returncode, broken.returncode) == (0, 0, 1)
    assert whole.stdout.startswith("3 entries, all as they were sealed")
    assert broken.stderr.startswith("edited 2: book.delete of ")
    assert "is not in the chain" in broken.stderr
