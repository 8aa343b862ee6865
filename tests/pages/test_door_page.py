"""The door: joining, letters, a forgotten password, a second factor, passkeys, the account."""

import asyncio
import base64
import json
import re
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from core.accounts.totp import STEP_SECONDS, code_at

pytestmark = pytest.mark.asyncio(loop_scope="session")

PASSWORD = "a second spring"
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
DIALOG_FITS = "document.querySelector('dialog').scrollWidth <= innerWidth"


def new_address() -> str:
    return f"anne-{secrets.token_hex(4)}@kellynch.example"


async def opened(page: Any) -> Any:
    await page.locator("#account").click()
    return page.get_by_role("dialog")


async def join(page: Any, email: str) -> Any:
    """Register by the page; the dialog, which tells of a letter."""
    dialog = await opened(page)
    await dialog.get_by_role("button", name="Create an account").click()
    await dialog.get_by_label("E-mail").fill(email)
    await dialog.get_by_label("What shall we call you?").fill("Anne")
    await dialog.get_by_label("Password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Create the account").click()
    return dialog


async def link_of(page: Any, email: str, subject: str) -> str:
    """The link of the newest letter of the kind, once it has arrived."""
    async with asyncio.timeout(300):
        while True:
            letters = (await (await page.request.get("/api/v1/demo/letters")).json())["letters"]
            for each in letters:
                if each["to"] == email and each["subject"].startswith(subject):
                    found = re.search(r"http://[^/\s]+(/\S+)", each["text"])
                    assert found is not None
                    return found[1]
            await page.wait_for_timeout(100)


def code_from(uri: str) -> str:
    [secret] = parse_qs(urlsplit(uri).query)["secret"]
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return code_at(key, int(time.time()) // STEP_SECONDS)


async def test_reader_joins_and_confirms_the_address_by_the_letter(
    visitor: Any, expect: Any
) -> None:
    page, email = await visitor.open("/"), new_address()

    dialog = await join(page, email)

    await expect(dialog.get_by_role("heading", name="Welcome")).to_be_visible()
    await expect(page.locator("#account")).to_have_text("Anne")
    await dialog.get_by_role("link", name="it lies in the outbox").click()
    letter = page.get_by_role("article").filter(has_text=email).first
    await letter.get_by_role("link").click()
    await expect(page.get_by_role("dialog").get_by_role("status")).to_have_text(
        f"{email} is confirmed. Thank you."
    )
    assert "#" not in page.url
    await page.get_by_role("button", name="To the shelves").click()
    await expect(await opened(page)).to_contain_text(f"{email} – confirmed")


async def test_registration_that_breaks_a_rule_says_where(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/")
    dialog = await opened(page)
    await dialog.get_by_role("button", name="Create an account").click()
    await dialog.get_by_label("E-mail").fill(new_address())
    password = dialog.get_by_label("Password")
    await password.fill("password12")

    await dialog.get_by_role("button", name="Create the account").click()

    await expect(password).to_have_attribute("aria-invalid", "true")
    await expect(password).to_be_focused()
    await expect(dialog).to_contain_text("first that are guessed")
    visitor.complaints.clear()  # the browser reports the 400 itself


async def test_forgotten_password_is_replaced_by_the_letter(visitor: Any, expect: Any) -> None:
    page, email = await visitor.open("/"), new_address()
    await join(page, email)
    await expect(page.locator("#account")).to_have_text("Anne")
    other = await visitor.open("/")
    dialog = await opened(other)
    await dialog.get_by_role("button", name="Forgotten your password?").click()
    await dialog.get_by_label("E-mail").fill(email)
    await dialog.get_by_role("button", name="Send the link").click()
    await expect(dialog.get_by_role("heading")).to_have_text("Look into your mailbox")

    await other.goto(await link_of(other, email, "Choose"))
    dialog = other.get_by_role("dialog")
    await dialog.get_by_label("New password").fill("a third summer")
    await dialog.get_by_role("button", name="Change it").click()

    await expect(dialog.get_by_role("status")).to_contain_text("Your password is changed")
    await dialog.get_by_label("E-mail").fill(email)
    await dialog.get_by_label("Password").fill("a third summer")
    await dialog.get_by_role("button", name="Sign in", exact=True).click()
    await expect(other.locator("#account")).to_have_text("Anne")


async def test_address_is_changed_by_the_letter_to_the_new_one(visitor: Any, expect: Any) -> None:
    page, email, new = await visitor.open("/"), new_address(), new_address()
    await join(page, email)
    await page.get_by_role("button", name="To the shelves").click()
    dialog = await opened(page)
    await dialog.get_by_role("button", name="Change the address").click()
    await dialog.get_by_label("New e-mail").fill(new)
    await dialog.get_by_label("Your password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Send the link").click()
    await expect(dialog.get_by_role("heading")).to_have_text("Look into your mailbox")
    await dialog.get_by_role("button", name="To the shelves").click()

    await page.goto(await link_of(page, new, "Confirm your new"))

    await expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text(
        f"{new} is your address"
    )
    await page.get_by_role("button", name="To the shelves").click()
    await expect(await opened(page)).to_contain_text(f"{new} – confirmed")


async def test_identity_at_another_provider_is_shown_and_unlinked(
    visitor: Any, expect: Any
) -> None:
    page = await visitor.open("/")
    await join(page, new_address())
    await page.get_by_role("button", name="To the shelves").click()
    linked = [{"id": "1", "issuer": "https://id.house.example/x", "linked_at": "2026-11-01T09:00Z"}]

    async def unlink(route: Any) -> None:
        linked.clear()
        await route.fulfill(status=204)

    # A demo trusts no provider; the routes are tested in tests/api/test_openid_routes.py.
    await page.route("**/me/identities", lambda route: route.fulfill(json={"identities": linked}))
    await page.route("**/me/identities/1", unlink)
    dialog = await opened(page)
    others = dialog.get_by_role("region", name="Other providers")
    await expect(others).to_contain_text("id.house.example since 1 Nov 2026")

    await others.get_by_role("button", name="Unlink").click()

    await expect(dialog.get_by_role("region", name="Passkeys")).to_be_visible()
    await expect(others).to_have_count(0)


async def test_used_link_says_so_and_stays_out_of_the_way(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/#verify-email=made-up")

    status = page.get_by_role("dialog").get_by_role("status")

    await expect(status).to_contain_text("Link no longer good")
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-shelf=trending] [data-book]").first).to_be_visible()
    visitor.complaints.clear()


async def test_second_factor_is_set_up_asked_for_and_switched_off(
    visitor: Any, expect: Any
) -> None:
    page, email = await visitor.open("/"), new_address()
    await join(page, email)
    await page.get_by_role("button", name="To the shelves").click()
    dialog = await opened(page)
    await dialog.get_by_role("button", name="Switch on").click()
    await dialog.get_by_label("Your password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Go on").click()
    uri = await dialog.get_by_role("link", name="open the app").get_attribute("href")
    await expect(dialog.get_by_role("img")).to_have_js_property("complete", value=True)
    assert await dialog.get_by_role("img").evaluate("(image) => image.naturalWidth") > 0
    shown = dialog.get_by_role("list", name="Recovery codes").locator("code")
    wrong = dialog.get_by_role("alert").filter(has_text="wrong")
    while await shown.count() == 0:  # once more where the code ran out on the way
        await dialog.get_by_label("The code that the app shows").fill(code_from(uri))
        await dialog.get_by_role("button", name="Switch on").click()
        await expect(shown.first.or_(wrong)).to_be_visible()
    await expect(shown).to_have_count(10)
    codes = await shown.all_inner_texts()
    await dialog.get_by_role("button", name="I have kept them").click()
    await expect(dialog).to_contain_text("10 recovery codes are left")
    await dialog.get_by_role("button", name="New recovery codes").click()
    await dialog.get_by_label("A code of the app, or").fill(codes[0])
    await dialog.get_by_role("button", name="Make new codes").click()
    await expect(shown).to_have_count(10)
    codes = await shown.all_inner_texts()
    await dialog.get_by_role("button", name="I have kept them").click()
    await dialog.get_by_role("button", name="Sign out", exact=True).click()

    dialog = await opened(page)
    await dialog.get_by_label("E-mail").fill(email)
    await dialog.get_by_label("Password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Sign in", exact=True).click()
    await dialog.get_by_label("Code").fill("000000")
    await dialog.get_by_role("button", name="Go on").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("wrong")
    await dialog.get_by_label("Code").fill(codes[0])
    await dialog.get_by_role("button", name="Go on").click()
    await expect(page.locator("#account")).to_have_text("Anne")

    dialog = await opened(page)
    await dialog.get_by_role("button", name="Switch off").click()
    await dialog.get_by_label("A last code").fill(codes[1])
    await dialog.get_by_role("button", name="Switch off").click()
    await expect(dialog).to_contain_text("Off: the password alone")
    visitor.complaints.clear()  # the browser reports the 401s itself


async def test_passkey_is_added_signs_in_and_is_removed(visitor: Any, expect: Any) -> None:
    # Browsers know no passkeys on an IP address.
    visitor.address = visitor.address.replace("127.0.0.1", "localhost")
    page, email = await visitor.open("/"), new_address()
    devices = await page.context.new_cdp_session(page)
    await devices.send("WebAuthn.enable")
    await devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    await join(page, email)
    await page.get_by_role("button", name="To the shelves").click()
    dialog = await opened(page)
    await dialog.get_by_role("button", name="Add a passkey").click()
    await dialog.get_by_label("Your password").fill(PASSWORD)
    await dialog.get_by_label("Name of the device").fill("My telephone")
    await dialog.get_by_role("button", name="Add it").click()
    await expect(dialog.get_by_role("region", name="Passkeys")).to_contain_text("My telephone")
    await dialog.get_by_role("button", name="Sign out", exact=True).click()

    dialog = await opened(page)
    await dialog.get_by_role("button", name="Sign in with a passkey").click()
    await expect(page.locator("#account")).to_have_text("Anne")

    dialog = await opened(page)
    await dialog.get_by_role("button", name="Remove").click()
    await expect(dialog.get_by_role("region", name="Passkeys")).to_contain_text("None yet")


async def test_session_of_another_browser_is_shown_and_ended(visitor: Any, expect: Any) -> None:
    page, email = await visitor.open("/"), new_address()
    await join(page, email)
    await page.get_by_role("button", name="To the shelves").click()
    proofs = json.dumps({"email": email, "password": PASSWORD})
    there = await page.request.post(
        "/api/v1/auth/login", data=proofs, headers={"content-type": "application/json"}
    )
    dialog = await opened(page)
    elsewhere = dialog.get_by_role("region", name="Signed in elsewhere")

    await elsewhere.get_by_role("button", name="Sign out there").click()

    await expect(elsewhere).to_have_count(0)
    renewed = await page.request.post(
        "/api/v1/auth/refresh", data={"refresh_token": (await there.json())["refresh_token"]}
    )
    assert renewed.status == 401
    await expect(page.locator("#account")).to_have_text("Anne")


async def test_signing_out_everywhere_asks_for_the_password_of_who_came_long_ago(
    visitor: Any, expect: Any
) -> None:
    page = await visitor.open("/")
    await join(page, new_address())
    await page.get_by_role("button", name="To the shelves").click()

    async def long_ago(route: Any) -> None:  # what the shop answers after ten minutes
        if (route.request.post_data_json or {}).get("password"):
            await route.continue_()
            return
        problem = json.dumps({"type": "/problems/fresh-sign-in-needed", "status": 403})
        await route.fulfill(status=403, body=problem, content_type="application/problem+json")

    await page.route("**/me/sessions", long_ago)
    dialog = await opened(page)
    await dialog.get_by_role("button", name="Sign out everywhere").click()
    await dialog.get_by_label("Your password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Sign out everywhere").click()

    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.locator("#account")).to_have_text("Sign in")
    visitor.complaints.clear()  # the browser reports the 403 itself


async def test_address_without_passkeys_offers_none(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/")

    dialog = await opened(page)

    await expect(dialog.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    await expect(dialog.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)


async def test_whole_door_works_by_keyboard(visitor: Any, expect: Any) -> None:
    page, email = await visitor.open("/"), new_address()
    await page.locator("#account").focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("list", name="Demo readers")).to_be_visible()
    await dialog.get_by_role("button", name="Create an account").focus()
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_label("E-mail")).to_be_focused()
    await page.keyboard.type(email)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)

    await page.keyboard.press("Enter")

    await expect(dialog.get_by_role("button", name="To the shelves")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.locator("#account")).to_be_focused()


async def test_slow_answer_says_so_and_counts_once(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/")
    asked: list[Any] = []

    async def hold(route: Any) -> None:
        asked.append(route)

    await page.route("**/auth/password/forgot", hold)
    dialog = await opened(page)
    await dialog.get_by_role("button", name="Forgotten your password?").click()
    await dialog.get_by_label("E-mail").fill(new_address())
    await dialog.get_by_role("button", name="Send the link").click()
    await expect(dialog.locator("form")).to_have_attribute("aria-busy", "true")
    await dialog.get_by_role("button", name="One moment").click()
    await page.keyboard.press("Enter")

    assert len(asked) == 1
    await asked[0].continue_()
    await expect(dialog.get_by_role("heading")).to_have_text("Look into your mailbox")


async def test_failing_shop_is_told_and_what_was_typed_stays(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/")
    await page.route("**/auth/register", lambda route: route.abort())
    dialog = await opened(page)
    await dialog.get_by_role("button", name="Create an account").click()
    await dialog.get_by_label("E-mail").fill("anne@kellynch.example")
    await dialog.get_by_label("Password").fill(PASSWORD)

    await dialog.get_by_role("button", name="Create the account").click()

    await expect(dialog.get_by_role("alert")).to_contain_text("does not answer")
    await expect(dialog.get_by_label("Password")).to_have_value(PASSWORD)
    await expect(dialog.get_by_role("button", name="Create the account")).to_be_enabled()
    visitor.complaints.clear()


@pytest.mark.parametrize("width", [390, 320])
async def test_door_fits_a_phone(
    visitor: Any, expect: Any, phone: dict[str, Any], width: int
) -> None:
    page = await visitor.open("/", **phone | {"viewport": {"width": width, "height": 700}})
    await join(page, new_address())
    await page.get_by_role("button", name="To the shelves").click()

    dialog = await opened(page)
    await expect(dialog.get_by_role("region", name="Passkeys")).to_be_visible()

    assert await page.evaluate(FITS)
    assert await page.evaluate(DIALOG_FITS)
    small = await dialog.get_by_role("button").evaluate_all(
        """(all) => all.filter((one) => one.getBoundingClientRect().height < 40)
                       .map((one) => one.textContent)"""
    )
    assert small == []


async def test_outbox_shows_letters_as_text(visitor: Any, expect: Any) -> None:
    page, email = await visitor.open("/"), new_address()
    registered = await page.request.post(
        "/api/v1/auth/register",
        data=json.dumps({"email": email, "password": PASSWORD, "display_name": "<b>Anne</b>"}),
        headers={"content-type": "application/json"},
    )
    assert registered.status == 201

    await page.goto("/outbox")

    letter = page.get_by_role("article").filter(has_text=email)
    await expect(letter).to_contain_text("Hello <b>Anne</b>,")
    await expect(letter.locator("b")).to_have_count(0)
