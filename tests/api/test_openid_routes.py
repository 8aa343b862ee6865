"""Signing in through another provider, which runs here as a real server and can lie."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from joserfc.jwk import RSAKey
from msgspec.structs import replace

from api.app import create_app
from tests.api.opened import opened
from tests.openid_server import CLAIMS, CLIENT, SECRET, OpenIdServer, running_provider

AUTH = "/api/v1/auth"
IDENTITIES = "/api/v1/me/identities"
ANNE = {"email": "anne@kellynch.example", "password": "a second spring"}


@pytest.fixture
def provider() -> Iterator[OpenIdServer]:
    with running_provider() as made:
        yield made


@pytest.fixture
async def client(
    provider: OpenIdServer, shop: Any, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    file = tmp_path / "providers.toml"
    file.write_text(
        f'[house]\ntitle = "The House"\nissuer = "{provider.issuer}"\n'
        f'client_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
    )
    async with opened(replace(shop.settings, openid_file=file)) as services:
        transport = httpx.ASGITransport(create_app(services))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as made:
            yield made


async def visited(client: httpx.AsyncClient, **change: str) -> dict[str, str]:
    """What a browser brings back from the provider's page."""
    begun = await client.post(f"{AUTH}/oidc/house/start")
    assert begun.status_code == 200, begun.text
    async with httpx.AsyncClient(timeout=300) as browser:
        sent_back = await browser.get(begun.json()["url"])
    back = urlsplit(sent_back.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == "http://localhost:8000/sign-in/back"
    given = {name: values[0] for name, values in parse_qs(back.query).items()}
    return {**given, "binding": begun.json()["binding"], **change}


async def finish(client: httpx.AsyncClient, given: dict[str, str]) -> httpx.Response:
    return await client.post(f"{AUTH}/oidc/finish", json=given)


async def sign_in(client: httpx.AsyncClient) -> httpx.Response:
    return await finish(client, await visited(client))


async def me(client: httpx.AsyncClient, signed_in: httpx.Response) -> Any:
    headers = {"authorization": f"Bearer {signed_in.json()['access_token']}"}
    return (await client.get("/api/v1/me", headers=headers)).json()


async def test_provider_is_listed(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{AUTH}/oidc")

    assert answer.json() == {"providers": [{"name": "house", "title": "The House"}]}


async def test_shop_without_providers_lists_none(shop: Any) -> None:
    listed = await shop.client.get(f"{AUTH}/oidc")
    unknown = await shop.client.post(f"{AUTH}/oidc/house/start")

    assert listed.json() == {"providers": []}
    assert unknown.status_code == 404


async def test_first_sign_in_opens_an_account_and_the_second_finds_it(
    client: httpx.AsyncClient, provider: OpenIdServer
) -> None:
    first = await me(client, await sign_in(client))
    provider.claims |= {"email": "moved@kellynch.example", "name": "Anne Wentworth"}
    second = await me(client, await sign_in(client))

    assert (first["email"], first["display_name"]) == (ANNE["email"], "Anne Elliot")
    assert first["email_verified"] is True
    assert second == first


async def test_account_with_a_confirmed_address_is_linked_and_told(
    client: httpx.AsyncClient, shop: Any
) -> None:
    registered = (await client.post(f"{AUTH}/register", json=ANNE)).json()
    await shop.pool.execute("update reader set email_verified_at = now()")

    linked = await me(client, await sign_in(client))

    assert linked["id"] == registered["account"]["id"]
    assert await shop.pool.fetchval("select count(*) from external_identity") == 1


async def test_identity_is_listed_and_unlinked_unless_nothing_else_opens_the_account(
    client: httpx.AsyncClient, provider: OpenIdServer, shop: Any
) -> None:
    """ASVS v5.0.0-7.5.1."""
    headers = {"authorization": f"Bearer {(await sign_in(client)).json()['access_token']}"}
    listed = (await client.get(IDENTITIES, headers=headers)).json()["identities"]
    one = f"{IDENTITIES}/{listed[0]['id']}"

    last = await client.delete(one, headers=headers)
    await shop.pool.execute("update reader set password_hash = 'x' where email is not null")
    gone = await client.delete(one, headers=headers)
    again = await client.delete(one, headers=headers)

    assert [each["issuer"] for each in listed] == [provider.issuer]
    assert [last.status_code, gone.status_code, again.status_code] == [409, 204, 404]
    assert "nothing else opens" in last.json()["detail"]
    assert (await client.get(IDENTITIES, headers=headers)).json() == {"identities": []}
    rows = await shop.pool.fetch("select action from audit_entry order by seq desc limit 1")
    assert rows[0]["action"] == "identity.unlink"


async def test_unlinking_long_after_signing_in_needs_the_password(
    client: httpx.AsyncClient, shop: Any
) -> None:
    headers = {"authorization": f"Bearer {(await sign_in(client)).json()['access_token']}"}
    listed = (await client.get(IDENTITIES, headers=headers)).json()["identities"]
    await shop.pool.execute("update session set began_at = now() - interval '11 minutes'")

    refused = await client.delete(f"{IDENTITIES}/{listed[0]['id']}", headers=headers)

    assert refused.json()["type"] == "/problems/fresh-sign-in-needed"


async def test_account_that_somebody_opened_with_your_address_is_not_linked(
    client: httpx.AsyncClient,
) -> None:
    await client.post(f"{AUTH}/register", json=ANNE)

    answer = await sign_in(client)

    assert answer.status_code == 409
    assert "not confirmed" in answer.json()["detail"]


async def test_address_that_the_provider_does_not_vouch_for_opens_nothing(
    client: httpx.AsyncClient, provider: OpenIdServer, shop: Any
) -> None:
    statuses = []
    for vouched in (False, None, 1, "yes", "false"):
        provider.claims["email_verified"] = vouched
        statuses.append((await sign_in(client)).status_code)

    assert statuses == [403] * 5
    assert await shop.pool.fetchval("select count(*) from external_identity") == 0


async def test_address_is_asked_of_userinfo_where_the_token_has_none(
    client: httpx.AsyncClient, provider: OpenIdServer
) -> None:
    provider.claims = {"sub": "4711"}
    provider.user_info = dict(CLAIMS)
    good = await me(client, await sign_in(client))
    provider.user_info = {**CLAIMS, "sub": "somebody else"}
    bad = await sign_in(client)

    assert good["email"] == ANNE["email"]
    assert bad.status_code == 400


async def test_second_factor_is_asked_for_here_too(client: httpx.AsyncClient, shop: Any) -> None:
    """ASVS v5.0.0-6.3.4 and v5.0.0-6.8.4."""
    await sign_in(client)
    await shop.pool.execute(
        """insert into second_factor (reader_id, store_id, secret_sealed, confirmed_at)
           select id, store_id, '', now() from reader where email is not null"""
    )

    answer = await sign_in(client)

    assert answer.status_code == 401
    assert answer.json()["type"] == "/problems/second-factor-needed"


async def test_answer_that_belongs_to_no_sign_in_of_this_browser_is_refused(
    client: httpx.AsyncClient,
) -> None:
    """ASVS v5.0.0-10.1.2, v5.0.0-10.2.1 and v5.0.0-10.2.2."""
    changes = (
        {"state": "x" * 43},
        {"binding": "x" * 43},
        {"binding": ""},
        {"code": "made-up"},
        {"iss": "https://evil.example"},
        {"iss": ""},
    )

    answers = [await finish(client, await visited(client, **change)) for change in changes]

    assert [answer.status_code for answer in answers] == [400] * 6


async def test_answer_works_once_also_when_sent_at_once(client: httpx.AsyncClient) -> None:
    """ASVS v5.0.0-10.1.2."""
    given = await visited(client)

    answers = await asyncio.gather(*(finish(client, given) for _ in range(5)))

    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400]


async def test_token_for_another_sign_in_is_refused(
    client: httpx.AsyncClient, provider: OpenIdServer
) -> None:
    """ASVS v5.0.0-10.5.1 and v5.0.0-10.5.4."""
    now = int(time.time())
    lies: tuple[dict[str, Any], ...] = (
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://evil.example"},
        {"aud": "another client"},
        {"aud": [CLIENT, "another client"]},
        {"azp": "another client"},
        {"exp": now - 3600},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": now + 3600},
        {"iat": now - 86_400},
        {"sub": None},
        {"sub": 4711},
    )

    accepted = []
    for lie in lies:
        provider.claims = {**CLAIMS, **lie}
        answer = await sign_in(client)
        if answer.status_code != 400 or "not for this sign-in" not in answer.json()["detail"]:
            accepted.append((lie, answer.text))

    assert accepted == []


async def test_token_by_an_algorithm_that_proves_nothing_is_refused(
    client: httpx.AsyncClient, provider: OpenIdServer
) -> None:
    """ASVS v5.0.0-6.8.2."""
    told = []
    for algorithm in ("none", "HS256", "RS512"):
        provider.header = {"alg": algorithm}
        told.append((await sign_in(client)).json()["detail"])

    assert told == ["the provider's token cannot be believed"] * 3


async def test_token_signed_by_somebody_else_is_refused(
    client: httpx.AsyncClient, provider: OpenIdServer
) -> None:
    """ASVS v5.0.0-6.8.2."""
    provider.signing_key = RSAKey.generate_key(2048, {"kid": "one"})

    assert (await sign_in(client)).status_code == 400


async def test_key_that_is_soon_factored_is_not_believed(
    client: httpx.AsyncClient, provider: OpenIdServer
) -> None:
    """ASVS v5.0.0-11.2.3, in part: 112 bits of security where the row wants 128."""
    modulus = generate_private_key(65537, 1024).public_key().public_numbers().n.to_bytes(128)
    n = base64.urlsafe_b64encode(modulus).rstrip(b"=").decode()
    weak = {"kty": "RSA", "kid": "one", "n": n, "e": "AQAB"}
    provider.answers["/jwks"] = (200, json.dumps({"keys": [weak]}).encode())

    refused = await sign_in(client)
    del provider.answers["/jwks"]  # its own has 2048 bits
    taken = await sign_in(client)

    assert (refused.status_code, taken.status_code) == (503, 200)
