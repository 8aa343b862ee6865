"""Who asks too often is told so, and nobody else is."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.asgi.clients import ClientAddresses
from api.asgi.limits import rule_of
from api.routes.every import EVERY
from core.limits.counting import Limits
from core.limits.policy import RULES, LimitsUnavailable, Policy
from ext.memory_limits import MappedLimits

LOGIN = "/api/v1/auth/login"
NOBODY = {"email": "nobody@x.example", "refresh_token": "none"}


class Away:
    async def take(self, key: bytes, policy: Policy) -> int:
        raise LimitsUnavailable("Valkey is away")


async def refresh(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/api/v1/auth/refresh", json={"refresh_token": "none"})


@pytest.fixture
async def client(shop: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the application at one moment: nothing is given back while a busy machine answers."""
    mapped = MappedLimits(shop.settings.data_dir / "limits-of-a-moment", now=lambda: 10**15)
    shop.services.limits = Limits(mapped)
    transport = httpx.ASGITransport(create_app(shop.services))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as made:
        yield made
    mapped.close()


async def test_stranger_may_write_a_hundred_times_an_hour(client: httpx.AsyncClient) -> None:
    answers = [await refresh(client) for _ in range(101)]

    last = answers[-1]
    assert [answer.status_code for answer in answers] == [401] * 100 + [429]
    assert answers[0].headers["ratelimit-policy"] == '"anonymous";q=100;w=3600'
    assert answers[0].headers["ratelimit"] == '"anonymous";r=99;t=36'
    assert last.headers["ratelimit"] == '"anonymous";r=0;t=3600'
    assert last.headers["retry-after"] == "36"
    assert last.json()["type"] == "/problems/quota-exceeded"
    assert last.json()["violated-policies"] == ["anonymous"]


async def test_made_up_forwarding_headers_change_nothing(client: httpx.AsyncClient) -> None:
    """ASVS v5.0.0-4.1.3 and v5.0.0-15.3.4."""
    for number in range(101):
        headers = {"x-forwarded-for": f"192.0.2.{number}", "forwarded": f"for=192.0.2.{number}"}
        answer = await client.post(LOGIN, content=b"", headers=headers)

    assert answer.status_code == 429


async def test_who_is_signed_in_has_a_quota_of_its_own(
    shop: Any, client: httpx.AsyncClient
) -> None:
    refused = [await refresh(client) for _ in range(101)][-1]

    answer = await client.get("/api/v1/me", headers=shop.signed_in("reader"))

    assert refused.status_code == 429
    assert answer.status_code == 404  # no account stands behind the token
    assert answer.headers["ratelimit-policy"] == '"signed-in";q=1000;w=3600'


async def test_bad_token_counts_by_address(shop: Any) -> None:
    answer = await shop.client.get("/api/v1/me", headers={"authorization": "Bearer x"})

    assert answer.status_code == 401
    assert answer.headers["ratelimit"] == '"anonymous";r=99;t=36'


async def test_search_has_a_burst_of_its_own(shop: Any) -> None:
    answer = await shop.client.get("/api/v1/search?q=emma")

    assert answer.headers["ratelimit-policy"] == '"search";q=300;w=10'
    assert answer.headers["ratelimit"] == '"search";r=299;t=1'


async def test_nothing_is_counted_where_limits_are_off(shop: Any) -> None:
    shop.services.limits = None
    transport = httpx.ASGITransport(create_app(shop.services))

    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        answers = [await refresh(client) for _ in range(101)]

    assert answers[-1].status_code == 401
    assert "ratelimit" not in answers[-1].headers


async def test_signing_in_fails_closed_and_the_rest_goes_on_without_valkey(shop: Any) -> None:
    mapped = MappedLimits(shop.settings.data_dir / "limits")
    shop.services.limits = Limits(mapped, Away())
    transport = httpx.ASGITransport(create_app(shop.services))

    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        login = await client.post(LOGIN, json={"email": "a@x.example", "password": "a" * 10})
        renewed = await refresh(client)
        searched = await client.get("/api/v1/search?q=emma")

    assert [login.status_code, renewed.status_code, searched.status_code] == [503, 401, 200]
    assert renewed.headers["ratelimit"] == '"anonymous";r=99;t=36'
    mapped.close()


def scope(peer: str, *forwarded: str) -> dict[str, Any]:
    lines = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    return {"client": (peer, 1), "headers": lines}


@pytest.mark.parametrize(
    ("peer", "forwarded", "same_as"),
    [
        ("192.0.2.9", ("198.51.100.1",), "192.0.2.9"),
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("203.0.113.5, 198.51.100.1, 10.9.9.9",), "198.51.100.1"),
        ("10.0.0.1", ("203.0.113.5", "198.51.100.1"), "198.51.100.1"),
        ("10.0.0.1", ("198.51.100.1:4711",), "198.51.100.1"),
        ("10.0.0.1", ("203.0.113.5, nonsense",), "10.0.0.1"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("::ffff:192.0.2.9", (), "192.0.2.9"),
        ("2001:db8:1:2::3", (), "2001:db8:1:2:ffff::"),
        ("10.0.0.1", ("[2001:db8:1:2::3]:443",), "2001:db8:1:2:ffff::"),
    ],
)
def test_client_is_the_nearest_address_that_is_no_proxy_of_ours(
    peer: str, forwarded: tuple[str, ...], same_as: str
) -> None:
    """ASVS v5.0.0-15.3.4."""
    clients = ClientAddresses(("10.0.0.0/8",))

    found = clients.of(scope(peer, *forwarded))

    assert found == clients.of(scope(same_as)) == clients.of(scope(peer, *forwarded))


def test_every_route_that_writes_is_counted() -> None:
    uncounted = [
        each.name
        for each in EVERY
        if not {"GET", "HEAD", "OPTIONS"}.issuperset(each.methods)
        and rule_of(each.name, each.documented.tag, each.methods) is None
    ]

    assert uncounted == []


def test_names_in_the_rules_are_routes() -> None:
    used = {id(rule_of(each.name, each.documented.tag, each.methods)) for each in EVERY}

    assert {id(rule) for rule in RULES.values()} <= used
