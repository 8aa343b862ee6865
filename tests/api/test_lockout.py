"""Guessing at passwords over HTTP."""

from typing import Any

AUTH = "/api/v1/auth"
ANNE = {"email": "anne@kellynch.example", "password": "a second spring"}
WRONG = {**ANNE, "password": "a first winter"}


async def test_account_is_locked_after_five_failures_even_for_the_right_password(
    shop: Any,
) -> None:
    await shop.client.post(f"{AUTH}/register", json=ANNE)

    failed = [await shop.client.post(f"{AUTH}/login", json=WRONG) for _ in range(5)]
    right = await shop.client.post(f"{AUTH}/login", json=ANNE)

    assert [answer.status_code for answer in failed] == [401] * 5
    assert right.status_code == 429
    assert right.json()["type"] == "/problems/sign-in-locked"
    assert 890 <= int(right.headers["retry-after"]) <= 901


async def test_account_that_does_not_exist_is_locked_alike(shop: Any) -> None:
    await shop.client.post(f"{AUTH}/register", json=ANNE)

    told = []
    for email in (ANNE["email"], "nobody@kellynch.example"):
        given = {**WRONG, "email": email}
        answers = [await shop.client.post(f"{AUTH}/login", json=given) for _ in range(6)]
        told.append([(each.status_code, each.json()["title"]) for each in answers])

    assert told[0] == told[1]


async def test_success_before_the_fifth_failure_begins_anew(shop: Any) -> None:
    await shop.client.post(f"{AUTH}/register", json=ANNE)

    statuses = []
    for given in (*[WRONG] * 4, ANNE, *[WRONG] * 4, ANNE):
        answer = await shop.client.post(f"{AUTH}/login", json=given)
        statuses.append(answer.status_code)

    assert statuses == [401, 401, 401, 401, 200] * 2


async def test_guessing_with_a_stolen_token_is_locked_too(shop: Any) -> None:
    token = (await shop.client.post(f"{AUTH}/register", json=ANNE)).json()["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    change = {"password": "a third summer", "current_password": "a first winter"}

    answers = [
        await shop.client.patch("/api/v1/me", json=change, headers=headers) for _ in range(6)
    ]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
