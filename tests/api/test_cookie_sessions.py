"""Sessions of browsers: cookies that scripts cannot read, and changes only from pages of ours."""

from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from api.app import create_app

AUTH = "/api/v1/auth"
ANNE = {"email": "anne@kellynch.example", "password": "a second spring"}
BY_COOKIE = {"x-session": "cookie"}


def cookies_of(answer: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for line in answer.headers.get_list("set-cookie"):
        for name, morsel in SimpleCookie(line).items():
            found[name.removeprefix("__Host-bookwheel-")] = morsel
    return found


def sent(cookies: dict[str, Any], *names: str) -> dict[str, str]:
    """The cookies as a browser sends them."""
    chosen = names or tuple(cookies)
    pairs = [f"__Host-bookwheel-{name}={cookies[name].value}" for name in chosen]
    return {"cookie": "; ".join(pairs)}


def proved(cookies: dict[str, Any]) -> dict[str, str]:
    return sent(cookies) | {"x-csrf-token": cookies["csrf"].value}


async def signed_in(shop: Any) -> dict[str, Any]:
    answer = await shop.client.post(f"{AUTH}/register", json=ANNE, headers=BY_COOKIE)
    assert answer.status_code == 201
    return cookies_of(answer)


async def test_page_that_signs_in_gets_cookies_and_no_tokens(shop: Any) -> None:
    await shop.client.post(f"{AUTH}/register", json=ANNE)

    answer = await shop.client.post(f"{AUTH}/login", json=ANNE, headers=BY_COOKIE)

    lines = answer.headers.get_list("set-cookie")
    assert (answer.json()["access_token"], answer.json()["refresh_token"]) == ("", "")
    assert [line.partition("=")[0] for line in lines] == [
        "__Host-bookwheel-access",
        "__Host-bookwheel-refresh",
        "__Host-bookwheel-csrf",
    ]
    assert all("; Path=/; SameSite=Strict; Secure" in line for line in lines)
    assert ["HttpOnly" in line for line in lines] == [True, True, False]
    assert not any("Domain" in line for line in lines)


async def test_cookie_says_who_asks(shop: Any) -> None:
    cookies = await signed_in(shop)

    answer = await shop.client.get("/api/v1/me", headers=sent(cookies))

    assert answer.json()["email"] == ANNE["email"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-csrf-token": ""},
        {"x-csrf-token": "guessed"},
        {"x-csrf-token": "{csrf}", "sec-fetch-site": "cross-site"},
        {"x-csrf-token": "{csrf}", "sec-fetch-site": "same-site"},
    ],
)
async def test_change_by_cookie_without_proof_is_refused(
    shop: Any, headers: dict[str, str]
) -> None:
    cookies = await signed_in(shop)
    shown = {name: each.format(csrf=cookies["csrf"].value) for name, each in headers.items()}

    changed = await shop.client.patch(
        "/api/v1/me", json={"display_name": "B"}, headers=sent(cookies) | shown
    )
    ended = await shop.client.post(
        f"{AUTH}/logout", json={}, headers=sent(cookies) | BY_COOKIE | shown
    )

    assert [changed.status_code, ended.status_code] == [403, 403]
    assert changed.json()["type"] == ended.json()["type"] == "/problems/forged-post"
    assert (await shop.client.get("/api/v1/me", headers=sent(cookies))).status_code == 200


async def test_proof_without_its_cookie_is_worth_nothing(shop: Any) -> None:
    cookies = await signed_in(shop)
    headers = sent(cookies, "access") | {"x-csrf-token": ""}

    answer = await shop.client.patch("/api/v1/me", json={"display_name": "B"}, headers=headers)

    assert answer.status_code == 403


async def test_change_by_cookie_with_proof_is_made(shop: Any) -> None:
    cookies = await signed_in(shop)

    answer = await shop.client.patch(
        "/api/v1/me", json={"display_name": "B"}, headers=proved(cookies)
    )

    assert answer.json()["display_name"] == "B"


async def test_session_is_renewed_and_ended_by_cookie(shop: Any) -> None:
    first = await signed_in(shop)

    renewed = await shop.client.post(f"{AUTH}/refresh", json={}, headers=proved(first) | BY_COOKIE)
    second = cookies_of(renewed)
    out = await shop.client.post(f"{AUTH}/logout", json={}, headers=proved(second) | BY_COOKIE)
    again = await shop.client.post(f"{AUTH}/refresh", json={}, headers=proved(second) | BY_COOKIE)

    assert [renewed.status_code, out.status_code, again.status_code] == [200, 204, 401]
    assert all(first[name].value != second[name].value for name in first)
    assert {each["max-age"] for each in cookies_of(out).values()} == {"0"}
    assert {each["max-age"] for each in cookies_of(again).values()} == {"0"}


async def test_expired_cookie_is_401_so_that_the_page_renews(shop: Any) -> None:
    cookie = {"cookie": "__Host-bookwheel-access=x.y.z"}

    search = await shop.client.get("/api/v1/search?q=emma", headers=cookie)
    books = await shop.client.get("/api/v1/books", headers=cookie)

    assert [search.status_code, books.status_code] == [401, 200]


async def test_without_tls_only_the_demo_takes_cookies(shop: Any) -> None:
    cookies = await signed_in(shop)
    plain = {"cookie": f"bookwheel-access={cookies['access'].value}"}
    refused = await shop.client.get("/api/v1/me", headers=plain)

    shop.services.settings = replace(shop.settings, demo=True)
    shop.services.cookies = type(shop.services.cookies)(secure=False, seconds=60)
    transport = httpx.ASGITransport(create_app(shop.services))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as demo:
        taken = await demo.get("/api/v1/me", headers=plain)
        login = await demo.post(f"{AUTH}/login", json=ANNE, headers=BY_COOKIE)

    assert [refused.status_code, taken.status_code] == [401, 200]
    assert not any("Secure" in line for line in login.headers.get_list("set-cookie"))
