"""One refresh token used many times at once: what is left is one state of the family."""

import asyncio
from typing import Any

import pytest

AUTH = "/api/v1/auth"
ANNE = {"email": "anne@kellynch.example", "password": "a second spring"}


@pytest.mark.parametrize("number", [2, 50])
async def test_parallel_refreshes_of_one_token_leave_the_family_ended(
    shop: Any, number: int
) -> None:
    first = (await shop.client.post(f"{AUTH}/register", json=ANNE)).json()["refresh_token"]

    answers = await asyncio.gather(
        *(shop.client.post(f"{AUTH}/refresh", json={"refresh_token": first}) for _ in range(number))
    )

    renewed = [answer.json() for answer in answers if answer.status_code == 200]
    refused = [answer for answer in answers if answer.status_code == 401]
    assert len(renewed) == 1
    assert len(refused) == number - 1
    assert await shop.pool.fetchval("select count(*) from session") == 0
    assert await shop.pool.fetchval("select count(*) from ended_session") == 1
    after = {"refresh_token": renewed[0]["refresh_token"]}
    assert (await shop.client.post(f"{AUTH}/refresh", json=after)).status_code == 401


async def test_replay_ends_its_own_family_and_no_other(shop: Any) -> None:
    copied = (await shop.client.post(f"{AUTH}/register", json=ANNE)).json()["refresh_token"]
    other = (await shop.client.post(f"{AUTH}/login", json=ANNE)).json()["refresh_token"]
    given = {"refresh_token": copied}
    second = (await shop.client.post(f"{AUTH}/refresh", json=given)).json()["refresh_token"]

    replayed = await shop.client.post(f"{AUTH}/refresh", json=given)

    theirs = await shop.client.post(f"{AUTH}/refresh", json={"refresh_token": second})
    kept = await shop.client.post(f"{AUTH}/refresh", json={"refresh_token": other})
    assert [replayed.status_code, theirs.status_code, kept.status_code] == [401, 401, 200]


async def test_parallel_refreshes_of_many_families_end_none(shop: Any) -> None:
    await shop.client.post(f"{AUTH}/register", json=ANNE)
    tokens = [
        (await shop.client.post(f"{AUTH}/login", json=ANNE)).json()["refresh_token"]
        for _ in range(8)
    ]

    answers = await asyncio.gather(
        *(shop.client.post(f"{AUTH}/refresh", json={"refresh_token": each}) for each in tokens)
    )

    assert [answer.status_code for answer in answers] == [200] * 8
