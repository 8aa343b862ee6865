"""What any search answers: one suite for the index in the process and for a search cluster."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

import numpy as np
import pytest
from msgspec.structs import replace

from benchmarks.synthetic import books as synthetic
from core.catalogue.book import Book, BookNotFound
from core.kernel.errors import Invalid
from core.kernel.ids import new_id
from core.kernel.money import Money
from core.search.drafting import Draft
from core.search.port import InProcess, SearchPort
from core.search.ranking import Taste, Weights
from core.search.request import SearchRequest, parse
from core.search.service import IndexBehind, Search
from core.search.snapshot import Horizon, IndexUnavailable
from core.search.view import View
from ext.opensearch_search.client import Cluster
from ext.opensearch_search.index import ClusterIndex
from ext.opensearch_search.search import ClusterSearch
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.stemming import stems
from ext.tantivy_search.writer import IndexWriter

FACETS = "category,price,rating,author,language,year,series,availability"
Make = Callable[..., Book]


class Shop(Protocol):
    """An index and whoever searches it. upto: the transactions that a write belongs to."""

    @property
    def search(self) -> SearchPort: ...
    async def rebuild(self, books: Sequence[Book], upto: int = 100) -> None: ...
    async def write(
        self, changed: Sequence[Book], removed: Sequence[UUID] = (), upto: int = 101
    ) -> None: ...


class InTheProcess:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.writer = IndexWriter(folder)
        self.search = InProcess(Search(self.view, weights=Weights(), secret=b"test"))
        self._view: View | None = None

    def view(self) -> View:
        reader = IndexReader(self.folder)
        if self._view is None or self._view.snapshot.version != reader.current().version:
            self._view = View(reader.current(), "EUR")
        return self._view

    async def rebuild(self, books: Sequence[Book], upto: int = 100) -> None:
        self.writer.rebuild([list(books)], Horizon(upto, upto), "")

    async def write(
        self, changed: Sequence[Book], removed: Sequence[UUID] = (), upto: int = 101
    ) -> None:
        self.writer.apply(changed, removed, Horizon(upto, upto), "")


class OnTheCluster:
    def __init__(self, cluster: Cluster, slug: str) -> None:
        self.index = ClusterIndex(cluster, slug, stems)
        self.search = ClusterSearch(
            cluster, slug, "EUR", stem=stems, weights=Weights(), secret=b"test"
        )

    async def rebuild(self, books: Sequence[Book], upto: int = 100) -> None:
        await self.index.begin()
        await self.index.add(books)
        await self.index.seal(Horizon(upto, upto), "")
        await self.index.switch()

    async def write(
        self, changed: Sequence[Book], removed: Sequence[UUID] = (), upto: int = 101
    ) -> None:
        await self.index.apply(changed, removed, Horizon(upto, upto), "")


@pytest.fixture(params=["in the process", "on a cluster"])
async def shop(request: Any, tmp_path: Path) -> AsyncIterator[Shop]:
    if request.param == "in the process":
        shop = InTheProcess(tmp_path / "index")
        yield shop
        shop.writer.close()
        return
    cluster = Cluster(request.getfixturevalue("opensearch_url"), seconds=60.0)
    yield OnTheCluster(cluster, f"s{uuid4().hex[:12]}")
    await cluster.ask("DELETE", "/bookwheel.*")
    await cluster.close()


def request_of(fields: dict[str, Any]) -> SearchRequest:
    pairs = [
        (name, str(value))
        for name, given in fields.items()
        for value in (given if isinstance(given, list) else [given])
    ]
    return parse(pairs, SearchRequest)


async def ask(shop: Shop, taste: Taste | None = None, **fields: Any) -> dict[str, Any]:
    answer = await shop.search.search(request_of(fields), taste)
    decoded: dict[str, Any] = json.loads(answer.body)
    assert answer.count == decoded["count"]
    assert answer.next_cursor == (decoded["next_cursor"] or "")
    return decoded


def titles(answer: dict[str, Any]) -> list[str]:
    return [hit["title"] for hit in answer["results"]]


@pytest.fixture
def library(make: Make) -> list[Book]:
    potter = {"series": "Harry Potter", "categories": ("Fantasy", "Children")}
    rings = {"series": "The Lord of the Rings", "rating": 4.5, "language": "en"}
    return [
        make("Harry Potter and the Chamber of Secrets", "J. K. Rowling", **potter),
        make("Harry Potter and the Goblet of Fire", "J. K. Rowling", **potter),
        make("Peter Pan", "J. M. Barrie", categories=("Children",), language="en"),
        make("Harry and the Power of Three", "A. Nobody", categories=("Fantasy",)),
        make("The Fellowship of the Ring", "J. R. R. Tolkien", reviews=900, **rings),
        make("The Two Towers", "J. R. R. Tolkien", **rings),
        make("Two Scoops of Django", "Audrey Roy Greenfeld", categories=("Programming",)),
        make("Germinal", "Émile Zola", reviews=900, description="La mine, la grève."),
        make("Nana", "Émile Zola", language="fr"),
        make("The Hunger Games", "Suzanne Collins", isbn="9780439023481"),
        make("Dune", "Frank Herbert", language="en"),
        make("L'Étranger", "Albert Camus", language="fr"),
    ]


async def test_what_a_person_means_comes_first(shop: Shop, library: list[Book]) -> None:
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
        assert titles(await ask(shop, q=q))[0].startswith(expected), q


async def test_corrections_are_told_and_can_be_switched_off(
    shop: Shop, library: list[Book]
) -> None:
    await shop.rebuild(library)

    assert (await ask(shop, q="harry poter"))["did_you_mean"] == "harry potter"
    assert (await ask(shop, q="harry potter"))["did_you_mean"] is None
    assert (await ask(shop, q="djano", fuzzy="off"))["count"] == 0
    assert (await ask(shop, q="dxxe"))["count"] == 0  # two slips in four letters


async def test_an_exact_word_ranks_above_a_misspelt_one(shop: Shop, make: Make) -> None:
    await shop.rebuild(
        [make("Colour of Harts"), make("Hearts"), make("Harts", reviews=9), make("Hearth")]
    )

    assert titles(await ask(shop, q="harts"))[0] == "Harts"
    assert "Hearts" not in titles(await ask(shop, q="harts"))


async def test_steps_of_matching(shop: Shop, library: list[Book]) -> None:
    await shop.rebuild(library)

    every = await ask(shop, q="harry goblet", match="all")
    some = await ask(shop, q="harry goblet", match="any")
    relaxed = await ask(shop, q="harry potter goblet")

    assert (every["match"], titles(every)) == ("all", ["Harry Potter and the Goblet of Fire"])
    assert (some["match"], some["count"]) == ("any", 3)
    assert (relaxed["match"], relaxed["count"]) == ("any", 3)
    assert titles(some)[0] == titles(relaxed)[0] == "Harry Potter and the Goblet of Fire"
    assert (await ask(shop, q="harry zola", match="all"))["count"] == 0


async def test_other_forms_of_a_word_are_found_behind_the_word_itself(
    shop: Shop, make: Make
) -> None:
    await shop.rebuild(
        [
            make("Walking Home", language="en"),
            make("The Walk", language="en"),
            make("Night Walks", language="en"),
        ]
    )

    answer = await ask(shop, q="walks", highlight="true")

    assert titles(answer)[0] == "Night Walks"
    assert answer["count"] == 3
    marked = {hit["title"]: hit["highlights"]["title"] for hit in answer["results"]}
    assert marked["Walking Home"] == "<mark>Walking</mark> Home"


async def test_empty_query_matches_all_by_popularity(shop: Shop, make: Make) -> None:
    await shop.rebuild(
        [make("Quiet"), make("Loved", rating=4.8, reviews=900), make("Known", reviews=9)]
    )

    answer = await ask(shop)

    assert (answer["count"], answer["match"]) == (3, "all")
    assert titles(answer)[0] == "Loved"


async def test_sorts(shop: Shop, make: Make) -> None:
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
            assert "".join(titles(await ask(shop, q=q, sort=sort))).startswith(expected), sort


async def test_two_rankings_in_one_list_hold_each_book_once_with_its_team(
    shop: Shop, make: Make
) -> None:
    books = [make(f"River {number}", rating=5, reviews=number * 40) for number in range(12)]
    await shop.rebuild(books)
    text, popular = Weights(1, 0, 0), Weights(0, 1, 0)
    asked = request_of({"q": "river", "size": 12})
    alone = await shop.search.search(asked, weights=popular)

    draft = Draft((text, popular), seed=5)
    drafted = json.loads((await shop.search.search(asked, draft=draft)).body)

    favourites = [hit["title"] for hit in json.loads(alone.body)["results"]]
    assert favourites[0] == "River 11"
    assert sorted(titles(drafted)) == sorted(favourites)
    assert len(draft.shown) == 12
    chosen = [title for title, team in zip(titles(drafted), draft.shown, strict=True) if team]
    assert chosen == sorted(chosen, key=favourites.index)


async def test_taste_lifts_what_the_reader_likes(shop: Shop, make: Make) -> None:
    nature, poetry = make("River", categories=("Nature",)), make("River", categories=("Poetry",))
    await shop.rebuild([nature, poetry])

    answer = await ask(shop, Taste({"Poetry": 1.0}), q="river")

    assert answer["results"][0]["id"] == str(poetry.id)
    view = await shop.search.view_of(
        np.array([[poetry.id.int >> 64, poetry.id.int & (1 << 64) - 1]], np.uint64)
    )
    assert view.snapshot.ordinal_of(poetry.id) >= 0


async def test_explanations_add_up_and_speak(shop: Shop, library: list[Book]) -> None:
    await shop.rebuild(library)

    answer = await ask(shop, Taste({"Fantasy": 0.7}), q="hary potter", explain="true")

    assert answer["results"]
    for hit in answer["results"]:
        parts = hit["explain"].values()
        assert sum(part["value"] for part in parts) == pytest.approx(hit["score"], abs=1e-9)
        assert all(0 <= part["part"] <= 1 + 1e-6 for part in parts)
        assert any(said.startswith("“harry”, read for “hary”,") for said in hit["because"])


async def test_highlights_mark_corrected_words_and_stay_safe(shop: Shop, make: Make) -> None:
    await shop.rebuild(
        [make("<b>Potter</b> & Sons", "A", description="A potter's <i>wheel</i> turns.")]
    )

    hit = (await ask(shop, q="poter", highlight="true"))["results"][0]

    assert hit["highlights"]["title"] == "&lt;b&gt;<mark>Potter</mark>&lt;/b&gt; &amp; Sons"
    assert "<mark>potter&#x27;s</mark> &lt;i&gt;wheel" in hit["highlights"]["description"]


async def test_filters_choose_and_never_change_a_score(shop: Shop, library: list[Book]) -> None:
    await shop.rebuild(library)

    free = {hit["id"]: hit["score"] for hit in (await ask(shop, q="harry potter"))["results"]}
    narrow = await ask(shop, q="harry potter", category="Fantasy", price_max="10.00")
    alone = await ask(shop, q="tolkien dune harry", match="any", author="Frank Herbert")

    assert len(free) == 3
    assert {hit["id"]: hit["score"] for hit in narrow["results"]} == pytest.approx(free)
    assert titles(alone) == ["Dune"]
    assert alone["results"][0]["score"] < 0.5  # not the best match, though the best shown


async def test_filters_are_alternatives_within_a_name_and_conditions_between(
    shop: Shop, make: Make
) -> None:
    await shop.rebuild(
        [
            make("A", categories=("Poetry",), price=500, published="1999", rating=4, reviews=1),
            make("B", categories=("Drama",), price=1500, language="fr", stock=0),
            make("C", categories=("Poetry", "Drama"), price=2500, series="Saga"),
            make("D", "É. Zola", categories=("Travel",), price=500, published="-0044"),
        ]
    )

    for fields, expected in (
        ({"category": ["Poetry", "Drama"]}, "ABC"),
        ({"category": ["Poetry", "Drama"], "price_max": "15.00"}, "AB"),
        ({"price_min": "5.001", "price_max": "24.999"}, "B"),
        ({"category": "Nothing"}, ""),
        ({"category": "poetry"}, "AC"),
        ({"author": "e. zola"}, "D"),
        ({"language": "fr"}, "B"),
        ({"series": "saga"}, "C"),
        ({"year_max": 0}, "D"),
        ({"year_min": 1900}, "A"),
        ({"rating_min": 4}, "A"),
        ({"in_stock": "false"}, "B"),
        ({"in_stock": "true", "price_max": "5"}, "AD"),
    ):
        answer = await ask(shop, **fields)
        assert "".join(sorted(titles(answer))) == expected, fields
        assert answer["count"] == len(expected)


async def test_a_name_that_a_book_carries_is_not_taken_for_one_that_folds_alike(
    shop: Shop, make: Make
) -> None:
    await shop.rebuild([make("A", categories=("poetry",)), make("B", categories=("Poetry",))])

    assert titles(await ask(shop, category="poetry")) == ["A"]
    assert titles(await ask(shop, category="Poetry")) == ["B"]


async def test_facets_ignore_their_own_filter_and_honour_the_others(shop: Shop, make: Make) -> None:
    await shop.rebuild(
        [
            make("A", "Anne", categories=("Poetry",), price=500, published="1999", series="S"),
            make("B", "Anne", categories=("Drama",), price=1500, rating=4.99, reviews=2, stock=0),
            make("C", "Bob", categories=("Poetry", "Drama"), price=2500, published="-0044"),
            make("D", "Bob", categories=("Travel",), price=5000, language="en", published="1991"),
        ]
    )

    facets = (await ask(shop, facets=FACETS))["facets"]
    narrowed = (await ask(shop, facets=FACETS, category="Poetry", price_max="10"))["facets"]

    def names(counted: list[dict[str, Any]]) -> dict[str, int]:
        return {each["name"]: each["count"] for each in counted}

    assert names(facets["categories"]) == {"Poetry": 2, "Drama": 2, "Travel": 1}
    assert names(facets["authors"]) == {"Anne": 2, "Bob": 2}
    assert names(facets["languages"]) == {"en": 1}
    assert names(facets["series"]) == {"S": 1}
    assert [each["count"] for each in facets["price_ranges"]] == [1, 1, 1, 1]
    assert facets["price_ranges"][1] == {"from": 10, "to": 25, "count": 1}
    assert facets["ratings"][1] == {"rating": 4, "count": 1}
    assert facets["ratings"][5] == {"rating": 0, "count": 3}
    assert facets["years"] == [
        {"from": 1990, "to": 1999, "count": 2},
        {"from": -50, "to": -41, "count": 1},
    ]
    assert facets["availability"] == [
        {"in_stock": True, "count": 3},
        {"in_stock": False, "count": 1},
    ]
    assert names(narrowed["categories"]) == {"Poetry": 1}
    assert [each["count"] for each in narrowed["price_ranges"]] == [1, 0, 1, 0]
    assert names(narrowed["authors"]) == {"Anne": 1}


async def test_facets_of_a_query_count_its_matches_alone(shop: Shop, library: list[Book]) -> None:
    await shop.rebuild(library)

    found = await ask(shop, q="harry potter", match="all", facets=FACETS)
    nothing = await ask(shop, q="qqqqqqqqqq", facets=FACETS)

    assert found["count"] == 2
    assert found["facets"]["series"] == [{"name": "Harry Potter", "count": 2}]
    assert nothing["count"] == 0
    assert nothing["facets"]["categories"] == []


async def paged(
    shop: Shop, fields: dict[str, Any], changes: Sequence[Callable[[], Awaitable[None]]] = ()
) -> list[str]:
    """Ids as somebody sees them who goes on by cursors while changes happen between pages."""
    answer = await ask(shop, facets="", **fields)
    found = [hit["id"] for hit in answer["results"]]
    waiting = list(changes)
    while answer["next_cursor"]:
        if waiting:
            await waiting.pop(0)()
        answer = await ask(shop, facets="", cursor=answer["next_cursor"], **fields)
        found += [hit["id"] for hit in answer["results"]]
    return found


async def test_pages_and_cursors_show_every_book_once(shop: Shop, make: Make) -> None:
    await shop.rebuild([make(f"Same {n}", price=100 * (n % 3), reviews=n % 7) for n in range(130)])

    questions: list[dict[str, Any]] = [
        {"q": "same"}, {"sort": "price"}, {"q": "same", "sort": "price_desc"}, {},
    ]  # fmt: skip
    for fields in questions:
        by_cursor = await paged(shop, {**fields, "size": 20})
        by_page = []
        for page in range(1, 8):
            answer = await ask(shop, size=20, page=page, **fields)
            by_page += [hit["id"] for hit in answer["results"]]

        assert len(set(by_page)) == 130, fields
        assert by_cursor == by_page, fields


async def test_a_sorted_list_goes_on_over_writes_and_rebuilds(shop: Shop) -> None:
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
        shown = await paged(shop, {"sort": sort, "size": 9}, [dearer, anew, dearer])
        still = {str(book.id) for book in catalogue if book.id not in touched}

        assert still <= set(shown), sort
        assert all(shown.count(each) == 1 for each in still), sort


async def test_cursor_of_another_question_or_hand_is_refused(
    shop: Shop, library: list[Book]
) -> None:
    await shop.rebuild(library)
    cursor = (await ask(shop, size=2))["next_cursor"]

    for fields in (
        {"cursor": cursor, "sort": "price"},
        {"cursor": "AAAA" + cursor[4:]},
        {"cursor": "é!"},
    ):
        with pytest.raises(Invalid):
            await ask(shop, size=2, **fields)


async def test_suggestions_start_at_any_word_and_forgive_a_slip(
    shop: Shop, library: list[Book]
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
    shop: Shop, make: Make
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


async def test_a_book_is_shown_whole_and_an_unknown_one_is_not_found(
    shop: Shop, library: list[Book]
) -> None:
    await shop.rebuild(library)

    stored = await shop.search.book(library[0].id)

    assert json.loads(stored.body)["title"] == library[0].title
    assert stored.version == library[0].version
    for question in (shop.search.book, shop.search.similar):
        with pytest.raises(BookNotFound):
            await question(new_id())


async def test_a_write_is_seen_by_who_waited_for_it(shop: Shop, make: Make) -> None:
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

    assert sorted(titles(await ask(shop))) == ["Arrakis", "Emma"]
    assert (await ask(shop, q="dune", fuzzy="off"))["count"] == 0
    assert json.loads((await shop.search.book(dune.id)).body)["title"] == "Arrakis"


async def test_removed_and_hidden_books_are_gone_from_everything(shop: Shop, make: Make) -> None:
    one, two, three = make("Dune One"), make("Dune Two"), make("Dune Three", categories=("C",))
    await shop.rebuild([one, two, three, make("Never Shown", status="hidden")])
    before = (await ask(shop))["index_version"]

    await shop.write([replace(two, status="hidden", version=2)], [one.id])

    answer = await ask(shop, q="dune")
    assert (answer["count"], titles(answer)) == (1, ["Dune Three"])
    assert titles(await ask(shop)) == ["Dune Three"]
    assert answer["index_version"] != before
    assert [each["text"] for each in json.loads(await shop.search.autocomplete("dune"))] == [
        "Dune Three"
    ]
    for gone in (one, two):
        with pytest.raises(BookNotFound):
            await shop.search.book(gone.id)


async def test_stock_counts_are_those_of_the_moment(shop: Shop, make: Make) -> None:
    dune, emma = make("Dune", stock=3), make("Emma", stock=0)
    await shop.rebuild([dune, emma])

    await shop.write([replace(dune, stock=0, version=2)], upto=102)
    sold = await ask(shop, facets="availability", in_stock="true")
    await shop.write([replace(emma, stock=1, version=2)], upto=103)
    back = await ask(shop, facets="availability", in_stock="true")

    assert (sold["count"], back["count"]) == (0, 1)
    assert sold["facets"]["availability"][0] == {"in_stock": True, "count": 0}
    assert back["facets"]["availability"] == [
        {"in_stock": True, "count": 1},
        {"in_stock": False, "count": 1},
    ]


async def test_searches_go_on_while_the_index_is_built_anew(shop: Shop) -> None:
    catalogue = [book for batch in synthetic(300, seed=4) for book in batch]
    await shop.rebuild(catalogue)
    building = asyncio.create_task(shop.rebuild(catalogue, upto=200))
    answers = [await ask(shop, size=1)]

    while not building.done():
        answers.append(await ask(shop, size=1))
        await asyncio.sleep(0)
    await building

    assert {answer["count"] for answer in answers} == {300}
    await shop.search.wait_for("199", timeout_seconds=0)


async def test_a_store_without_an_index_says_so(shop: Shop) -> None:
    with pytest.raises(IndexUnavailable):
        await ask(shop, q="dune")
    with pytest.raises(IndexUnavailable):
        await shop.search.book(new_id())
