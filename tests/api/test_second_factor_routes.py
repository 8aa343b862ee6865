"""A second factor over HTTP: set up, asked for, never twice."""

import asyncio
import base64
import time
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from core.accounts.totp import STEP_SECONDS, code_at
from ext.postgres.one_time_secrets import SecretRepository

AUTH = "/api/v1/auth"
ANNE = {"email": "anne@kellynch.example", "password": "a second spring"}


def bearer(signed_in: httpx.Response) -> dict[str, str]:
    return {"authorization": f"Bearer {signed_in.json()['access_token']}"}


def code_of(uri: str) -> str:
    """What an app shows."""
    return code_at(secret_of(uri), present_step())


def secret_of(uri: str) -> bytes:
    [secret] = parse_qs(urlsplit(uri).query)["secret"]
    return base64.b32decode(secret + "=" * (-len(secret) % 8))


def present_step() -> int:
    return int(time.time()) // STEP_SECONDS


async def a_step_later(shop: Any) -> None:
    """What thirty seconds bring: the app's code has not been used."""
    await shop.pool.execute("update second_factor set last_step = 0")


async def post(shop: Any, path: str, body: dict[str, str], headers: Any = None) -> httpx.Response:
    answer: httpx.Response = await shop.client.post(f"{AUTH}{path}", json=body, headers=headers)
    return answer


async def with_code(
    shop: Any, path: str, body: dict[str, str], uri: str, headers: Any = None
) -> httpx.Response:
    """Sends the app's present code; once more where its seconds ran out on the way."""
    while True:
        step = present_step()
        answer = await post(shop, path, {**body, "code": code_of(uri)}, headers)
        if answer.status_code != 401 or step == present_step():
            return answer


async def switched_on(shop: Any) -> tuple[dict[str, str], str, list[str]]:
    """Headers of a session, the app's link, the recovery codes; the app's present code is used."""
    headers = bearer(await post(shop, "/register", ANNE))
    uri = (await post(shop, "/mfa/setup", {"password": ANNE["password"]}, headers)).json()["uri"]
    confirmed = await with_code(shop, "/mfa/verify", {}, uri, headers)
    assert confirmed.status_code == 200, confirmed.text
    return headers, uri, confirmed.json()["recovery_codes"]


async def challenge(shop: Any) -> str:
    answer = await post(shop, "/login", ANNE)
    assert answer.status_code == 401
    assert answer.json()["type"] == "/problems/second-factor-needed"
    told: str = answer.json()["challenge"]
    return told


async def test_set_up_gives_a_secret_as_text_link_and_picture(shop: Any) -> None:
    headers = bearer(await post(shop, "/register", ANNE))

    answer = await post(shop, "/mfa/setup", {"password": ANNE["password"]}, headers)

    told = answer.json()
    assert told["uri"].startswith(f"otpauth://totp/Bookwheel:{ANNE['email']}?secret=")
    assert f"secret={told['secret']}&" in told["uri"]
    assert told["qr"].startswith("data:image/svg+xml;")
    assert (await post(shop, "/login", ANNE)).status_code == 200  # not in force yet


async def test_set_up_needs_the_password(shop: Any) -> None:
    headers = bearer(await post(shop, "/register", ANNE))

    wrong = await post(shop, "/mfa/setup", {"password": "a first winter"}, headers)
    none = await post(shop, "/mfa/setup", {}, headers)

    assert [wrong.status_code, none.status_code] == [401, 401]


async def test_password_alone_no_longer_signs_in(shop: Any) -> None:
    _, uri, _ = await switched_on(shop)
    await a_step_later(shop)

    told = await challenge(shop)
    answer = await with_code(shop, "/mfa/verify", {"challenge": told}, uri)

    me = await shop.client.get("/api/v1/me", headers=bearer(answer))
    assert me.json()["email"] == ANNE["email"]
    assert "recovery_codes" not in answer.json()


async def test_code_never_works_twice(shop: Any) -> None:
    """ASVS v5.0.0-6.5.1."""
    headers, uri, _ = await switched_on(shop)
    await a_step_later(shop)

    first = await with_code(shop, "/mfa/verify", {"challenge": await challenge(shop)}, uri)
    step = await shop.pool.fetchval("select last_step from second_factor")
    code = code_at(secret_of(uri), step)
    again = await post(shop, "/mfa/verify", {"challenge": await challenge(shop), "code": code})
    off = await post(shop, "/mfa/disable", {"code": code}, headers)

    assert [each.status_code for each in (first, again, off)] == [200, 401, 401]


async def test_one_code_sent_many_times_at_once_signs_in_once(shop: Any) -> None:
    _, uri, _ = await switched_on(shop)

    step = 0
    while step != present_step():  # once more where the code ran out on the way
        await a_step_later(shop)
        challenges = [await challenge(shop) for _ in range(4)]
        step, code = present_step(), code_of(uri)
        given = [{"challenge": each, "code": code} for each in challenges]
        answers = await asyncio.gather(*(post(shop, "/mfa/verify", each) for each in given))

    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


async def test_recovery_code_signs_in_once_however_it_is_typed(shop: Any) -> None:
    headers, _, codes = await switched_on(shop)

    typed = f" {codes[0].upper().replace('-', ' ')} "
    first = await post(shop, "/mfa/verify", {"challenge": await challenge(shop), "code": typed})
    again = await post(shop, "/mfa/verify", {"challenge": await challenge(shop), "code": codes[0]})

    left = (await shop.client.get(f"{AUTH}/mfa", headers=headers)).json()
    assert [first.status_code, again.status_code] == [200, 401]
    assert len(set(codes)) == 10
    assert left == {"enabled": True, "recovery_codes_left": 9}


async def test_challenge_works_once_and_not_for_ever(shop: Any) -> None:
    _, uri, codes = await switched_on(shop)
    told = await challenge(shop)
    await a_step_later(shop)

    first = await with_code(shop, "/mfa/verify", {"challenge": told}, uri)
    again = await post(shop, "/mfa/verify", {"challenge": told, "code": codes[0]})
    late = await challenge(shop)
    await shop.pool.execute("update one_time_secret set expires_at = now()")
    over = await post(shop, "/mfa/verify", {"challenge": late, "code": codes[1]})
    made_up = await post(shop, "/mfa/verify", {"challenge": "x" * 43, "code": codes[1]})

    statuses = [each.status_code for each in (first, again, over, made_up)]
    assert statuses == [200, 401, 401, 401]


async def test_guesses_at_the_code_are_locked_and_the_password_buys_no_new_ones(shop: Any) -> None:
    _, uri, _ = await switched_on(shop)

    statuses = []
    for guess in range(7):
        given = {"challenge": await challenge(shop), "code": f"{guess:06}"}
        statuses.append((await post(shop, "/mfa/verify", given)).status_code)
    await a_step_later(shop)
    right = {"challenge": await challenge(shop), "code": code_of(uri)}

    assert statuses == [401] * 5 + [429] * 2
    assert (await post(shop, "/mfa/verify", right)).status_code == 429


async def test_right_password_without_the_code_makes_no_place_known(shop: Any) -> None:
    await switched_on(shop)
    await shop.pool.execute("delete from known_place")

    await challenge(shop)

    assert await shop.pool.fetchval("select count(*) from known_place") == 0


async def test_switching_off_needs_a_code_and_is_told_by_letter(shop: Any) -> None:
    headers, uri, _ = await switched_on(shop)

    await a_step_later(shop)

    wrong = await post(shop, "/mfa/disable", {"code": "000000x"}, headers)
    right = await with_code(shop, "/mfa/disable", {}, uri, headers)
    none = await post(shop, "/mfa/disable", {"code": "123456"}, headers)

    assert [wrong.status_code, right.status_code, none.status_code] == [401, 204, 409]
    assert (await post(shop, "/login", ANNE)).status_code == 200
    assert await shop.pool.fetchval("select count(*) from recovery_code") == 0


async def test_new_recovery_codes_make_the_old_ones_void(shop: Any) -> None:
    headers, _, old = await switched_on(shop)

    wrong = await post(shop, "/mfa/recovery-codes", {"code": "000000x"}, headers)
    made = await post(shop, "/mfa/recovery-codes", {"code": old[0]}, headers)
    new = made.json()["recovery_codes"]
    told = await challenge(shop)
    statuses = [
        (await post(shop, "/mfa/verify", {"challenge": told, "code": code})).status_code
        for code in (old[0], old[1], new[0])
    ]

    assert [wrong.status_code, made.status_code] == [401, 200]
    assert len({*old, *new}) == 20
    assert statuses == [401, 401, 200]
    kinds = await shop.pool.fetch("select action from audit_entry order by seq")
    assert "second_factor.new_recovery_codes" in [row["action"] for row in kinds]


async def test_recovery_codes_are_of_a_factor_that_stands(shop: Any) -> None:
    headers = bearer(await post(shop, "/register", ANNE))

    answer = await post(shop, "/mfa/recovery-codes", {"code": "123456"}, headers)

    assert answer.status_code == 409


async def test_factor_that_stands_cannot_be_replaced(shop: Any) -> None:
    headers, _, _ = await switched_on(shop)

    answer = await post(shop, "/mfa/setup", {"password": ANNE["password"]}, headers)

    assert answer.status_code == 409


async def test_recovery_codes_are_ten_of_128_bits(shop: Any) -> None:
    """v5.0.0-6.5.2, v5.0.0-11.5.1: 26 letters of five bits each."""
    _, _, codes = await switched_on(shop)

    assert len(set(codes)) == 10
    assert all(len(code.replace("-", "")) == 26 for code in codes)


async def test_secret_lies_sealed_in_the_database(shop: Any) -> None:
    _, uri, codes = await switched_on(shop)
    [secret] = parse_qs(urlsplit(uri).query)["secret"]

    sealed = await shop.pool.fetchval("select secret_sealed from second_factor")

    assert base64.b32decode(secret) not in sealed
    digests = {row["digest"] for row in await shop.pool.fetch("select digest from recovery_code")}
    assert len(digests) == 10
    assert not any(code.replace("-", "").encode() in digest for code in codes for digest in digests)


async def test_forgotten_password_does_not_pass_by_the_second_factor(shop: Any) -> None:
    await switched_on(shop)
    await shop.pool.execute("update reader set email_verified_at = now()")
    reader = await shop.pool.fetchval("select id from reader where email is not null")
    token = await SecretRepository(shop.pool).new(
        shop.store.id, "reset-password", timedelta(hours=1), reader_id=reader
    )

    await post(shop, "/password/reset", {"token": token, "password": "a third summer"})

    answer = await post(shop, "/login", {**ANNE, "password": "a third summer"})
    assert answer.json()["type"] == "/problems/second-factor-needed"


async def test_key_without_the_right_to_change_the_account_confirms_nothing(shop: Any) -> None:
    assert (await post(shop, "/mfa/verify", {"code": "123456"})).status_code == 401
    stranger = shop.signed_in("reader")
    assert (await post(shop, "/mfa/verify", {"code": "123456"}, stranger)).status_code == 404


@pytest.mark.parametrize("code", ["", "x" * 10_000, "١٢٣٤٥٦", "\u0000", "-1", "12345"])
async def test_made_up_code_is_refused(shop: Any, code: str) -> None:
    await switched_on(shop)

    answer = await post(shop, "/mfa/verify", {"challenge": await challenge(shop), "code": code})

    assert answer.status_code == 401
