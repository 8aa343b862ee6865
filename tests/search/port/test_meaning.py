"""What is found, in which order and why: asked of both searches."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from core.catalogue.book import Book
from core.search.drafting import Draft
from core.search.ranking import Taste, Weights
from core.search.request import SearchRequest

Make = Callable[..., Book]
Ask = Callable[..., Awaitable[dict[str, Any]]]


def titles(answer: dict[str, Any]) -> list[str]:
    return [hit["title"] for hit in answer["results"]]


async def test_what_a_person_means_comes_first(shop: Any, ask: Ask, library: list[Book]) -> None:
    await shop.rebuild(library)

    for q, expected in (
        ("harry poter", "Harry Potter and the"),
        ("djano", "Two Scoops of Django"),
        ("djnago", "Two Scoops of Django"),
        ("tolkein lord rings", "The Fellowship of the Ring"),
        ("jrr tolkien", "The Fellowship of the Ring"),
        ("978-0-439-02348-1", "The Hunger Games"),
        ("0-439-02348-3", "The Hunger Games"),
        ("émile zola", "Germinal"),
        ("EMILE ZOLA", "Germinal"),
        ("letranger camus", "L'Étranger"),
        ("greve", "Germinal"),
        ("dune qqqqqqqqqqqq", "Dune"),
        ("The Two Towers the second part of some famous trilogy boxed", "The Two Towers"),
    ):
        assert titles(await ask(q=q))[0].startswith(expected), q


async def test_corrections_are_told_and_can_be_switched_off(
    shop: Any, ask: Ask, library: list[Book]
) -> None:
    await shop.rebuild(library)

    assert (await ask(q="harry poter"))["did_you_mean"] == "harry potter"
    assert (await ask(q="harry potter"))["did_you_mean"] is None
    assert (await ask(q="djano", fuzzy="off"))["count"] == 0
    assert (await ask(q="dxxe"))["count"] == 0  # two slips in four letters


async def test_an_exact_word_ranks_above_a_misspelt_one(shop: Any, ask: Ask, make: Make) -> None:
    await shop.rebuild(
        [make("Colour of Harts"), make("Hearts"), make("Harts", reviews=9), make("Hearth")]
    )

    assert titles(await ask(q="harts"))[0] == "Harts"
    assert "Hearts" not in titles(await ask(q="harts"))


async def test_steps_of_matching(shop: Any, ask: Ask, library: list[Book]) -> None:
    await shop.rebuild(library)

    every = await ask(q="harry goblet", match="all")
    some = await ask(q="harry goblet", match="any")
    relaxed = await ask(q="harry potter goblet")

    assert (every["match"], titles(every)) == ("all", ["Harry Potter and the Goblet of Fire"])
    assert (some["match"], some["count"]) == ("any", 3)
    assert (relaxed["match"], relaxed["count"]) == ("any", 3)
    assert titles(some)[0] == titles(relaxed)[0] == "Harry Potter and the Goblet of Fire"
    assert (await ask(q="harry zola", match="all"))["count"] == 0


async def test_other_forms_of_a_word_are_found_behind_the_word_itself(
    shop: Any, ask: Ask, make: Make
) -> None:
    await shop.rebuild(
        [
            make("Walking Home", language="en"),
            make("The Walk", language="en"),
            make("Night Walks", language="en"),
        ]
    )

    answer = await ask(q="walks", highlight="true")

    assert titles(answer)[0] == "Night Walks"
    assert answer["count"] == 3
    marked = {hit["title"]: hit["highlights"]["title"] for hit in answer["results"]}
    assert marked["Walking Home"] == "<mark>Walking</mark> Home"


async def test_empty_query_matches_all_by_popularity(shop: Any, ask: Ask, make: Make) -> None:
    await shop.rebuild(
        [make("Quiet"), make("Loved", rating=4.8, reviews=900), make("Known", reviews=9)]
    )

    answer = await ask()

    assert (answer["count"], answer["match"]) == (3, "all")
    assert titles(answer)[0] == "Loved"


async def test_sorts(shop: Any, ask: Ask, make: Make) -> None:
    await shop.rebuild(
        [
            make("A", price=100, rating=4, reviews=50, published="1990", description="same"),
            make("B", price=200, rating=5, reviews=80, published="1820", description="same"),
            make("C", price=300, published="2020-05-01", description="same"),
            make("D", price=400, description="same"),
        ]
    )

    for sort, expected in (
        ("price", "ABCD"),
        ("price_asc", "ABCD"),
        ("price_desc", "DCBA"),
        ("rating", "BA"),
        ("date", "CABD"),
        ("popular", "BA"),
    ):
        for q in ("", "same"):
            assert "".join(titles(await ask(q=q, sort=sort))).startswith(expected), sort


async def test_two_rankings_in_one_list_hold_each_book_once_with_its_team(
    shop: Any, make: Make
) -> None:
    books = [make(f"River {number}", rating=5, reviews=number * 40) for number in range(12)]
    await shop.rebuild(books)
    text, popular = Weights(1, 0, 0), Weights(0, 1, 0)
    asked = SearchRequest(q="river", size=12)
    alone = await shop.search.search(asked, weights=popular)

    draft = Draft((text, popular), seed=5)
    drafted = json.loads((await shop.search.search(asked, draft=draft)).body)

    favourites = [hit["title"] for hit in json.loads(alone.body)["results"]]
    assert favourites[0] == "River 11"
    assert sorted(titles(drafted)) == sorted(favourites)
    assert len(draft.shown) == 12
    chosen = [title for title, team in zip(titles(drafted), draft.shown, strict=True) if team]
    assert chosen == sorted(chosen, key=favourites.index)


async def test_taste_lifts_what_the_reader_likes(shop: Any, ask: Ask, make: Make) -> None:
    nature, poetry = make("River", categories=("Nature",)), make("River", categories=("Poetry",))
    await shop.rebuild([nature, poetry])

    answer = await ask(Taste({"Poetry": 1.0}), q="river")

    assert answer["results"][0]["id"] == str(poetry.id)
    view = await shop.search.view_of(
        np.array([[poetry.id.int >> 64, poetry.id.int & (1 << 64) - 1]], np.uint64)
    )
    assert view.snapshot.ordinal_of(poetry.id) >= 0


async def test_explanations_add_up_and_speak(shop: Any, ask: Ask, library: list[Book]) -> None:
    await shop.rebuild(library)

    answer = await ask(Taste({"Fantasy": 0.7}), q="hary potter", explain="true")

    assert answer["results"]
    for hit in answer["results"]:
        parts = hit["explain"].values()
        assert sum(part["value"] for part in parts) == pytest.approx(hit["score"], abs=1e-9)
        assert all(0 <= part["part"] <= 1 + 1e-6 for part in parts)
        assert any(said.startswith("“harry”, read for “hary”,") for said in hit["because"])


async def test_highlights_mark_corrected_words_and_stay_safe(
    shop: Any, ask: Ask, make: Make
) -> None:
    await shop.rebuild(
        [make("<b>Potter</b> & Sons", "A", description="A potter's <i>wheel</i> turns.")]
    )

    hit = (await ask(q="poter", highlight="true"))["results"][0]

    assert hit["highlights"]["title"] == "&lt;b&gt;<mark>Potter</mark>&lt;/b&gt; &amp; Sons"
    assert "<mark>potter&#x27;s</mark> &lt;i&gt;wheel" in hit["highlights"]["description"]


async def test_suggestions_start_at_any_word_and_forgive_a_slip(
    shop: Any, library: list[Book]
) -> None:
    await shop.rebuild(library)

    async def offered(q: str) -> list[tuple[str, str]]:
        found = json.loads(await shop.search.autocomplete(q))
        return [(each["type"], each["text"]) for each in found]

    assert await offered("h") == []
    assert ("title", "Harry Potter and the Goblet of Fire") in await offered("pott")
    assert ("title", "Harry Potter and the Goblet of Fire") in await offered("potter and the g")
    assert ("author", "J. R. R. Tolkien") in await offered("tolk")
    assert (await offered("ring"))[0] == ("title", "The Fellowship of the Ring")
    assert ("author", "J. R. R. Tolkien") in await offered("tokli")
    assert ("title", "Germinal") in await offered("gremi")
    assert ("author", "Émile Zola") in await offered("emile z")
    assert await offered("zzzz") == []
    [dune] = json.loads(await shop.search.autocomplete("dun"))
    assert dune["highlight"] == "<mark>Dun</mark>e"
    assert UUID(dune["id"]) in {book.id for book in library}


async def test_similar_is_never_the_book_itself_nor_its_other_edition(
    shop: Any, make: Make
) -> None:
    dune = make("Dune", "Frank Herbert", categories=("Science Fiction",), description="spice sand")
    await shop.rebuild(
        [
            dune,
            make("Dune", "Frank Herbert", categories=("Science Fiction",), description="spice"),
            make("Arrakis", "B", categories=("Science Fiction",), description="spice and sand"),
            make("Cooking", "C", categories=("Cooking",), description="spice"),
            make("Tax Law", "D", categories=("Law",)),
        ]
    )

    found = json.loads(await shop.search.similar(dune.id))

    assert titles(found)[:2] == ["Arrakis", "Cooking"]
    assert "Dune" not in titles(found)
    assert "Tax Law" not in titles(found)
    assert found["results"][0]["score"] == 1.0
    assert len(json.loads(await shop.search.similar(dune.id, size=1))["results"]) == 1
