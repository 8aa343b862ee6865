"""One book in the browser, and what a signed-in reader can do there."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")

SignIn = Callable[[Any], Coroutine[Any, Any, str]]
HOSTILE = '<img src=x onerror="document.title=1"> & <b>Bold</b> “Tables”'


async def test_book_page_shows_similar_books_with_reasons(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/?q=middlemarch")

    await page.locator(".find h2 a").first.click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Middlemarch")
    await expect(page.locator(".opened .authors")).to_have_text("George Eliot")
    await expect(page.locator(".opened .price")).to_have_text(re.compile(r"^€\d+\.\d\d$"))
    similar = page.locator("[data-shelf=similar] [data-book]")
    await expect(similar).to_have_count(10)
    reasons = await similar.locator(".talker").all_inner_texts()
    assert len(reasons) == 10
    assert all(reasons)
    assert "Middlemarch" not in await similar.locator(".spine-note a").all_inner_texts()


async def test_address_of_a_book_can_be_shared(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/?q=middlemarch")
    await page.locator(".find h2 a").first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Middlemarch")

    elsewhere = await visitor.open(page.url.removeprefix(visitor.address))

    await expect(elsewhere.get_by_role("heading", level=1)).to_have_text("Middlemarch")
    await expect(elsewhere).to_have_title("Middlemarch · Bookwheel")


async def test_way_back_leads_to_the_same_results(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/?sort=popular&page=2")
    link = page.locator(".find h2 a").nth(9)
    await link.scroll_into_view_if_needed()
    place = await page.evaluate("scrollY")
    await link.click()
    await expect(page.locator(".opened")).to_be_visible()

    await page.get_by_role("button", name="Back to the shelves").click()

    await expect(page).to_have_url(re.compile(r"\?sort=popular&page=2$"))
    await page.wait_for_function("place => Math.abs(scrollY - place) < 200", arg=place)


async def test_unknown_book_is_a_message(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/?book=00000000-0000-7000-8000-000000000000")

    await expect(page.get_by_role("alert")).to_contain_text("Not found")
    visitor.complaints.clear()  # the browser reports the 404 itself


async def test_title_with_markup_is_shown_as_text(
    visitor: Any, expect: Any, demo_server: str
) -> None:
    page = await visitor.open("/")
    accounts = (await (await page.request.get("/api/v1/demo/accounts")).json())["accounts"]
    staff = next(account for account in accounts if account["role"] in {"staff", "admin"})
    login = {"email": staff["email"], "password": staff["password"]}
    token = await (await page.request.post("/api/v1/auth/login", data=login)).json()
    made = await page.request.post(
        "/api/v1/books",
        data={"title": HOSTILE, "price": "1.00", "description": f"<script>1</script>{HOSTILE}"},
        headers={"authorization": f"Bearer {token['access_token']}"},
    )
    assert made.status == 201, await made.text()
    book, seen_by = await made.json(), made.headers["index-version"]
    async with asyncio.timeout(300):  # a busy machine's index may be behind for two seconds
        while not (await page.request.get(f"/api/v1/search?q=&min_version={seen_by}")).ok:
            pass

    await page.goto(f"/?book={book['id']}")
    await expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    await page.goto("/?q=onerror+tables")

    await expect(page.locator(".find h2").first).to_have_text(HOSTILE)
    assert await page.locator("main b, main img:not(.cover), main script").count() == 0
    assert await page.title() != "1"


async def test_demo_reader_signs_in_and_finds_a_shelf_for_them(
    visitor: Any, expect: Any, sign_in: SignIn
) -> None:
    page = await visitor.open("/")

    name = await sign_in(page)

    await expect(page.locator("#account")).to_have_text(name)
    books = page.locator("[data-shelf=for-you] [data-book]")
    await expect(books.nth(9)).to_be_attached()
    reasons = await books.locator(".talker").all_inner_texts()
    assert len(reasons) == await books.count()
    assert any(reason.startswith("Because") for reason in reasons)
    assert all(reasons)


async def test_signing_out_takes_the_shelf_away(visitor: Any, expect: Any, sign_in: SignIn) -> None:
    """ASVS v5.0.0-14.3.1."""
    page = await visitor.open("/")
    await sign_in(page)
    await expect(page.locator("[data-shelf=for-you] [data-book]").first).to_be_visible()

    await page.locator("#account").click()
    await page.get_by_role("dialog").get_by_role("button", name="Sign out", exact=True).click()

    await expect(page.locator("#account")).to_have_text("Sign in")
    await expect(page.locator("[data-shelf=for-you]")).to_be_hidden()


async def test_session_outlives_its_access_token(
    visitor: Any, expect: Any, sign_in: SignIn
) -> None:
    page = await visitor.open("/")
    name = await sign_in(page)
    [access] = [each for each in await page.context.cookies() if "access" in each["name"]]
    await page.context.add_cookies([{**access, "value": "old"}])

    await page.reload()

    await expect(page.locator("#account")).to_have_text(name)
    await expect(page.locator("[data-shelf=for-you] [data-book]").first).to_be_visible()
    visitor.complaints.clear()  # the browser reports the 401 that made the page renew


async def test_scripts_of_the_page_hold_no_token(visitor: Any, sign_in: SignIn) -> None:
    """ASVS v5.0.0-10.1.1 and v5.0.0-14.3.3."""
    page = await visitor.open("/")
    await sign_in(page)

    seen = await page.evaluate(
        "[document.cookie, JSON.stringify({...localStorage}), JSON.stringify({...sessionStorage})]"
    )

    cookies = {each["name"]: each for each in await page.context.cookies()}
    tokens = [cookies[f"bookwheel-{name}"]["value"] for name in ("access", "refresh")]
    assert all(cookies[f"bookwheel-{name}"]["httpOnly"] for name in ("access", "refresh"))
    assert {each["sameSite"] for each in cookies.values()} == {"Strict"}
    assert not any(token in text for token in tokens for text in seen)


async def test_two_tabs_renew_one_session_without_ending_it(
    visitor: Any, expect: Any, sign_in: SignIn
) -> None:
    one = await visitor.open("/")
    name = await sign_in(one)
    [access] = [each for each in await one.context.cookies() if "access" in each["name"]]
    await one.context.add_cookies([{**access, "value": "old"}])

    pages = [one, *[await one.context.new_page() for _ in range(4)]]
    await asyncio.gather(*(page.goto(visitor.address) for page in pages))

    for page in pages:
        await expect(page.locator("#account")).to_have_text(name)
        await page.reload()
        await expect(page.locator("#account")).to_have_text(name)
    visitor.complaints.clear()  # the browser reports the 401s that made the pages renew


async def test_wrong_password_is_refused_in_words(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("E-mail").fill("nobody@example.org")
    await dialog.get_by_label("Password").fill("not the password")

    await dialog.get_by_role("button", name="Sign in").click()

    await expect(dialog.get_by_role("alert")).not_to_be_empty()
    visitor.complaints.clear()


async def test_escape_closes_the_dialog_and_returns_the_focus(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/")
    button = page.get_by_role("button", name="Sign in", exact=True)
    await button.click()
    await expect(page.get_by_role("dialog")).to_be_visible()

    await page.keyboard.press("Escape")

    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(button).to_be_focused()


async def test_rating_a_recommended_book_changes_the_row(
    visitor: Any, expect: Any, sign_in: SignIn
) -> None:
    page = await visitor.open("/")
    await sign_in(page)
    books = page.locator("[data-shelf=for-you] [data-book]")
    first = books.first.locator(".spine-note a")
    title, book_id = await first.inner_text(), await books.first.get_attribute("data-book")
    await first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(title)
    await expect(page.locator(f'[data-shelf=for-you] [data-book="{book_id}"]')).to_have_count(1)

    await page.get_by_label("A line for other readers").fill("Could not put it down.")
    await page.get_by_role("button", name="Rate 5 of 5").click()

    await expect(page.locator(".words")).to_contain_text("Could not put it down.")
    await expect(page.locator(f'[data-shelf=for-you] [data-book="{book_id}"]')).to_have_count(0)
    await expect(books.nth(9)).to_be_attached()


async def test_a_verdict_can_be_changed(visitor: Any, expect: Any, sign_in: SignIn) -> None:
    page = await visitor.open("/")
    await sign_in(page)
    await page.locator("[data-shelf=for-you] .spine-note a").nth(3).click()
    verdict = page.get_by_label("A line for other readers")
    await verdict.fill("It grew on me by the second reading.")
    await page.get_by_role("button", name="Rate 2 of 5").click()
    await expect(page.get_by_text("Your verdict stands")).to_be_visible()
    await expect(verdict).to_have_value("It grew on me by the second reading.")

    await page.get_by_role("button", name="Rate 4 of 5").click()

    chosen = page.get_by_role("button", name="Rate 4 of 5")
    await expect(chosen).to_have_attribute("aria-pressed", "true")
    own = page.locator(".words li").filter(has_text="It grew on me")
    await expect(own).to_have_count(1)
    await expect(own).to_contain_text("4 stars")
