"""Experiments behind the counter: started by a form, watched as pictures, stopped by a button."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.kernel.ids import new_id

pytestmark = pytest.mark.asyncio(loop_scope="session")

FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
READERS = 320


async def at_the_desk(visitor: Any, expect: Any, **context: Any) -> Any:
    page = await visitor.open("/staff/experiments", **context)
    await page.get_by_role("button", name="Sign in as staff").click()
    await page.get_by_role("button", name="behind the counter").click()
    await expect(page.get_by_text("Start an experiment")).to_be_visible()
    return page


async def start(page: Any, name: str, where: str = "search") -> Any:
    """Start an experiment by the form; its box on the page."""
    await page.get_by_text("Start an experiment").click()
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Where").select_option(where)
    await page.get_by_role("button", name="Start", exact=True).click()
    return page.locator(f'[data-experiment="{name}"]')


async def visits(page: Any) -> None:
    """Visitors who search; who is shown the change clicks, the others hardly ever."""
    for number in range(READERS):
        visitor = str(uuid4())
        answer = await page.request.get(
            "/api/v1/search?q=love&facets=", headers={"x-visitor": visitor}
        )
        changed = 'variant="changed"' in answer.headers.get("experiment", "")
        if changed or number % 10 == 0:
            book = (await answer.json())["results"][0]["id"]
            act = {"id": str(new_id()), "kind": "search_click", "book_id": book}
            await page.request.post("/api/v1/events", data={"events": [act], "visitor": visitor})


async def test_an_experiment_is_started_watched_and_stopped(visitor: Any, expect: Any) -> None:
    page = await at_the_desk(visitor, expect)

    box = await start(page, "more text")

    await expect(box).to_contain_text("Nobody has been shown it yet.")
    await expect(box).to_contain_text("text, popularity, taste 0.7 : 0.2 : 0.1")
    # Cookies would make readers of the visitors: they ask from a profile of their own.
    await visits(await visitor.open("/"))
    await box.get_by_role("button", name="Look again").click()
    await expect(box).to_contain_text("“changed” is better than “as is”: +")
    await expect(box.locator(".state")).to_have_text("decided")
    pictures = box.get_by_role("img")
    await expect(pictures).to_have_count(2)
    await expect(pictures.first).to_have_attribute("aria-label", re.compile("“changed” is better"))

    await box.get_by_role("button", name="Stop it").click()

    await expect(box.locator(".state")).to_have_text("decided, stopped")
    await expect(box.get_by_role("button", name="Stop it")).to_have_count(0)


async def test_what_cannot_be_started_is_told_beside_the_form(visitor: Any, expect: Any) -> None:
    page = await at_the_desk(visitor, expect)
    box = await start(page, "a shelf", "recommended")
    await expect(box).to_be_visible()

    await start(page, "another shelf", "recommended")

    await expect(page.get_by_role("alert").first).to_contain_text("runs on recommended")
    visitor.complaints.clear()  # the console tells of the 409
    await box.get_by_role("button", name="Stop it").click()
    await expect(box.locator(".state")).to_have_text("stopped, undecided")


async def test_desk_fits_a_phone_and_is_worked_by_keys(
    visitor: Any, expect: Any, phone: dict[str, Any]
) -> None:
    page = await at_the_desk(visitor, expect, **phone)
    box = await start(page, "small", "recommended")
    await expect(box).to_contain_text("Nobody has been shown it yet.")

    await box.locator("summary").first.focus()
    await page.keyboard.press("Enter")

    await expect(box.get_by_role("button", name="Look again")).to_be_hidden()
    assert await page.evaluate(FITS)
    await page.keyboard.press("Enter")
    await box.get_by_role("button", name="Stop it").press("Enter")
    await expect(box.locator(".state")).to_contain_text("stopped")
    assert await page.evaluate(FITS)


async def test_search_desk_leads_to_experiments_and_back(visitor: Any, expect: Any) -> None:
    page = await at_the_desk(visitor, expect)

    await page.get_by_role("link", name="Search", exact=True).click()

    await expect(page.get_by_role("textbox", name="Query")).to_be_visible()
    await page.get_by_role("link", name="Experiments").click()
    await expect(page.get_by_text("Start an experiment")).to_be_visible()


async def names_sent(page: Any, *queries: str) -> list[str | None]:
    """The visitor's name that each search was sent with."""
    found = []
    for q in queries:
        async with page.expect_request(re.compile(rf"/api/v1/search\?q={q}&")) as sent:
            await page.goto(f"/?q={q}")
        found.append(await (await sent.value).header_value("x-visitor"))
    return found


async def test_a_visit_has_a_name_of_its_own_until_its_tab_is_closed(visitor: Any) -> None:
    page = await visitor.open("/")

    [first, again] = await names_sent(page, "love", "sea")

    [other] = await names_sent(await page.context.new_page(), "love")
    assert first == again
    assert UUID(first)
    assert other not in {None, first}


async def test_who_objects_to_statistics_has_no_name(visitor: Any) -> None:
    page = await visitor.open("/")
    objects = "Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })"
    await page.context.add_init_script(objects)

    assert await names_sent(page, "love", "sea") == [None, None]
