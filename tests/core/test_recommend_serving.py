"""Serving: what a reader is shown, what never, and why; over a real index."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.catalogue.book import Book, BookNotFound, Named, SeriesPlace
from core.kernel.ids import shaped_id
from core.kernel.money import Money
from core.recommendations import scoring
from core.recommendations.content import BookText
from core.recommendations.events import Events, TextRows
from core.recommendations.fold_in import Lists
from core.recommendations.history import NOTHING, History
from core.recommendations.model import Model, model_of
from core.recommendations.neighbours import keep_largest
from core.recommendations.personal import personal
from core.recommendations.reading import reading_of
from core.recommendations.scene import Scenes
from core.recommendations.scoring import Scratch, Wanted
from core.recommendations.service import Recommendations
from core.recommendations.training import TrainingSettings, train
from core.search.filters import TESTS, Passing, mask
from core.search.request import Filters
from core.search.snapshot import Horizon
from core.search.view import View
from ext.polars_training.corpus import corpus_of
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

THEN = datetime(2026, 1, 1, tzinfo=UTC)
BOOKS = 120
UNREAD = 110
"""Nobody read this one; its author wrote 112 as well."""


def made_id(kind: str, number: int) -> UUID:
    return shaped_id(1_700_000_000_000, f"{kind:<2}{number:08d}".encode())


def made_book(number: int) -> Book:
    """Even books are fantasy, odd ones crime; 0, 2, 4, 6 are a series; 118 is 116 once more."""
    subject = ("Fantasy", "Crime")[number % 2]
    number_of_work = 116 if number == 118 else number
    author = f"Author {number_of_work // 4}"
    in_series = number in (0, 2, 4, 6)
    return Book(
        id=made_id("b", number),
        title=f"Saga part {number // 2 + 1}" if in_series else f"Tale of {number_of_work}",
        authors=(Named(made_id("a", number_of_work // 4), author),),
        categories=(
            Named(made_id("c", number % 2), subject),
            Named(made_id("c", 2 + number % 5), f"Shelf {number % 5}"),
        ),
        series=SeriesPlace(made_id("s", 0), "The Saga", number // 2 + 1) if in_series else None,
        price=Money(1000 + number, "EUR"),
        stock=number % 3,
        average_rating=3.0 + (number % 20) / 10,
        review_count=1 + number * 7 % 90,
        created_at=THEN,
        updated_at=THEN,
    )


CATALOGUE = [made_book(number) for number in range(BOOKS)]
BY_ID = {str(book.id): book for book in CATALOGUE}
HALVES = np.array([(book.id.int >> 64, book.id.int & (1 << 64) - 1) for book in CATALOGUE], "u8")


def made_model(version: str) -> Model:
    """Trained on 300 readers, each of whom likes fantasy or crime and buys one book."""
    rng = np.random.default_rng(5)
    acts = []
    for reader in range(300):
        own = rng.choice(np.arange(reader % 2, BOOKS, 2), 12, replace=False)
        other = rng.choice(np.arange(1 - reader % 2, BOOKS, 2), 1)
        acts += [(reader, int(book), 0, 5, 1) for book in own if book != UNREAD]
        acts += [(reader, int(book), 0, 2, 1) for book in other if book != UNREAD]
        acts += [(reader, 8 if reader < 200 else 9, 1, 0, 2)]
    reader, book, kind, value, quantity = np.array(acts).T
    return trained_on(version, reader, book, kind=kind, value=value, quantity=quantity)


def trained_on(version: str, reader: Any, book: Any, **columns: Any) -> Model:
    events = Events(
        reader_hi=reader.astype(np.uint64),
        reader_lo=reader.astype(np.uint64) * np.uint64(7919),
        book_hi=HALVES[book, 0],
        book_lo=HALVES[book, 1],
        kind=columns["kind"].astype(np.int16),
        value=columns["value"].astype(np.float32),
        quantity=columns["quantity"].astype(np.int32),
        seconds=np.arange(len(reader), dtype=np.int64) * 60,
    )
    texts = [
        BookText(
            made.title,
            tuple(author.name for author in made.authors),
            tuple(category.name for category in made.categories),
            made.series.name if made.series else None,
        )
        for made in CATALOGUE
    ]
    corpus = corpus_of(events, TextRows(HALVES[:, 0].copy(), HALVES[:, 1].copy(), texts))
    trained = train(corpus, TrainingSettings(predictors=40), lambda stage, share: None)
    return model_of(version, trained.parameters, trained.arrays)


class Shop:
    """An index of its own, a model or none, and what a reader is shown of them."""

    def __init__(self, folder: Path, model: Model | None) -> None:
        self.model = model
        self.writer = IndexWriter(folder / "index")
        self.writer.rebuild([CATALOGUE], Horizon(1, 1), "start")
        self._reader = IndexReader(folder / "index")
        self.view = View(self._reader.current(), "EUR")
        self.recommendations = Recommendations(lambda: self.model, lambda: self.view)

    def refresh(self) -> None:
        assert self._reader.refresh()
        self.view = View(self._reader.current(), "EUR")

    def for_reader(self, history: History, **asked: Any) -> list[dict[str, Any]]:
        size = asked.pop("size", 20)
        return results(self.recommendations.for_reader(history, Filters(**asked), size=size))


def results(body: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = msgspec.json.decode(body)["results"]
    return found


def numbers(found: list[dict[str, Any]]) -> list[int]:
    return [CATALOGUE.index(BY_ID[hit["id"]]) for hit in found]


def history(ratings: dict[int, int], older: tuple[int, ...] = ()) -> History:
    """Ratings by the book's number, newest first."""
    stars = np.array(list(ratings.values()), np.float32)
    return History(
        HALVES[list(ratings)], (stars / 5).astype(np.float32), stars >= 4, HALVES[list(older)]
    )


@pytest.fixture(scope="module")
def model() -> Model:
    return made_model("m1")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, model: Model) -> Iterator[Shop]:
    """Nobody changes this one."""
    opened = Shop(tmp_path_factory.mktemp("shop"), model)
    yield opened
    opened.writer.close()


@pytest.fixture
def own_shop(tmp_path: Path, model: Model) -> Iterator[Shop]:
    opened = Shop(tmp_path, model)
    yield opened
    opened.writer.close()


RATINGS = st.dictionaries(st.integers(0, BOOKS - 1), st.integers(1, 5), max_size=40)
CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "category": st.sampled_from([("Fantasy",), ("Crime",), ("Shelf 3",)]),
        "in_stock": st.booleans(),
        "rating_min": st.sampled_from([3.5, 4.5]),
        "price_max": st.sampled_from(["10.50", "11.00"]),
    },
)


@settings(max_examples=60, deadline=None)
@given(RATINGS, CHOICES, st.integers(1, 30))
def test_nothing_read_and_nothing_filtered_out_is_ever_shown(
    shop: Shop, ratings: dict[int, int], asked: dict[str, Any], size: int
) -> None:
    filters = msgspec.convert(asked, Filters, strict=False)

    body = shop.recommendations.for_reader(history(ratings), filters, size=size)

    shown = numbers(results(body))
    passed = mask(shop.view, filters)
    assert not set(shown) & set(ratings)
    assert all(passed[shop.view.snapshot.ordinal_of(CATALOGUE[number].id)] for number in shown)
    works = [CATALOGUE[number].title for number in shown]
    assert len(set(works)) == len(works) <= size


@settings(max_examples=40, deadline=None)
@given(RATINGS, CHOICES)
def test_filtering_equals_filtering_afterwards(
    shop: Shop, ratings: dict[int, int], asked: dict[str, Any]
) -> None:
    filters = msgspec.convert(asked, Filters, strict=False)
    scene = Scenes(lambda: shop.model, lambda: shop.view).now()
    reading = reading_of(scene, history(ratings))
    passed = mask(shop.view, filters)

    filtered = personal(scene, reading, Passing(shop.view, filters), BOOKS)
    unfiltered = personal(scene, reading, Passing(shop.view, Filters()), BOOKS)

    kept = passed[unfiltered.rows] if unfiltered is not None else np.zeros(0, np.bool_)
    if filtered is None:
        assert not kept.any()
        return
    assert unfiltered is not None
    assert filtered.rows.tolist() == unfiltered.rows[kept].tolist()
    afterwards = unfiltered.scores[kept]
    np.testing.assert_allclose(filtered.scores, afterwards / afterwards.max(), rtol=1e-5)


@settings(max_examples=40, deadline=None)
@given(RATINGS)
def test_what_the_books_of_a_history_say_adds_up_to_the_score(
    shop: Shop, ratings: dict[int, int]
) -> None:
    scene = Scenes(lambda: shop.model, lambda: shop.view).now()
    reading = reading_of(scene, history(ratings))

    found = personal(scene, reading, Passing(shop.view, Filters()), 20)

    if found is not None:
        said = found.said(scene, found.books).sum(axis=1)
        scores = said * scene.worth[found.books] / found.top
        np.testing.assert_allclose(scores, found.scores, rtol=1e-4, atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(CHOICES, st.lists(st.integers(0, BOOKS - 1), min_size=1, max_size=30))
def test_a_filter_says_the_same_of_some_rows_as_of_all(
    shop: Shop, asked: dict[str, Any], rows: list[int]
) -> None:
    filters = msgspec.convert(asked, Filters, strict=False)
    some = np.array(rows, np.int32)
    everything = mask(shop.view, filters)

    tested = np.logical_and.reduce(
        [shop.view.snapshot.alive[some]]
        + [test(shop.view, filters, some) for _, active, test in TESTS if active(filters)]
    )

    assert tested.tolist() == everything[some].tolist()


@settings(max_examples=60, deadline=None)
@given(RATINGS)
def test_a_reason_names_a_book_of_the_readers_own_history(
    shop: Shop, ratings: dict[int, int]
) -> None:
    for hit in shop.for_reader(history(ratings)):
        because = hit.get("reason_book_id")
        if because is None:
            assert hit["reason"].startswith(("Popular in ", "Trending in "))
            assert hit["reason"].split(" in ")[1] in [named["name"] for named in hit["categories"]]
            continue
        number = CATALOGUE.index(BY_ID[because])
        assert number in ratings
        if hit["reason"].startswith("Because you liked "):
            assert hit["reason"] == f"Because you liked {CATALOGUE[number].title}"
            assert ratings[number] >= 4


@settings(max_examples=40, deadline=None)
@given(RATINGS)
def test_scores_lie_between_0_and_1_and_fall(shop: Shop, ratings: dict[int, int]) -> None:
    scores = [hit["score"] for hit in shop.for_reader(history(ratings))]

    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_seven_in_ten_come_from_the_readers_own_books(shop: Shop) -> None:
    found = shop.for_reader(history({10: 5, 20: 5, 30: 4}))

    own = [hit for hit in found if "reason_book_id" in hit]
    assert len(found) == 20
    assert len(own) == 14
    fantasy = [hit for hit in own if hit["categories"][0]["name"] == "Fantasy"]
    assert len(fantasy) >= 12


def test_one_liked_book_is_enough_to_change_the_page(shop: Shop) -> None:
    fantasy, crime = shop.for_reader(history({10: 5})), shop.for_reader(history({11: 5}))

    assert numbers(fantasy)[:5] != numbers(crime)[:5]
    assert fantasy[0]["reason"] == "Because you liked Tale of 10"


def test_an_older_book_beyond_the_learnt_history_does_not_come_back(shop: Shop) -> None:
    before = numbers(shop.for_reader(history({10: 5})))

    after = numbers(shop.for_reader(history({10: 5}, older=tuple(before[:5]))))

    assert not set(before[:5]) & set(after)


def test_of_a_begun_series_only_the_next_unread_volume_comes(shop: Shop) -> None:
    found = shop.for_reader(history({0: 5, 2: 5, 10: 4}))

    volumes = [hit for hit in found if hit["series"]]
    assert [hit["title"] for hit in volumes] == ["Saga part 3"]
    assert volumes[0]["reason"] == "Next in The Saga"
    assert volumes[0]["reason_book_id"] == str(CATALOGUE[2].id)


def test_another_edition_of_a_read_book_is_not_recommended(shop: Shop) -> None:
    assert 118 not in numbers(shop.for_reader(history({116: 5, 10: 5}), size=60))


def test_a_reader_without_history_sees_what_is_popular_and_trending(shop: Shop) -> None:
    found = shop.for_reader(NOTHING, category=("Crime",))

    assert len(found) == 20
    assert {hit["reason"].split(" in ")[1] for hit in found} == {"Crime"}
    assert {hit["reason"].split()[0] for hit in found} == {"Popular", "Trending"}


def test_without_a_model_the_popular_books_come_and_the_answer_says_so(own_shop: Shop) -> None:
    own_shop.model = None

    body = msgspec.json.decode(own_shop.recommendations.for_reader(history({10: 5})))

    assert body["model_version"] is None
    assert body["index_version"] == own_shop.view.snapshot.version
    assert len(body["results"]) == 20
    assert CATALOGUE[10].title not in [hit["title"] for hit in body["results"]]
    assert results(own_shop.recommendations.trending(7))[0]["reason"].startswith("Popular in ")
    assert results(own_shop.recommendations.bestsellers()) == []


def test_popular_books_fall_in_popularity_and_filter_afterwards_is_the_same(shop: Shop) -> None:
    everything = numbers(results(shop.recommendations.popular(size=BOOKS)))
    crime = results(shop.recommendations.popular(Filters(category=("Crime",)), size=BOOKS))

    assert sorted(everything) == list(range(BOOKS))
    assert numbers(crime) == [number for number in everything if number % 2]


def test_what_trends_comes_first_and_popular_books_fill_up(shop: Shop) -> None:
    found = results(shop.recommendations.trending(30, size=BOOKS))

    words = [hit["reason"].split()[0] for hit in found]
    assert words == sorted(words, reverse=True)
    assert len(found) == BOOKS
    assert numbers(found)[0] in (8, 9)


def test_popular_of_a_window_begins_with_what_readers_turned_to_in_it(shop: Shop) -> None:
    trending = results(shop.recommendations.trending(30, size=BOOKS))
    moved = {hit["id"] for hit in trending if hit["reason"].startswith("Trending")}

    found = results(shop.recommendations.popular(size=BOOKS, days=30))

    assert 0 < len(moved) < BOOKS
    assert {hit["id"] for hit in found[: len(moved)]} == moved
    assert sorted(numbers(found)) == list(range(BOOKS))
    for part in (found[: len(moved)], found[len(moved) :]):
        scores = [hit["score"] for hit in part]
        assert scores == sorted(scores, reverse=True)


def test_bestsellers_are_ordered_by_copies_sold(shop: Shop) -> None:
    found = results(shop.recommendations.bestsellers(size=10))

    assert numbers(found) == [8, 9]
    assert [hit["reason"] for hit in found] == ["400 sold", "200 sold"]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, BOOKS - 1), st.integers(1, 20))
def test_similar_books_are_never_the_book_nor_an_edition_of_it(
    shop: Shop, number: int, size: int
) -> None:
    found = results(shop.recommendations.similar(CATALOGUE[number].id, size=size))

    titles = [hit["title"] for hit in found]
    scores = [hit["score"] for hit in found]
    assert CATALOGUE[number].title not in titles
    assert len(set(titles)) == len(titles) <= size
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)
    assert {hit["reason_book_id"] for hit in found} == {str(CATALOGUE[number].id)}


def test_reasons_of_similar_books_say_what_they_share(shop: Shop) -> None:
    reasons = {hit["reason"]: hit for hit in results(shop.recommendations.similar(CATALOGUE[2].id))}

    assert reasons["Next in The Saga"]["title"] == "Saga part 3"
    assert "Readers of Saga part 2 also liked this" in reasons


def test_a_book_nobody_read_has_similar_books_by_content(shop: Shop) -> None:
    found = results(shop.recommendations.similar(CATALOGUE[UNREAD].id))

    assert found[0]["authors"][0]["name"] == "Author 27"
    assert found[0]["reason"] == "Also by Author 27"
    assert not [hit for hit in found if hit["reason"].startswith("Readers of")]


def test_a_book_newer_than_the_model_has_similar_books_by_its_words(own_shop: Shop) -> None:
    newcomer = msgspec.structs.replace(made_book(8), id=made_id("b", 999), title="Tale of wolves")
    own_shop.writer.apply([newcomer], [], Horizon(2, 2), "later")
    own_shop.refresh()

    found = results(own_shop.recommendations.similar(newcomer.id))

    assert found
    assert "Tale of wolves" not in [hit["title"] for hit in found]
    assert {hit["authors"][0]["name"] for hit in found[:2]} == {"Author 2"}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, BOOKS - 1), st.integers(1, 40))
def test_alternatives_are_in_stock_and_never_the_book(shop: Shop, number: int, size: int) -> None:
    found = results(shop.recommendations.alternatives(CATALOGUE[number].id, size=size))

    assert all(CATALOGUE[other].stock > 0 for other in numbers(found))
    assert number not in numbers(found)
    assert len({hit["title"] for hit in found}) == len(found) <= size
    scores = [hit["score"] for hit in found]
    assert scores == sorted(scores, reverse=True)


def test_another_edition_is_the_first_alternative(shop: Shop) -> None:
    found = results(shop.recommendations.alternatives(CATALOGUE[118].id))

    assert numbers(found)[0] == 116
    assert found[0]["reason"] == "Another edition of Tale of 116"


def test_an_unknown_book_has_no_similar_ones(shop: Shop) -> None:
    with pytest.raises(BookNotFound):
        shop.recommendations.similar(made_id("b", 12_345))
    with pytest.raises(BookNotFound):
        shop.recommendations.alternatives(made_id("b", 12_345))


def test_a_changed_book_is_shown_as_it_is_now_and_a_removed_one_not_at_all(own_shop: Shop) -> None:
    first, second = numbers(own_shop.for_reader(history({10: 5})))[:2]
    renamed = msgspec.structs.replace(CATALOGUE[first], title="Another name", version=2)

    own_shop.writer.apply([renamed], [CATALOGUE[second].id], Horizon(2, 2), "later")
    own_shop.refresh()
    found = own_shop.for_reader(history({10: 5}))

    assert found[0]["title"] == "Another name"
    assert second not in numbers(found)
    popular = results(own_shop.recommendations.popular(size=BOOKS))
    assert "Another name" in [hit["title"] for hit in popular]
    assert second not in numbers(popular)


def test_a_liked_book_that_left_the_shop_is_not_named(own_shop: Shop) -> None:
    own_shop.writer.apply([], [CATALOGUE[10].id], Horizon(2, 2), "later")
    own_shop.refresh()

    found = own_shop.for_reader(history({10: 5, 20: 4}))

    named = {hit.get("reason_book_id") for hit in found}
    assert str(CATALOGUE[20].id) in named
    assert str(CATALOGUE[10].id) not in named


def test_a_new_model_is_served_from_the_next_request_on(own_shop: Shop) -> None:
    before = msgspec.json.decode(own_shop.recommendations.for_reader(NOTHING))

    own_shop.model = made_model("m2")
    after = msgspec.json.decode(own_shop.recommendations.for_reader(NOTHING))

    assert (before["model_version"], after["model_version"]) == ("m1", "m2")


def test_moving_on_with_the_index_is_the_same_as_starting_afresh(own_shop: Shop) -> None:
    kept = Scenes(lambda: own_shop.model, lambda: own_shop.view)
    kept.now()
    changed = [
        msgspec.structs.replace(CATALOGUE[number], review_count=5_000 + number, version=2)
        for number in (3, 50, 51)
    ]
    own_shop.writer.apply(changed, [CATALOGUE[4].id], Horizon(2, 2), "later")
    own_shop.refresh()

    moved, fresh = kept.now(), Scenes(lambda: own_shop.model, lambda: own_shop.view).now()

    for name in ("row_of", "book_of", "worth", "absent", "marks"):
        assert getattr(moved, name).tolist() == getattr(fresh, name).tolist(), name
    assert np.count_nonzero(moved.worth == 0) == 1
    assert moved.volumes.of(own_shop.view.snapshot, 0).tolist() == fresh.series(0)
    assert moved.popular.rows.tolist() == fresh.popular.rows.tolist()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 39), min_size=1, max_size=6, unique=True),
    st.lists(st.integers(0, 39), max_size=6),
    st.integers(1, 12),
    st.integers(0, 2**32),
)
def test_both_ways_of_adding_up_find_the_same_books(
    history: list[int], without: list[int], most: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    source, target = np.divmod(rng.choice(40 * 40, 400, replace=False), 40)
    weights = rng.random(400).astype(np.float32)
    lists = Lists(
        keep_largest(source.astype(np.int32), target.astype(np.int32), weights, books=40, keep=20)
    )
    told = lists.tell(np.array(history, np.int32), np.ones(len(history), np.float32))
    worth = rng.choice([0.7, 1], 40).astype(np.float32)
    even = rng.random(40) < 0.5
    wanted = Wanted(worth, [np.array(without, np.int32)], lambda books: even[books], most)
    scratch = Scratch(40)

    dense, sparse = scoring.dense(told, wanted), scoring.sparse(told, wanted, scratch)

    best = first(dense, most)
    assert first(sparse, most) == pytest.approx(best, rel=1e-5)
    assert not set(best) & {*without, *np.flatnonzero(~even).tolist()}
    np.testing.assert_allclose(sparse.totals, dense.totals, rtol=1e-5, atol=1e-7)
    scoring.give_back(sparse, told, scratch)
    assert not scratch.totals().any()


def first(best: scoring.Best, count: int) -> dict[int, float]:
    order = np.lexsort((best.books, -best.scores))[:count]
    return dict(zip(best.books[order].tolist(), best.scores[order].tolist(), strict=True))
