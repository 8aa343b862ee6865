"""The front page and what surrounds every page: shelves, wheel, colours, failures."""

import asyncio
import re
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATHS = ("/", "/?q=love", "/?category=Classics&sort=rating", "/?q=qqqqzzzzxxxx")
FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.mark.parametrize("name", ["trending", "popular"])
async def test_shelf_shows_books_with_reasons(visitor: Any, expect: Any, name: str) -> None:
    page = await visitor.open("/")

    standing = page.locator(f"[data-shelf={name}] [data-book]")
    await expect(standing.nth(5)).to_be_attached()
    reasons = await standing.locator(".talker").all_inner_texts()
    assert len(reasons) == await standing.count()
    assert all(reasons)


async def test_wheel_turns_to_the_next_book(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/")
    front = page.locator(".hub strong")
    before = await front.inner_text()

    await page.get_by_role("button", name="Turn the wheel", exact=True).click()
    await page.mouse.move(5, 400)

    await expect(front).not_to_have_text(before)


async def test_subject_leads_to_as_many_books_as_it_says(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/")
    subject = page.get_by_role("region", name="Subjects").get_by_role("link").first
    number = await subject.locator(".number").inner_text()

    await subject.click()

    await expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(rf"^{number} book"))


async def test_nobody_signed_in_sees_no_shelf_for_them(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/")

    await expect(page.locator("[data-shelf=trending] [data-book]").first).to_be_visible()
    await expect(page.locator("[data-shelf=for-you]")).to_be_hidden()


async def test_covers_are_drawn(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/?q=emma")
    cover = page.locator(".find img.cover").first

    await expect(cover).to_have_js_property("complete", value=True)
    await expect(cover).to_have_js_property("naturalWidth", 400)


@pytest.mark.parametrize("width", [390, 320])
@pytest.mark.parametrize("path", PATHS)
async def test_phone_needs_no_sideways_scroll(
    visitor: Any, expect: Any, phone: dict[str, Any], path: str, width: int
) -> None:
    page = await visitor.open(path, **phone | {"viewport": {"width": width, "height": 700}})

    await expect(page.locator(".standing, .find, .nothing").first).to_be_visible()
    await page.wait_for_load_state("networkidle")
    assert await page.evaluate(FITS)


async def test_phone_opens_and_closes_the_facets(
    visitor: Any, expect: Any, phone: dict[str, Any]
) -> None:
    page = await visitor.open("/?q=love", **phone)
    facets = page.get_by_role("form", name="Narrow down")
    await expect(facets).to_be_hidden()

    button = page.get_by_role("button", name="Narrow down")
    await button.click()
    await expect(facets).to_be_visible()
    await button.click()

    await expect(facets).to_be_hidden()


async def test_dark_is_taken_from_the_system_and_switched_by_hand(
    visitor: Any, expect: Any
) -> None:
    page = await visitor.open("/", color_scheme="dark")
    body = page.locator("body")
    await expect(body).to_have_css("background-color", "rgb(21, 25, 23)")

    await page.get_by_role("button", name="Switch to light colours").click()
    await expect(body).to_have_css("background-color", "rgb(250, 245, 234)")
    await page.reload()

    await expect(body).to_have_css("background-color", "rgb(250, 245, 234)")


async def test_failing_search_says_so_and_can_be_retried(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/")
    await page.route("**/api/v1/search?*", lambda route: route.abort())
    await page.get_by_role("combobox", name="Search books").fill("emma")
    await expect(page.get_by_role("alert")).to_contain_text("does not answer")

    await page.unroute_all(behavior="wait")
    await page.get_by_role("button", name="Try again").click()

    await expect(page.locator(".find h2").first).to_have_text("Emma")
    await expect(page.get_by_role("alert")).to_have_count(0)
    visitor.complaints.clear()  # the browser reports the failed request itself


async def test_slow_answer_shows_what_is_on_its_way(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/?q=emma")
    held = asyncio.Event()

    async def hold(route: Any) -> None:
        await held.wait()
        await route.continue_()

    await page.route("**/books/trending?*", hold)
    await page.get_by_role("link", name="Bookwheel, front page").click()
    trending = page.locator("[data-shelf=trending]")
    await expect(trending).to_have_attribute("aria-busy", "true")
    await expect(trending.locator(".blank").first).to_be_visible()
    held.set()

    await expect(trending.locator("[data-book]").first).to_be_visible()
    await expect(trending.locator(".blank")).to_have_count(0)
    await page.unroute_all(behavior="wait")


async def test_shop_that_comes_back_lays_books_on_the_wheel(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/?q=emma")
    await page.route("**/api/v1/**", lambda route: route.abort())
    await page.get_by_role("link", name="Bookwheel, front page").click()
    await expect(page.get_by_role("alert")).to_have_count(2)
    await expect(page.locator(".desk")).to_have_count(0)

    await page.unroute_all(behavior="wait")
    await page.get_by_role("button", name="Try again").first.click()

    await expect(page.locator(".desk")).to_have_count(8)
    await expect(page.get_by_role("region", name="Subjects")).to_be_visible()
    visitor.complaints.clear()


async def test_failing_shelf_leaves_the_others_standing(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/?q=emma")
    problem = {"title": "Away for the moment", "status": 503, "detail": "the index is away"}
    await page.route("**/books/trending?*", lambda route: route.fulfill(status=503, json=problem))

    await page.get_by_role("link", name="Bookwheel, front page").click()

    await expect(page.locator("[data-shelf=popular] [data-book]").first).to_be_visible()
    trending = page.locator("[data-shelf=trending]")
    await expect(trending.get_by_role("alert")).to_contain_text("The index is away.")
    await page.unroute_all(behavior="wait")
    await trending.get_by_role("button", name="Try again").click()
    await expect(trending.locator("[data-book]").first).to_be_visible()
    visitor.complaints.clear()


async def test_offline_page_comes_back_with_the_network(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/?q=")
    await expect(page.locator(".find").first).to_be_visible()
    await page.context.set_offline(True)
    await page.get_by_role("combobox", name="Search books").fill("emma")
    await expect(page.get_by_role("alert")).to_contain_text("You are offline")

    await page.context.set_offline(False)

    await expect(page.locator(".find h2").first).to_have_text("Emma")
    visitor.complaints.clear()


async def test_policy_of_the_page_allows_nothing_inline(visitor: Any) -> None:
    page = await visitor.open("/")

    answer = await page.request.get("/")

    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
