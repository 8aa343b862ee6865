"""Pages and cursors, asked of both searches."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from benchmarks.synthetic import books as synthetic
from core.catalogue.book import Book
from core.kernel.errors import Invalid
from core.kernel.money import Money

Make = Callable[..., Book]
Ask = Callable[..., Awaitable[dict[str, Any]]]


async def paged(
    ask: Ask, fields: dict[str, Any], changes: Sequence[Callable[[], Awaitable[None]]] = ()
) -> list[str]:
    """Ids as somebody sees them who goes on by cursors while changes happen between pages."""
    answer = await ask(facets="", **fields)
    found = [hit["id"] for hit in answer["results"]]
    waiting = list(changes)
    while answer["next_cursor"]:
        if waiting:
            await waiting.pop(0)()
        answer = await ask(facets="", cursor=answer["next_cursor"], **fields)
        found += [hit["id"] for hit in answer["results"]]
    return found


async def test_pages_and_cursors_show_every_book_once(shop: Any, ask: Ask, make: Make) -> None:
    await shop.rebuild([make(f"Same {n}", price=100 * (n % 3), reviews=n % 7) for n in range(130)])

    questions: list[dict[str, Any]] = [
        {"q": "same"}, {"sort": "price"}, {"q": "same", "sort": "price_desc"}, {},
    ]  # fmt: skip
    for fields in questions:
        by_cursor = await paged(ask, {**fields, "size": 20})
        by_page = []
        for page in range(1, 8):
            answer = await ask(size=20, page=page, **fields)
            by_page += [hit["id"] for hit in answer["results"]]

        assert len(set(by_page)) == 130, fields
        assert by_cursor == by_page, fields


async def test_a_sorted_list_goes_on_over_writes_and_rebuilds(shop: Any, ask: Ask) -> None:
    catalogue = [book for batch in synthetic(60, seed=3) for book in batch]
    await shop.rebuild(catalogue)
    touched = {book.id for book in catalogue[::7]}

    async def dearer() -> None:
        moved = [
            replace(book, price=Money(book.price.amount_minor + 777, "EUR"), version=2)
            for book in catalogue
            if book.id in touched
        ]
        await shop.write(moved, upto=102)

    async def anew() -> None:
        await shop.rebuild(catalogue, upto=103)

    for sort in ("price", "price_desc", "rating", "date", "popular"):
        shown = await paged(ask, {"sort": sort, "size": 9}, [dearer, anew, dearer])
        still = {str(book.id) for book in catalogue if book.id not in touched}

        assert still <= set(shown), sort
        assert all(shown.count(each) == 1 for each in still), sort


async def test_cursor_of_another_question_or_hand_is_refused(
    shop: Any, ask: Ask, library: list[Book]
) -> None:
    await shop.rebuild(library)
    cursor = (await ask(size=2))["next_cursor"]

    for fields in (
        {"cursor": cursor, "sort": "price"},
        {"cursor": "AAAA" + cursor[4:]},
        {"cursor": "é!"},
    ):
        with pytest.raises(Invalid):
            await ask(size=2, **fields)
