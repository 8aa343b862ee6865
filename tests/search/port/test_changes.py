"""What writes and rebuilds change, asked of both searches."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from msgspec.structs import replace

from benchmarks.synthetic import books as synthetic
from core.catalogue.book import Book, BookNotFound
from core.kernel.errors import Invalid
from core.kernel.ids import new_id
from core.search.service import IndexBehind
from core.search.snapshot import IndexUnavailable

Make = Callable[..., Book]
Ask = Callable[..., Awaitable[dict[str, Any]]]


def titles(answer: dict[str, Any]) -> list[str]:
    return [hit["title"] for hit in answer["results"]]


async def test_a_book_is_shown_whole_and_an_unknown_one_is_not_found(
    shop: Any, library: list[Book]
) -> None:
    await shop.rebuild(library)

    stored = await shop.search.book(library[0].id)

    assert json.loads(stored.body)["title"] == library[0].title
    assert stored.version == library[0].version
    for question in (shop.search.book, shop.search.similar):
        with pytest.raises(BookNotFound):
            await question(new_id())


async def test_a_write_is_seen_by_who_waited_for_it(shop: Any, ask: Ask, make: Make) -> None:
    dune = make("Dune")
    await shop.rebuild([dune])

    await shop.search.wait_for("99", timeout_seconds=0)
    with pytest.raises(IndexBehind):
        await shop.search.wait_for("100", timeout_seconds=0)
    with pytest.raises(Invalid):
        await shop.search.wait_for("1; drop table book")
    waiting = asyncio.create_task(shop.search.wait_for("100", timeout_seconds=30))
    await shop.write([replace(dune, title="Arrakis", version=2), make("Emma")], upto=101)
    await waiting

    assert sorted(titles(await ask())) == ["Arrakis", "Emma"]
    assert (await ask(q="dune", fuzzy="off"))["count"] == 0
    assert json.loads((await shop.search.book(dune.id)).body)["title"] == "Arrakis"


async def test_removed_and_hidden_books_are_gone_from_everything(
    shop: Any, ask: Ask, make: Make
) -> None:
    one, two, three = make("Dune One"), make("Dune Two"), make("Dune Three", categories=("C",))
    await shop.rebuild([one, two, three, make("Never Shown", status="hidden")])
    before = (await ask())["index_version"]

    await shop.write([replace(two, status="hidden", version=2)], [one.id])

    answer = await ask(q="dune")
    assert (answer["count"], titles(answer)) == (1, ["Dune Three"])
    assert titles(await ask()) == ["Dune Three"]
    assert answer["index_version"] != before
    assert [each["text"] for each in json.loads(await shop.search.autocomplete("dune"))] == [
        "Dune Three"
    ]
    for gone in (one, two):
        with pytest.raises(BookNotFound):
            await shop.search.book(gone.id)


async def test_stock_counts_are_those_of_the_moment(shop: Any, ask: Ask, make: Make) -> None:
    dune, emma = make("Dune", stock=3), make("Emma", stock=0)
    await shop.rebuild([dune, emma])

    await shop.write([replace(dune, stock=0, version=2)], upto=102)
    sold = await ask(facets="availability", in_stock="true")
    await shop.write([replace(emma, stock=1, version=2)], upto=103)
    back = await ask(facets="availability", in_stock="true")

    assert (sold["count"], back["count"]) == (0, 1)
    assert sold["facets"]["availability"][0] == {"in_stock": True, "count": 0}
    assert back["facets"]["availability"] == [
        {"in_stock": True, "count": 1},
        {"in_stock": False, "count": 1},
    ]


async def test_searches_go_on_while_the_index_is_built_anew(shop: Any, ask: Ask) -> None:
    catalogue = [book for batch in synthetic(300, seed=4) for book in batch]
    await shop.rebuild(catalogue)
    building = asyncio.create_task(shop.rebuild(catalogue, upto=200))
    answers = [await ask(size=1)]

    while not building.done():
        answers.append(await ask(size=1))
        await asyncio.sleep(0)
    await building

    assert {answer["count"] for answer in answers} == {300}
    await shop.search.wait_for("199", timeout_seconds=0)


async def test_a_store_without_an_index_says_so(shop: Any, ask: Ask) -> None:
    with pytest.raises(IndexUnavailable):
        await ask(q="dune")
    with pytest.raises(IndexUnavailable):
        await shop.search.book(new_id())
