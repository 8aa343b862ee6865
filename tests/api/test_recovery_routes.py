"""Forgotten passwords and unproved addresses, over HTTP and by letter."""

import asyncio
import json
import re
from typing import Any

import httpx
import msgspec
import pytest

from api.wiring.mail import outbox

AUTH = "/api/v1/auth"
ANNE = {"email": "anne@kellynch.example", "password": "a second spring"}
NEW = "a third summer"
LINK = re.compile(r"http://\S+/#([a-z-]+)=(\S+)")


async def letters_to(shop: Any, email: str, subject: str, number: int = 1) -> list[str]:
    """The texts of so many letters, newest first, once they have been sent."""
    async with asyncio.timeout(300):
        while True:
            kept = await outbox(shop.settings).kept()
            to_them = [each for each in kept if each.to == email]
            found = [each.text for each in to_them if each.subject.startswith(subject)]
            if len(found) >= number:
                return found
            await asyncio.sleep(0.05)


async def all_left(shop: Any) -> None:
    """Wait until no letter waits."""
    async with asyncio.timeout(300):
        waiting = "select count(*) from waiting_letter"
        while await shop.pool.fetchval(waiting):  # noqa: ASYNC110 # others take them
            await asyncio.sleep(0.05)


async def link_to(shop: Any, email: str, subject: str) -> str:
    """The token in the newest letter of the kind."""
    found = LINK.search((await letters_to(shop, email, subject))[0])
    assert found is not None
    return found[2]


async def forget(shop: Any, email: str) -> httpx.Response:
    answer: httpx.Response = await shop.client.post(
        f"{AUTH}/password/forgot", json={"email": email}
    )
    return answer


async def reset(shop: Any, token: str, password: str = NEW) -> httpx.Response:
    given = {"token": token, "password": password}
    answer: httpx.Response = await shop.client.post(f"{AUTH}/password/reset", json=given)
    return answer


async def login(shop: Any, password: str) -> int:
    answer = await shop.client.post(f"{AUTH}/login", json={**ANNE, "password": password})
    status: int = answer.status_code
    return status


async def test_registration_sends_a_link_that_confirms_the_address(shop: Any) -> None:
    registered = (await shop.client.post(f"{AUTH}/register", json=ANNE)).json()
    token = await link_to(shop, ANNE["email"], "Confirm")

    verified = await shop.client.post(f"{AUTH}/email/verify", json={"token": token})
    again = await shop.client.post(f"{AUTH}/email/verify", json={"token": token})

    headers = {"authorization": f"Bearer {registered['access_token']}"}
    me = await shop.client.get("/api/v1/me", headers=headers)
    assert registered["account"]["email_verified"] is False
    assert verified.json() == me.json() == {**registered["account"], "email_verified": True}
    assert again.status_code == 400
    assert again.json()["type"] == "/problems/link-not-good"


async def test_link_is_sent_again_until_the_address_is_confirmed(shop: Any) -> None:
    registered = (await shop.client.post(f"{AUTH}/register", json=ANNE)).json()
    headers = {"authorization": f"Bearer {registered['access_token']}"}
    token = await link_to(shop, ANNE["email"], "Confirm")

    asked = await shop.client.post(f"{AUTH}/email/send", headers=headers)
    await shop.client.post(f"{AUTH}/email/verify", json={"token": token})
    late = await shop.client.post(f"{AUTH}/email/send", headers=headers)
    nobody = await shop.client.post(f"{AUTH}/email/send")

    statuses = [asked.status_code, late.status_code, nobody.status_code]
    assert statuses == [202, 409, 401]


async def test_forgotten_password_is_replaced_by_the_link_of_a_letter(shop: Any) -> None:
    await shop.client.post(f"{AUTH}/register", json=ANNE)

    await forget(shop, ANNE["email"].upper())
    answer = await reset(shop, await link_to(shop, ANNE["email"], "Choose"))

    assert answer.status_code == 204
    assert [await login(shop, ANNE["password"]), await login(shop, NEW)] == [401, 200]


async def test_new_password_ends_every_session_and_is_told_by_letter(shop: Any) -> None:
    before = (await shop.client.post(f"{AUTH}/register", json=ANNE)).json()

    await forget(shop, ANNE["email"])
    await reset(shop, await link_to(shop, ANNE["email"], "Choose"))

    given = {"refresh_token": before["refresh_token"]}
    assert (await shop.client.post(f"{AUTH}/refresh", json=given)).status_code == 401
    headers = {"authorization": f"Bearer {before['access_token']}"}
    async with asyncio.timeout(300):
        answer = await shop.client.get("/api/v1/me", headers=headers)
        while answer.status_code != 401:
            await asyncio.sleep(0.05)
            answer = await shop.client.get("/api/v1/me", headers=headers)
    assert await letters_to(shop, ANNE["email"], "Your password was changed")


async def test_link_works_once_and_of_many_at_once_one_wins(shop: Any) -> None:
    await shop.client.post(f"{AUTH}/register", json=ANNE)
    await forget(shop, ANNE["email"])
    token = await link_to(shop, ANNE["email"], "Choose")

    answers = await asyncio.gather(*(reset(shop, token, f"{NEW} {n}") for n in range(8)))

    assert sorted(answer.status_code for answer in answers) == [204] + [400] * 7
    refused = next(answer for answer in answers if answer.status_code == 400)
    assert refused.json()["type"] == "/problems/link-not-good"


async def test_password_that_breaks_a_rule_leaves_the_link_good(shop: Any) -> None:
    await shop.client.post(f"{AUTH}/register", json=ANNE)
    await forget(shop, ANNE["email"])
    token = await link_to(shop, ANNE["email"], "Choose")

    refused = [await reset(shop, token, each) for each in ("short", "Password1!", ANNE["email"])]
    accepted = await reset(shop, token)

    assert [answer.json()["errors"][0]["pointer"] for answer in refused] == ["/password"] * 3
    assert accepted.status_code == 204


async def test_link_that_is_too_old_is_refused(shop: Any) -> None:
    await shop.client.post(f"{AUTH}/register", json=ANNE)
    await forget(shop, ANNE["email"])
    token = await link_to(shop, ANNE["email"], "Choose")
    await shop.pool.execute("update one_time_secret set expires_at = now()")

    assert (await reset(shop, token)).status_code == 400


async def test_link_of_another_purpose_is_refused(shop: Any) -> None:
    await shop.client.post(f"{AUTH}/register", json=ANNE)
    token = await link_to(shop, ANNE["email"], "Confirm")

    assert (await reset(shop, token)).status_code == 400


@pytest.mark.parametrize("token", ["", "x", "x" * 100_000, "\ud800", "\u0000"])
async def test_made_up_link_is_refused(shop: Any, token: str) -> None:
    body = json.dumps({"token": token, "password": NEW})
    headers = {"content-type": "application/json"}

    answer = await shop.client.post(f"{AUTH}/password/reset", content=body, headers=headers)

    assert answer.status_code == 400


async def test_known_and_unknown_addresses_are_answered_alike(shop: Any) -> None:
    await shop.client.post(f"{AUTH}/register", json=ANNE)

    known, unknown = await forget(shop, ANNE["email"]), await forget(shop, "mary@x.example")

    told = [(each.status_code, each.content, set(each.headers)) for each in (known, unknown)]
    assert told[0] == told[1]
    assert known.status_code == 202
    await letters_to(shop, ANNE["email"], "Choose")
    await all_left(shop)
    assert {each.to for each in await outbox(shop.settings).kept()} == {ANNE["email"]}


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "a\u0000@b.example", "a" * 300 + "@b.org"])
async def test_what_is_no_address_is_told(shop: Any, email: str) -> None:
    answer = await forget(shop, email)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/email"


async def test_owner_who_was_locked_out_gets_in_by_letter(shop: Any) -> None:
    await shop.client.post(f"{AUTH}/register", json=ANNE)
    locked = [await login(shop, "a first winter") for _ in range(6)]

    await forget(shop, ANNE["email"])
    await reset(shop, await link_to(shop, ANNE["email"], "Choose"))

    assert locked[-1] == 429
    assert await login(shop, NEW) == 200


async def test_mailbox_cannot_be_flooded(shop: Any) -> None:
    await shop.client.post(f"{AUTH}/register", json=ANNE)

    await forget(shop, ANNE["email"])
    await letters_to(shop, ANNE["email"], "Choose")
    for _ in range(5):
        await forget(shop, ANNE["email"])
        await all_left(shop)

    assert len(await letters_to(shop, ANNE["email"], "Choose")) == 1


async def test_link_leads_where_the_settings_say_whatever_host_was_asked(shop: Any) -> None:
    await shop.client.post(f"{AUTH}/register", json=ANNE)

    await shop.client.post(
        f"{AUTH}/password/forgot",
        json={"email": ANNE["email"]},
        headers={"host": "evil.example", "x-forwarded-host": "evil.example"},
    )

    (text,) = await letters_to(shop, ANNE["email"], "Choose")
    assert "http://localhost:8000/#reset-password=" in text
    assert "evil" not in text


async def test_letters_are_shown_in_the_demo_alone(shop: Any) -> None:
    await shop.client.post(f"{AUTH}/register", json=ANNE)
    await link_to(shop, ANNE["email"], "Confirm")

    elsewhere = await shop.client.get("/api/v1/demo/letters")
    shop.services.settings = msgspec.structs.replace(shop.settings, demo=True)
    shop.services.outbox = outbox(shop.settings).kept
    shown = await shop.client.get("/api/v1/demo/letters")

    assert elsewhere.status_code == 404
    assert [each["to"] for each in shown.json()["letters"]] == [ANNE["email"]]
