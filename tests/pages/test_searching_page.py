"""Searching in the browser: typing, suggestions, facets, orders, pages."""

import asyncio
import re
from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _counted(page: Any) -> int:
    """The number in the heading of the results."""
    heading = await page.get_by_role("heading", level=1).inner_text()
    return int(re.sub(r"\D", "", heading.split(" book")[0]))


async def test_results_follow_the_typing(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/")

    await page.get_by_role("combobox", name="Search books").press_sequentially("middlemarch")

    await expect(page.get_by_role("heading", level=1)).to_contain_text("for middlemarch")
    first = page.locator(".find").first
    await expect(first.get_by_role("heading")).to_have_text("Middlemarch")
    await expect(first.locator("mark").first).to_have_text("Middlemarch")
    await expect(page).to_have_url(re.compile(r"\?q=middlemarch$"))


async def test_suggestion_is_taken_by_keyboard(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/")
    box = page.get_by_role("combobox", name="Search books")
    await box.press_sequentially("middlem")
    option = page.get_by_role("option", name="Middlemarch")
    await expect(option).to_be_visible()
    await expect(box).to_have_attribute("aria-expanded", "true")

    await box.press("ArrowDown")
    await expect(option).to_have_attribute("aria-selected", "true")
    await expect(box).to_have_attribute("aria-activedescendant", "suggestion-0")
    await box.press("Enter")

    await expect(page.get_by_role("heading", level=1)).to_have_text("Middlemarch")
    await expect(page.get_by_role("listbox")).to_be_hidden()


async def test_author_suggestion_lists_their_books(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/")
    await page.get_by_role("combobox", name="Search books").press_sequentially("jane aust")

    await page.get_by_role("option", name="Jane Austen author").click()

    await expect(page.locator(".chip")).to_contain_text("Jane Austen")
    await expect(page.locator(".find .byline").first).to_have_text("Jane Austen")
    bylines = await page.locator(".find .byline").all_inner_texts()
    assert all("Jane Austen" in byline for byline in bylines)


async def test_query_that_others_asked_is_taken_and_told(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/")
    await page.wait_for_function(
        """async () => (await (await fetch("/api/v1/search/autocomplete?q=discw")).json())
             .some((one) => one.type === "query")"""
    )  # counted by a job of the demo
    await page.get_by_role("combobox", name="Search books").press_sequentially("discw")

    async with page.expect_request("**/api/v1/events") as told:
        await page.get_by_role("option", name="discworld often asked").click()

    await expect(page.get_by_role("heading", level=1)).to_contain_text("for discworld")
    await expect(page.get_by_role("combobox", name="Search books")).to_have_value("discworld")
    (event,) = (await told.value).post_data_json["events"]
    assert (event["kind"], event["query"]) == ("search", "discworld")


async def test_escape_closes_the_suggestions_then_clears_the_box(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/")
    box = page.get_by_role("combobox", name="Search books")
    await box.press_sequentially("emma")
    await expect(page.get_by_role("option").first).to_be_visible()

    await box.press("Escape")
    await expect(page.get_by_role("listbox")).to_be_hidden()
    await expect(box).to_have_value("emma")
    await box.press("Escape")

    await expect(box).to_have_value("")


async def test_slash_leads_to_the_search_box(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/")
    await expect(page.get_by_role("heading", level=1)).to_be_visible()

    await page.keyboard.press("/")

    await expect(page.get_by_role("combobox", name="Search books")).to_be_focused()


async def test_facet_narrows_to_the_count_it_showed(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/?q=")
    facet = page.get_by_role("group", name="Subject").locator("label").nth(2)
    number = int(await facet.locator(".number").inner_text())
    name = await facet.locator("span").nth(0).inner_text()
    everything = await _counted(page)

    await facet.click()

    await expect(page.locator(".chip")).to_contain_text(name)
    assert 0 < await _counted(page) == number < everything
    await page.locator(".chip").first.click()
    await expect(page.locator(".chip")).to_have_count(0)
    assert await _counted(page) == everything


@pytest.mark.parametrize(
    ("group", "label"),
    [
        ("Price", re.compile("^Under")),
        ("Price", re.compile(" to ")),
        ("Rating", re.compile("^4 stars")),
        ("Availability", re.compile("In stock")),
        ("Language", re.compile("French")),
    ],
    ids=["cheap", "middling", "rating", "stock", "language"],
)
async def test_every_kind_of_facet_keeps_its_promise(
    visitor: Any, expect: Any, group: str, label: "re.Pattern[str]"
) -> None:
    page = await visitor.open("/?q=")
    facets = page.get_by_role("group", name=group)
    line = facets.locator("label").filter(has_text=label).first
    number = int(await line.locator(".number").inner_text())

    await line.click()

    await expect(page.locator(".chip").first).to_be_visible()
    await expect(line.locator("input")).to_be_checked()
    assert await _counted(page) == number


async def test_keyboard_keeps_its_place_among_the_facets(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/?q=")
    box = page.get_by_role("group", name="Subject").get_by_role("checkbox").first
    chosen = await box.get_attribute("id")
    await box.focus()

    await page.keyboard.press("Space")

    await expect(page.locator(".chip")).to_have_count(1)
    await expect(page.locator(f'[id="{chosen}"]')).to_be_focused()


async def test_sort_by_price_orders_the_prices(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/?q=")

    await page.get_by_label("Sort by").select_option("price_asc")

    await expect(page).to_have_url(re.compile("sort=price_asc"))
    await expect(page.locator(".found")).not_to_have_attribute("aria-busy", "true")
    shown = await page.locator(".find .price").all_inner_texts()
    prices = [float(re.sub(r"[^\d.]", "", price)) for price in shown]
    assert prices == sorted(prices)


async def test_next_page_holds_other_books_and_back_returns(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/?sort=popular")
    first = await page.locator(".find h2").first.inner_text()

    await page.get_by_role("link", name="Next").click()
    await expect(page.locator(".pages [aria-current]")).to_have_text("Page 2")
    await expect(page.locator(".find h2").first).not_to_have_text(first)
    await page.go_back()

    await expect(page.locator(".find h2").first).to_have_text(first)


async def test_misspelt_title_is_found(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/?q=harry+poter")

    await expect(page.locator(".find h2").first).to_contain_text("Harry Potter")


async def test_nothing_found_says_so_and_offers_a_way_on(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/?q=qqqqzzzzxxxx")
    await expect(page.get_by_text("The shelf is bare.")).to_be_visible()

    await page.get_by_role("link", name="Browse everything").click()

    await expect(page.locator(".find").first).to_be_visible()


async def test_late_answer_never_replaces_a_newer_one(visitor: Any, expect: Any) -> None:
    page = await visitor.open("/?q=")
    await expect(page.locator(".find").first).to_be_visible()
    held, asked = asyncio.Event(), asyncio.Event()

    async def hold(route: Any) -> None:
        asked.set()
        await held.wait()
        await route.continue_()

    await page.route(re.compile(r"/api/v1/search\?q=war&"), hold)
    await page.get_by_role("combobox", name="Search books").fill("war")
    await asyncio.wait_for(asked.wait(), 300)
    await page.get_by_role("combobox", name="Search books").fill("emma")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("for emma")
    held.set()
    await page.unroute_all(behavior="wait")

    await expect(page.get_by_role("heading", level=1)).to_contain_text("for emma")
    await expect(page.locator(".find h2").first).to_have_text("Emma")
