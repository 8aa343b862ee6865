"""Behind the counter: staff see why search answers as it does, and change it."""

from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")

FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


async def at_the_counter(visitor: Any, expect: Any, **context: Any) -> Any:
    page = await visitor.open("/staff", **context)
    await page.get_by_role("button", name="Sign in as staff").click()
    await page.get_by_role("button", name="behind the counter").click()
    await expect(page.get_by_role("textbox", name="Query")).to_be_visible()
    return page


async def search(page: Any, q: str) -> None:
    await page.get_by_role("textbox", name="Query").fill(q)
    await page.keyboard.press("Enter")


async def test_readers_are_not_let_behind_the_counter(
    visitor: Any, expect: Any, sign_in: Any
) -> None:
    page = await visitor.open("/staff")

    await sign_in(page)

    await expect(page.get_by_text("for the shop’s staff")).to_be_visible()
    await expect(page.get_by_role("textbox", name="Query")).to_have_count(0)


async def test_hits_come_with_parts_and_reasons_in_two_rankings(visitor: Any, expect: Any) -> None:
    page = await at_the_counter(visitor, expect)

    await search(page, "prejudise")

    ranking = page.get_by_role("list", name="As the shop ranks")
    first = ranking.get_by_role("listitem").first
    await expect(first).to_contain_text("= text 0.63 ×")
    await first.get_by_text("Why here?").click()
    await expect(first).to_contain_text("“prejudice”, read for “prejudise”")
    await expect(page.get_by_text("Read as “prejudice”")).to_be_visible()
    compared = page.get_by_role("list", name="Compared with")
    await expect(compared.get_by_role("listitem").first).to_contain_text("= text 1.00 ×")


async def test_a_rule_made_at_a_book_holds_until_it_is_removed(visitor: Any, expect: Any) -> None:
    page = await at_the_counter(visitor, expect)
    await search(page, "love")
    links = page.get_by_role("list", name="As the shop ranks").locator(".placed a")
    third = await links.nth(2).inner_text()

    group = page.get_by_role("group", name=f"Rules for {third}").first
    await group.get_by_role("button", name="Pin first").click()

    await expect(links.first).to_have_text(third)
    rules = page.get_by_role("region", name="Rules")
    await expect(rules).to_contain_text("pin to place 1, for “love”")
    await rules.get_by_role("button", name="Remove").first.click()
    await expect(links.nth(2)).to_have_text(third)


async def test_a_synonym_and_a_missing_book_are_explained(visitor: Any, expect: Any) -> None:
    page = await at_the_counter(visitor, expect)
    synonyms = page.get_by_role("region", name="Synonyms")
    await synonyms.get_by_label("Phrases, with commas").fill("vanityqx")
    await synonyms.get_by_label("One way to, with commas").fill("love")
    await page.keyboard.press("Enter")
    await expect(synonyms).to_contain_text("vanityqx → love")

    await search(page, "vanityqx")

    await expect(page.get_by_text("also finds “love” by a synonym")).to_be_visible()
    await page.get_by_label("Filters").fill("price_max=0")
    why = page.get_by_role("region", name="Why not this book?")
    await why.get_by_label("Book").fill("love")
    await page.keyboard.press("Enter")
    await expect(why).to_contain_text("price_max=0 was asked for")
    await expect(why).to_contain_text("Without that: it has place")
    await synonyms.get_by_role("button", name="Remove").first.click()
    await expect(synonyms).to_contain_text("None yet.")


async def test_counter_fits_a_phone(visitor: Any, expect: Any, phone: dict[str, Any]) -> None:
    page = await at_the_counter(visitor, expect, **phone)

    await search(page, "love")

    await expect(page.locator(".placed").nth(3)).to_be_visible()
    assert await page.evaluate(FITS)
