"""Leaving for another provider and coming back, as the browser sees it.

The provider itself is tested in tests/api/test_openid_routes.py; here its answers are given to the
page by the browser, and the session that it opens is a demo reader's.
"""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")

BACK = {"code": "a code", "state": "a state", "iss": "https://id.house.example"}


async def demo_reader(page: Any) -> dict[str, str]:
    accounts = await page.request.get("/api/v1/demo/accounts")
    first: dict[str, str] = (await accounts.json())["accounts"][0]
    return first


async def with_provider(page: Any, back: dict[str, str]) -> list[dict[str, str]]:
    """Let the page know a provider that sends back at once; what the page then tells the shop."""
    told: list[dict[str, str]] = []
    listed = {"providers": [{"name": "house", "title": "The House"}]}
    started = {"url": f"/sign-in/back?{urlencode(back)}", "binding": "kept here"}

    async def finish(route: Any) -> None:
        told.append(json.loads(route.request.post_data))
        reader = await demo_reader(page)
        proofs = json.dumps({"email": reader["email"], "password": reader["password"]})
        address = route.request.url.replace("oidc/finish", "login")
        await route.fulfill(response=await route.fetch(url=address, post_data=proofs))

    await page.route("**/auth/oidc", lambda route: route.fulfill(json=listed))
    await page.route("**/auth/oidc/house/start", lambda route: route.fulfill(json=started))
    await page.route("**/auth/oidc/finish", finish)
    return told


async def leave(page: Any) -> None:
    await page.locator("#account").click()
    await page.get_by_role("button", name="Sign in with The House").click()


async def test_reader_comes_back_signed_in_and_nothing_stays_in_the_address(
    visitor: Any, expect: Any
) -> None:
    page = await visitor.open("/")
    told = await with_provider(page, BACK)
    reader = await demo_reader(page)

    await leave(page)

    await expect(page.locator("#account")).to_have_text(reader["display_name"])
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert told == [{**BACK, "binding": "kept here"}]
    assert page.url == f"{visitor.address}/"
    assert await page.evaluate("sessionStorage.getItem('bookwheel.away')") is None


async def test_provider_that_refuses_is_told_in_its_words(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/")
    told = await with_provider(
        page, {"error": "access_denied", "error_description": "<b>Not today</b>", "state": "s"}
    )

    await leave(page)

    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("status")).to_have_text(
        "Nobody was signed in: <b>Not today</b>."
    )
    assert told == []
