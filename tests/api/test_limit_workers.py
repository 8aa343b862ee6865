"""Limits over real workers: exact, with and without Valkey, and as declared while it is away."""

import asyncio
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from tests.valkey_server import ValkeyServer

LOGIN = "/api/v1/auth/login"
REFRESH = "/api/v1/auth/refresh"
NOBODY = {"email": "nobody@x.example", "password": "not the password"}
TEN = ("anonymous=10/3600",)


async def sixty(clients: list[httpx.AsyncClient]) -> list[int]:
    """Sixty at once, half to each worker, each claiming to come from elsewhere."""

    async def ask(number: int) -> int:
        headers = {
            "x-forwarded-for": f"192.0.2.{number}",
            "forwarded": f"for=192.0.2.{number}",
            "x-real-ip": f"192.0.2.{number}",
            "cf-connecting-ip": f"192.0.2.{number}",
        }
        body = {"refresh_token": "none"}
        answer = await clients[number % 2].post(REFRESH, json=body, headers=headers)
        return answer.status_code

    return list(await asyncio.gather(*map(ask, range(60))))


@pytest.mark.parametrize("counted", ["on the node", "in Valkey"])
async def test_of_sixty_at_once_over_two_workers_ten_pass(
    shop: Any, serving: Any, counted: str, request: pytest.FixtureRequest
) -> None:
    settings = replace(shop.settings, quotas=TEN)
    if counted == "in Valkey":
        valkey: ValkeyServer = request.getfixturevalue("valkey")
        settings = replace(settings, valkey_url=valkey.url, valkey_ms=60_000)
    clients = await serving(settings, 2)

    statuses = await sixty(clients)

    assert (statuses.count(401), statuses.count(429)) == (10, 50)


@pytest.mark.parametrize("how", ["refused", "silent"])
async def test_signing_in_is_refused_and_the_rest_counted_here_while_valkey_is_away(
    shop: Any, serving: Any, valkey: ValkeyServer, how: str
) -> None:
    settings = replace(shop.settings, quotas=TEN, valkey_url=valkey.url)
    clients = await serving(settings, 2)
    if how == "refused":
        valkey.stop()
    else:
        valkey.silence()

    async with asyncio.timeout(20):  # sixty waits of 0.1 s in turn are six; none waits for ever
        logins = [await client.post(LOGIN, json=NOBODY) for client in clients]
        statuses = await sixty(clients)
        reads = [await client.get("/api/v1/search?q=emma") for client in clients]

    assert [answer.status_code for answer in logins] == [503, 503]
    assert all(answer.headers["retry-after"] == "1" for answer in logins)
    assert (statuses.count(401), statuses.count(429)) == (10, 50)
    assert [answer.status_code for answer in reads] == [200, 200]
