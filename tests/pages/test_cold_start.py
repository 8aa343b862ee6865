"""A reader nobody knows likes one book, and the shelf answers at once with the reason."""

from typing import Any

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_one_liked_book_changes_the_row_at_once_with_the_reason(
    visitor: Any, expect: Any
) -> None:
    page = await visitor.open("/?q=middlemarch")
    newcomer = {"email": "dorothea@lowick.example", "password": "a key to all myths"}
    registered = await page.request.post("/api/v1/auth/register", data=newcomer)
    assert registered.ok, await registered.text()
    await page.get_by_role("button", name="Sign in", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("E-mail").fill(newcomer["email"])
    await dialog.get_by_label("Password").fill(newcomer["password"])
    await dialog.get_by_role("button", name="Sign in").click()
    await expect(page.locator("dialog")).to_have_count(0)
    await page.locator(".find h2 a").first.click()
    reasons = page.locator("[data-shelf=for-you] .talker")
    await expect(reasons.nth(9)).to_be_attached()
    assert not [said for said in await reasons.all_inner_texts() if said.startswith("Because")]

    await page.get_by_role("button", name="Rate 5 of 5").click()

    because = reasons.filter(has_text="Because you liked Middlemarch")
    await expect(because.first).to_be_attached()
