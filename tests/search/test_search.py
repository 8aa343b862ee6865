"""Search over a real index: what is found, in which order, and what the answer says of it."""

from collections.abc import Callable
from typing import Any

import pytest

from core.catalogue.book import BookNotFound
from core.kernel.errors import Invalid
from core.kernel.ids import new_id
from core.search.ranking import Taste
from core.search.service import IndexBehind

Ask = Callable[..., dict[str, Any]]


def titles(answer: dict[str, Any]) -> list[str]:
    return [hit["title"] for hit in answer["results"]]


@pytest.fixture
def shop(make: Any, index: Any) -> Any:
    potter = {"series": "Harry Potter", "categories": ("Fantasy", "Children")}
    rings = {"series": "The Lord of the Rings", "rating": 4.5}
    return index(
        [
            make("Harry Potter and the Chamber of Secrets", "J. K. Rowling", **potter),
            make("Harry Potter and the Goblet of Fire", "J. K. Rowling", **potter),
            make("Peter Pan", "J. M. Barrie", categories=("Children",)),
            make("Harry and the Power of Three", "A. Nobody", categories=("Fantasy",)),
            make("The Fellowship of the Ring", "J. R. R. Tolkien", reviews=900, **rings),
            make("The Two Towers", "J. R. R. Tolkien", **rings),
            make("Two Scoops of Django", "Audrey Roy Greenfeld", categories=("Programming",)),
            make("Germinal", "Émile Zola", reviews=900, description="La mine, la grève."),
            make("Nana", "Émile Zola", language="fr"),
            make("The Hunger Games", "Suzanne Collins", isbn="9780439023481"),
            make("Dune", "Frank Herbert"),
            make("L'Étranger", "Albert Camus", language="fr"),
        ]
    )


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("harry poter", "Harry Potter and the Chamber of Secrets"),
        ("djano", "Two Scoops of Django"),
        ("djnago", "Two Scoops of Django"),
        ("tolkein lord rings", "The Fellowship of the Ring"),
        ("jrr tolkien", "The Fellowship of the Ring"),
        ("978-0-439-02348-1", "The Hunger Games"),
        ("0-439-02348-3", "The Hunger Games"),
        ("émile zola", "Germinal"),
        ("emile zola", "Germinal"),
        ("EMILE ZOLA", "Germinal"),
        ("letranger camus", "L'Étranger"),
        ("etranger", "L'Étranger"),
        ("greve", "Germinal"),
    ],
)
def test_what_a_person_means_comes_first(shop: Any, ask: Ask, q: str, expected: str) -> None:
    assert titles(ask(shop, q=q))[0] == expected


def test_correction_is_told(shop: Any, ask: Ask) -> None:
    assert ask(shop, q="harry poter")["did_you_mean"] == "harry potter"
    assert ask(shop, q="harry potter")["did_you_mean"] is None


def test_fuzziness_can_be_switched_off(shop: Any, ask: Ask) -> None:
    assert ask(shop, q="djano", fuzzy="off")["count"] == 0


def test_word_nobody_knows_is_set_aside(shop: Any, ask: Ask) -> None:
    assert titles(ask(shop, q="dune qqqqqqqqqqqq"))[0] == "Dune"


def test_pasted_title_with_series_finds_the_book_whose_title_stands_in_it(
    shop: Any, ask: Ask
) -> None:
    answer = ask(shop, q="The Two Towers the second part of some famous trilogy boxed paperback")

    assert titles(answer)[0] == "The Two Towers"


def test_all_demands_every_word(shop: Any, ask: Ask) -> None:
    assert titles(ask(shop, q="harry goblet", match="all")) == [
        "Harry Potter and the Goblet of Fire"
    ]
    assert ask(shop, q="harry zola", match="all")["count"] == 0


def test_any_takes_one_word_and_puts_fuller_matches_above(shop: Any, ask: Ask) -> None:
    answer = ask(shop, q="harry goblet", match="any")

    assert titles(answer)[0] == "Harry Potter and the Goblet of Fire"
    assert answer["count"] == 3
    assert answer["match"] == "any"


def test_few_full_matches_relax_the_query_and_the_answer_says_so(shop: Any, ask: Ask) -> None:
    answer = ask(shop, q="harry potter goblet")

    assert titles(answer)[0] == "Harry Potter and the Goblet of Fire"
    assert answer["match"] == "any"
    assert answer["count"] == 3


def test_empty_query_matches_all_by_popularity(make: Any, index: Any, ask: Ask) -> None:
    shop = index([make("Quiet"), make("Loved", rating=4.8, reviews=900), make("Known", reviews=9)])

    answer = ask(shop)

    assert answer["count"] == 3
    assert titles(answer)[0] == "Loved"


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("price", ["A", "B", "C"]),
        ("price_asc", ["A", "B", "C"]),
        ("price_desc", ["C", "B", "A"]),
        ("rating", ["B", "A", "C"]),
        ("date", ["C", "A", "B"]),
        ("popular", ["B", "A", "C"]),
    ],
)
def test_sorts(make: Any, index: Any, ask: Ask, sort: str, expected: list[str]) -> None:
    shop = index(
        [
            make("A", price=100, rating=4, reviews=50, published="1990", description="same"),
            make("B", price=200, rating=5, reviews=80, published="1820", description="same"),
            make("C", price=300, published="2020-05-01", description="same"),
        ]
    )

    assert titles(ask(shop, sort=sort)) == expected
    assert titles(ask(shop, q="same", sort=sort)) == expected


def test_taste_lifts_what_the_reader_likes(make: Any, index: Any, ask: Ask) -> None:
    shop = index([make("River", categories=("Nature",)), make("River", categories=("Poetry",))])

    answer = ask(shop, Taste({"Poetry": 1.0}), q="river")

    assert answer["results"][0]["categories"][0]["name"] == "Poetry"


def test_explanation_adds_up_to_the_score(shop: Any, ask: Ask) -> None:
    for hit in ask(shop, Taste({"Fantasy": 0.7}), q="harry potter", explain="true")["results"]:
        parts = hit["explain"].values()

        assert sum(part["value"] for part in parts) == pytest.approx(hit["score"], abs=1e-9)
        assert all(part["value"] == part["weight"] * part["part"] for part in parts)
        assert all(0 <= part["part"] <= 1 for part in parts)


def test_highlights_mark_corrected_words_and_stay_safe(make: Any, index: Any, ask: Ask) -> None:
    shop = index([make("<b>Potter</b> & Sons", "A", description="A potter's <i>wheel</i> turns.")])

    hit = ask(shop, q="poter", highlight="true")["results"][0]

    assert hit["highlights"]["title"] == "&lt;b&gt;<mark>Potter</mark>&lt;/b&gt; &amp; Sons"
    assert "<mark>potter&#x27;s</mark> &lt;i&gt;wheel" in hit["highlights"]["description"]


def test_filters_are_alternatives_within_a_name_and_conditions_between(
    make: Any, index: Any, ask: Ask
) -> None:
    shop = index(
        [
            make("A", categories=("Poetry",), price=500),
            make("B", categories=("Drama",), price=1500),
            make("C", categories=("Poetry", "Drama"), price=2500),
            make("D", categories=("Travel",), price=500),
        ]
    )

    assert set(titles(ask(shop, category=["Poetry", "Drama"]))) == {"A", "B", "C"}
    assert set(titles(ask(shop, category=["Poetry", "Drama"], price_max="15.00"))) == {"A", "B"}
    assert ask(shop, category="Nothing")["count"] == 0


def test_filters_never_change_scores(shop: Any, ask: Ask) -> None:
    free = {hit["id"]: hit["score"] for hit in ask(shop, q="harry potter")["results"]}

    for hit in ask(shop, q="harry potter", category="Fantasy")["results"]:
        assert hit["score"] == free[hit["id"]]


def test_pages_and_cursors_show_every_book_once(make: Any, index: Any, ask: Ask) -> None:
    shop = index([make(f"Same {n}", price=100 * (n % 3)) for n in range(25)])

    for fields in ({"q": "same"}, {"sort": "price"}, {"q": "same", "sort": "price_desc"}):
        pages = [ask(shop, size=10, page=page, **fields) for page in (1, 2, 3)]
        by_page = [title for page in pages for title in titles(page)]
        answer = ask(shop, size=10, **fields)
        by_cursor = titles(answer)
        while answer["next_cursor"]:
            answer = ask(shop, size=10, cursor=answer["next_cursor"], **fields)
            by_cursor += titles(answer)

        assert len(set(by_page)) == 25
        assert by_cursor == by_page


def test_cursor_of_another_question_or_hand_is_refused(shop: Any, ask: Ask) -> None:
    cursor = ask(shop, size=2)["next_cursor"]

    with pytest.raises(Invalid):
        ask(shop, size=2, cursor=cursor, sort="price")
    with pytest.raises(Invalid):
        ask(shop, size=2, cursor="AAAA" + cursor[4:])
    with pytest.raises(Invalid):
        ask(shop, size=2, cursor="é!")


def test_similar_is_never_the_book_itself_nor_its_other_edition(make: Any, index: Any) -> None:
    dune = make("Dune", "Frank Herbert", categories=("Science Fiction",), description="spice sand")
    shop = index(
        [
            dune,
            make("Dune", "Frank Herbert", categories=("Science Fiction",), description="spice"),
            make("Arrakis", "B", categories=("Science Fiction",), description="spice and sand"),
            make("Cooking", "C", categories=("Cooking",), description="spice"),
            make("Tax Law", "D", categories=("Law",)),
        ]
    )

    answer = shop.similar(dune.id)

    assert b'"Dune"' not in answer
    assert answer.index(b"Arrakis") < answer.index(b"Cooking")
    assert b"Tax Law" not in answer


def test_unknown_book_is_not_found(shop: Any) -> None:
    for question in (shop.book, shop.similar):
        with pytest.raises(BookNotFound):
            question(new_id())


async def test_waiting_for_a_write_the_index_has_ends_at_once(shop: Any) -> None:
    await shop.wait_for("99", timeout_seconds=0)

    with pytest.raises(IndexBehind):
        await shop.wait_for("100", timeout_seconds=0)
    with pytest.raises(Invalid):
        await shop.wait_for("1; drop table book")
