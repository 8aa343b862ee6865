"""What a reader is shown, and what never."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from core.recommendations.history import NOTHING
from core.search.filters import mask
from core.search.request import Filters
from core.search.snapshot import Horizon
from tests.core.recommendations.drawn import CHOICES, RATINGS


@settings(max_examples=60, deadline=None)
@given(RATINGS, CHOICES, st.integers(1, 30))
def test_nothing_read_and_nothing_filtered_out_is_ever_shown(
    shop: Any, ratings: dict[int, int], asked: dict[str, Any], size: int
) -> None:
    filters = msgspec.convert(asked, Filters, strict=False)

    body = shop.recommendations.for_reader(shop.history(ratings), filters, size=size)

    shown = shop.numbers(shop.results(body))
    passed = mask(shop.view, filters)
    assert not set(shown) & set(ratings)
    assert all(passed[shop.view.snapshot.ordinal_of(shop.books[number].id)] for number in shown)
    works = [shop.books[number].title for number in shown]
    assert len(set(works)) == len(works) <= size


@settings(max_examples=40, deadline=None)
@given(RATINGS)
def test_scores_lie_between_0_and_1_and_fall(shop: Any, ratings: dict[int, int]) -> None:
    scores = [hit["score"] for hit in shop.for_reader(shop.history(ratings))]

    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_seven_in_ten_come_from_the_readers_own_books(shop: Any) -> None:
    found = shop.for_reader(shop.history({10: 5, 20: 5, 30: 4}))

    own = [hit for hit in found if "reason_book_id" in hit]
    assert len(found) == 20
    assert len(own) == 14
    fantasy = [hit for hit in own if hit["categories"][0]["name"] == "Fantasy"]
    assert len(fantasy) >= 12


def test_one_liked_book_is_enough_to_change_the_page(shop: Any) -> None:
    fantasy, crime = shop.for_reader(shop.history({10: 5})), shop.for_reader(shop.history({11: 5}))

    assert shop.numbers(fantasy)[:5] != shop.numbers(crime)[:5]
    assert fantasy[0]["reason"] == "Because you liked Tale of 10"


def test_an_older_book_beyond_the_learnt_history_does_not_come_back(shop: Any) -> None:
    before = shop.numbers(shop.for_reader(shop.history({10: 5})))

    after = shop.numbers(shop.for_reader(shop.history({10: 5}, older=tuple(before[:5]))))

    assert not set(before[:5]) & set(after)


def test_of_a_begun_series_only_the_next_unread_volume_comes(shop: Any) -> None:
    found = shop.for_reader(shop.history({0: 5, 2: 5, 10: 4}))

    volumes = [hit for hit in found if hit["series"]]
    assert [hit["title"] for hit in volumes] == ["Saga part 3"]
    assert volumes[0]["reason"] == "Next in The Saga"
    assert volumes[0]["reason_book_id"] == str(shop.books[2].id)


def test_another_edition_of_a_read_book_is_not_recommended(shop: Any) -> None:
    assert 118 not in shop.numbers(shop.for_reader(shop.history({116: 5, 10: 5}), size=60))


def test_a_reader_without_history_sees_what_is_popular_and_trending(shop: Any) -> None:
    found = shop.for_reader(NOTHING, category=("Crime",))

    assert len(found) == 20
    assert {hit["reason"].split(" in ")[1] for hit in found} == {"Crime"}
    assert {hit["reason"].split()[0] for hit in found} == {"Popular", "Trending"}


def test_without_a_model_the_popular_books_come_and_the_answer_says_so(own_shop: Any) -> None:
    own_shop.model = None

    body = msgspec.json.decode(own_shop.recommendations.for_reader(own_shop.history({10: 5})))

    assert body["model_version"] is None
    assert body["index_version"] == own_shop.view.snapshot.version
    assert len(body["results"]) == 20
    assert own_shop.books[10].title not in [hit["title"] for hit in body["results"]]
    assert own_shop.results(own_shop.recommendations.trending(7))[0]["reason"].startswith(
        "Popular in "
    )
    assert own_shop.results(own_shop.recommendations.bestsellers()) == []


def test_shop_whose_books_are_gone_shows_nothing(empty_shop: Any) -> None:
    history = empty_shop.history({0: 5, 2: 4})

    assert empty_shop.for_reader(history) == []
    assert empty_shop.for_reader(history, in_stock=True) == []


def test_first_book_of_an_emptied_shop_is_recommended(empty_shop: Any) -> None:
    history = empty_shop.history({0: 5, 2: 4})
    assert empty_shop.for_reader(history) == []

    empty_shop.writer.apply(empty_shop.books[8:12], [], Horizon(2, 2), "later")
    empty_shop.refresh()

    assert set(empty_shop.numbers(empty_shop.for_reader(history))) == {8, 9, 10, 11}
