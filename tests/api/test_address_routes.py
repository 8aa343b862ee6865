"""Changing one's e-mail address: proved at the new one, told to the old one."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from api.wiring.mail import outbox

AUTH = "/api/v1/auth"
EMAIL = "/api/v1/me/email"
ANNE = {"email": "anne@kellynch.example", "password": "a second spring"}
MARY = {"email": "mary@uppercross.example", "password": "a third summer"}
NEW = "anne@plymouth.example"


def bearer(signed_in: httpx.Response) -> dict[str, str]:
    return {"authorization": f"Bearer {signed_in.json()['access_token']}"}


async def registered(shop: Any, person: dict[str, str] = ANNE) -> dict[str, str]:
    return bearer(await shop.client.post(f"{AUTH}/register", json=person))


async def asked(shop: Any, headers: dict[str, str], **given: str) -> httpx.Response:
    body = {"email": NEW, "password": ANNE["password"], **given}
    answer: httpx.Response = await shop.client.post(EMAIL, json=body, headers=headers)
    return answer


async def followed(shop: Any, token: str) -> httpx.Response:
    answer: httpx.Response = await shop.client.post(f"{AUTH}/email/change", json={"token": token})
    return answer


async def letters(shop: Any, subject: str) -> list[tuple[str, str]]:
    """Recipient and text of each such letter, once none waits any more."""
    for _ in range(1200):
        if not await shop.pool.fetchval("select count(*) from waiting_letter"):
            break
        await asyncio.sleep(0.05)
    kept = await outbox(shop.settings).kept()
    return [(each.to, each.text) for each in kept if each.subject.startswith(subject)]


async def link_to(shop: Any, email: str) -> str:
    """The token of the newest link by which the address becomes an account's."""
    text = next(text for to, text in await letters(shop, "Confirm your new") if to == email)
    found = re.search(r"/#change-email=(\S+)", text)
    assert found is not None
    return found[1]


async def test_new_address_counts_once_its_link_is_followed_and_the_old_one_is_told(
    shop: Any,
) -> None:
    headers = await registered(shop)

    answer = await asked(shop, headers)
    token = await link_to(shop, NEW)
    before = (await shop.client.get("/api/v1/me", headers=headers)).json()
    changed = await followed(shop, token)

    assert answer.status_code == 202
    assert before["email"] == ANNE["email"]
    assert (changed.status_code, changed.json()["email"]) == (200, NEW)
    assert changed.json()["email_verified"] is True
    assert [to for to, _ in await letters(shop, "Your e-mail address")] == [ANNE["email"]]
    statuses = [
        (await shop.client.post(f"{AUTH}/login", json={**ANNE, "email": each})).status_code
        for each in (ANNE["email"], NEW)
    ]
    assert statuses == [401, 200]
    rows = await shop.pool.fetch("select action from audit_entry where action like 'account.%'")
    actions = [row["action"] for row in rows]
    assert actions == ["account.create", "account.email_ask", "account.email"]


async def test_link_works_once_and_no_older_one_after_it(shop: Any) -> None:
    headers = await registered(shop)
    await asked(shop, headers, email="typo@plymouth.example")
    older = await link_to(shop, "typo@plymouth.example")
    await asked(shop, headers)
    token = await link_to(shop, NEW)

    answers = await asyncio.gather(*(followed(shop, token) for _ in range(4)))
    late = await followed(shop, older)

    assert sorted(each.status_code for each in answers) == [200, 400, 400, 400]
    assert (late.status_code, late.json()["type"]) == (400, "/problems/link-not-good")


async def test_link_lies_in_the_database_as_a_digest(shop: Any) -> None:
    await asked(shop, await registered(shop))
    token = await link_to(shop, NEW)

    rows = await shop.pool.fetch("select to_jsonb(s)::text as row from one_time_secret s")

    assert rows
    assert not any(token in row["row"] for row in rows)


async def test_address_that_is_taken_is_answered_alike_and_gets_no_letter(shop: Any) -> None:
    headers = await registered(shop)
    await registered(shop, MARY)

    free = await asked(shop, headers)
    taken = await asked(shop, headers, email=MARY["email"].upper())

    told = [(each.status_code, each.content, sorted(each.headers)) for each in (free, taken)]
    assert told[0] == told[1]
    assert [to for to, _ in await letters(shop, "Confirm your new")] == [NEW]


async def test_address_that_is_taken_meanwhile_stays_with_who_took_it(shop: Any) -> None:
    headers = await registered(shop)
    await asked(shop, headers)
    token = await link_to(shop, NEW)
    await registered(shop, {**MARY, "email": NEW.upper()})

    answer = await followed(shop, token)

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/link-not-good")
    assert (await shop.client.get("/api/v1/me", headers=headers)).json()["email"] == ANNE["email"]


async def test_address_is_changed_by_who_knows_the_password(shop: Any) -> None:
    """ASVS v5.0.0-7.5.1."""
    headers = await registered(shop)

    wrong = await asked(shop, headers, password="a first winter")
    none = await shop.client.post(EMAIL, json={"email": NEW}, headers=headers)

    assert [wrong.status_code, none.status_code] == [401, 401]
    assert await letters(shop, "Confirm your new") == []


@pytest.mark.parametrize("email", ["", "nobody", "a\u0000@b.org", "a" * 250 + "@b.org"])
async def test_what_is_no_address_is_refused(shop: Any, email: str) -> None:
    answer = await asked(shop, await registered(shop), email=email)

    assert answer.status_code == 400
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/email"]


async def test_own_address_is_refused_and_its_spelling_may_change(shop: Any) -> None:
    headers = await registered(shop)

    same = await asked(shop, headers, email=ANNE["email"])
    other = await asked(shop, headers, email=ANNE["email"].title())
    changed = await followed(shop, await link_to(shop, ANNE["email"].title()))

    assert [same.status_code, other.status_code, changed.status_code] == [400, 202, 200]


async def test_new_password_makes_a_link_to_a_new_address_void(shop: Any) -> None:
    headers = await registered(shop)
    await asked(shop, headers)
    token = await link_to(shop, NEW)
    change = {"password": "a fourth autumn", "current_password": ANNE["password"]}
    await shop.client.patch("/api/v1/me", json=change, headers=headers)

    assert (await followed(shop, token)).status_code == 400


async def test_places_of_the_old_address_are_forgotten(shop: Any) -> None:
    headers = await registered(shop)
    await shop.client.post(f"{AUTH}/login", json=ANNE)
    await asked(shop, headers)
    token = await link_to(shop, NEW)
    before = await shop.pool.fetchval("select count(*) from known_place")

    await followed(shop, token)

    assert before > 0
    assert await shop.pool.fetchval("select count(*) from known_place") == 0
