"""API keys: made, shown once, used in every worker, held to their scopes, rotated, revoked."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from core.kernel.ids import new_id

KEYS = "/api/v1/api-keys"
ANNE = {"email": "anne@kellynch.example", "password": "a second spring"}


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def owner(client: httpx.AsyncClient, person: dict[str, str] = ANNE) -> dict[str, str]:
    signed_up = await client.post("/api/v1/auth/register", json=person)
    return bearer(signed_up.json()["access_token"])


async def made(client: httpx.AsyncClient, who: dict[str, str], *scopes: str) -> dict[str, Any]:
    draft = {"name": "till", "scopes": scopes or ("account:read",)}
    answer = await client.post(KEYS, json=draft, headers=who)
    assert answer.status_code == 201, answer.text
    key: dict[str, Any] = answer.json()
    return key


async def until(
    client: httpx.AsyncClient, headers: dict[str, str], met: Callable[[int], bool]
) -> float:
    """Until the status of GET /me is met; the seconds it took."""
    began = time.monotonic()
    async with asyncio.timeout(300):
        while not met(  # noqa: ASYNC110 # another worker learns of it
            (await client.get("/api/v1/me", headers=headers)).status_code
        ):
            await asyncio.sleep(0.05)
    return time.monotonic() - began


async def test_key_speaks_for_its_owner_in_either_header(shop: Any) -> None:
    who = await owner(shop.client)
    key = (await made(shop.client, who))["key"]

    as_bearer = await shop.client.get("/api/v1/me", headers=bearer(key))
    as_key = await shop.client.get("/api/v1/me", headers={"x-api-key": key})

    assert as_bearer.json()["email"] == as_key.json()["email"] == ANNE["email"]


async def test_key_is_shown_once_and_kept_as_a_hash(shop: Any) -> None:
    who = await owner(shop.client)
    key = await made(shop.client, who)

    listed = (await shop.client.get(KEYS, headers=who)).json()["keys"]
    shown = (await shop.client.get(f"{KEYS}/{key['id']}", headers=who)).json()
    rows = await shop.pool.fetch("select to_jsonb(k)::text as row from api_key k")

    assert listed == [shown]
    assert shown["prefix"] == key["key"][:15]
    assert "key" not in shown
    assert key["key"].rpartition("_")[2] not in rows[0]["row"]


@pytest.mark.parametrize(
    ("draft", "pointer"),
    [
        ({"name": "", "scopes": ["account:read"]}, "/name"),
        ({"name": "x", "scopes": []}, "/scopes"),
        ({"name": "x", "scopes": ["account:read", "catalogue:write"]}, "/scopes/1"),
        ({"name": "x", "scopes": ["keys:write"]}, "/scopes/0"),
        (
            {"name": "x", "scopes": ["account:read"], "expires_at": "2020-01-01T00:00:00Z"},
            "/expires_at",
        ),
        (
            {"name": "x", "scopes": ["account:read"], "expires_at": "2099-01-01T00:00:00"},
            "/expires_at",
        ),
    ],
)
async def test_draft_that_breaks_a_rule_is_told_where(
    shop: Any, draft: dict[str, Any], pointer: str
) -> None:
    who = await owner(shop.client)

    answer = await shop.client.post(KEYS, json=draft, headers=who)

    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


async def test_key_may_what_its_scopes_say_and_no_more(shop: Any) -> None:
    who = await owner(shop.client)
    key = bearer((await made(shop.client, who, "account:read"))["key"])

    seen = await shop.client.get("/api/v1/me", headers=key)
    changed = await shop.client.patch("/api/v1/me", json={"display_name": "B"}, headers=key)
    another = await shop.client.post(
        KEYS, json={"name": "x", "scopes": ["account:read"]}, headers=key
    )

    assert [seen.status_code, changed.status_code, another.status_code] == [200, 403, 403]
    challenge = changed.headers["www-authenticate"]
    assert challenge.endswith('error="insufficient_scope", scope="account:write"')


async def test_search_by_a_key_without_its_scope_is_as_by_nobody(shop: Any) -> None:
    who = await owner(shop.client)
    key = bearer((await made(shop.client, who, "account:read"))["key"])
    event = {"id": str(new_id()), "kind": "purchase", "book_id": str(shop.ids["Dune"])}

    told = await shop.client.post("/api/v1/events", json={"events": [event]}, headers=key)

    bought = await shop.pool.fetchval("select count(*) from interaction")
    assert (told.status_code, bought) == (202, 0)


async def test_no_account_has_more_than_twenty_keys(shop: Any) -> None:
    who = await owner(shop.client)
    for _ in range(20):
        await made(shop.client, who)

    answer = await shop.client.post(
        KEYS, json={"name": "x", "scopes": ["account:read"]}, headers=who
    )

    assert answer.status_code == 409


async def test_made_rotated_and_revoked_keys_take_effect_in_every_worker(
    shop: Any, serving: Any
) -> None:
    one, other = await serving(replace(shop.settings, poll_ms=50), 2)
    who = await owner(one)

    waits = []
    for _ in range(5):
        key = await made(one, who)
        began = await until(other, bearer(key["key"]), lambda status: status == 200)
        rotated = (await one.post(f"{KEYS}/{key['id']}/rotate", json={}, headers=who)).json()
        changed = await until(other, bearer(rotated["key"]), lambda status: status == 200)
        changed += await until(other, bearer(key["key"]), lambda status: status == 401)
        await one.delete(f"{KEYS}/{key['id']}", headers=who)
        ended = await until(other, bearer(rotated["key"]), lambda status: status == 401)
        waits.append((began, changed, ended))

    # The best of five: the others may have met a machine that was busy with something else.
    assert all(min(each) < 1.0 for each in zip(*waits, strict=True))
    assert (await one.get("/api/v1/me", headers=bearer(rotated["key"]))).status_code == 401


async def test_rotated_key_goes_on_for_the_grace_that_was_asked_for(shop: Any) -> None:
    who = await owner(shop.client)
    key = await made(shop.client, who)
    path = f"{KEYS}/{key['id']}/rotate"

    first = (await shop.client.post(path, json={"grace_seconds": 60}, headers=who)).json()
    both = [await shop.client.get("/api/v1/me", headers=bearer(k["key"])) for k in (key, first)]
    await shop.client.post(path, json={}, headers=who)
    neither = [await shop.client.get("/api/v1/me", headers=bearer(k["key"])) for k in (key, first)]
    too_long = await shop.client.post(path, json={"grace_seconds": 10**7}, headers=who)

    assert [answer.status_code for answer in both] == [200, 200]
    assert [answer.status_code for answer in neither] == [401, 401]
    assert too_long.status_code == 400


async def test_expired_key_is_refused(shop: Any) -> None:
    who = await owner(shop.client)
    key = await made(shop.client, who)
    await shop.pool.execute("update api_key set expires_at = now(), changed_at = now()")
    await shop.services.look_for_keys()

    answer = await shop.client.get("/api/v1/me", headers=bearer(key["key"]))

    assert answer.status_code == 401
    assert "expired" in answer.json()["detail"]


async def test_key_follows_the_role_of_its_owner_and_goes_with_the_account(shop: Any) -> None:
    who = await owner(shop.client)
    await shop.pool.execute("update reader set role = 'staff'")
    key = bearer((await made(shop.client, who, "catalogue:write", "account:read"))["key"])

    as_staff = await shop.client.post("/api/v1/authors", json={"name": "Z"}, headers=key)
    await shop.pool.execute("update reader set role = 'reader'")
    await shop.services.look_for_keys()
    as_reader = await shop.client.post("/api/v1/authors", json={"name": "Y"}, headers=key)
    await shop.pool.execute("delete from reader")
    await shop.services.look_for_keys()
    as_nobody = await shop.client.get("/api/v1/me", headers=key)

    statuses = [as_staff.status_code, as_reader.status_code, as_nobody.status_code]
    assert statuses == [201, 403, 401]


async def test_use_is_noted_in_batches_and_not_at_each_request(shop: Any) -> None:
    who = await owner(shop.client)
    key = await made(shop.client, who)
    await shop.client.get("/api/v1/me", headers=bearer(key["key"]))
    path = f"{KEYS}/{key['id']}"

    before = (await shop.client.get(path, headers=who)).json()
    await shop.services.note_used_keys()
    after = (await shop.client.get(path, headers=who)).json()

    assert before["last_used_at"] is None
    assert after["last_used_at"] is not None


@pytest.mark.parametrize(
    "wrong",
    ["bw_", "bw_000000000000_", "bw_000000000000_" + "x" * 43, "{prefix}_x", "{key}x", "{key}" * 9],
)
async def test_what_is_no_key_is_refused(shop: Any, wrong: str) -> None:
    key = await made(shop.client, await owner(shop.client))

    answer = await shop.client.get(
        "/api/v1/me", headers=bearer(wrong.format(key=key["key"], prefix=key["prefix"]))
    )

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_tier_is_given_by_admins_and_sets_the_quota(shop: Any) -> None:
    who = await owner(shop.client)
    key = await made(shop.client, who, "account:read", "search:read")
    path = f"{KEYS}/{key['id']}/tier"

    free = await shop.client.get("/api/v1/me", headers=bearer(key["key"]))
    by_owner = await shop.client.put(path, json={"tier": "premium"}, headers=who)
    by_admin = await shop.client.put(
        path, json={"tier": "premium"}, headers=shop.signed_in("admin")
    )
    premium = await shop.client.get("/api/v1/me", headers=bearer(key["key"]))
    search = await shop.client.get("/api/v1/search", headers=bearer(key["key"]))

    assert free.headers["ratelimit-policy"] == '"free";q=1000;w=3600'
    assert by_owner.status_code == 403
    assert by_admin.json()["tier"] == "premium"
    assert premium.headers["ratelimit-policy"] == '"premium";q=20000;w=3600'
    assert search.headers["ratelimit-policy"] == '"search-premium";q=1200;w=10'


async def test_keys_of_an_account_share_the_quota_of_their_tier(shop: Any) -> None:
    who = await owner(shop.client)
    one, other = [(await made(shop.client, who))["key"] for _ in range(2)]

    first = await shop.client.get("/api/v1/me", headers=bearer(one))
    second = await shop.client.get("/api/v1/me", headers=bearer(other))

    left = [answer.headers["ratelimit"].split(";")[1] for answer in (first, second)]
    assert left == ["r=999", "r=998"]
