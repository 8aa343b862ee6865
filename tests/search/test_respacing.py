"""Spaces left out or put in by a slip, and when a correction is told at all."""

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., dict[str, Any]]


def titles(answer: dict[str, Any]) -> list[str]:
    return [hit["title"] for hit in answer["results"]]


@pytest.fixture
def shop(make: Any, index: Any) -> Any:
    return index(
        [
            make("A Game of Thrones", "George R. R. Martin", series="A Song of Ice and Fire"),
            make("Harry Potter and the Goblet of Fire", "J. K. Rowling", language="en"),
            make("The Great Gatsby", "F. Scott Fitzgerald", language="en"),
            make("Ender's Game", "Orson Scott Card", language="en"),
            make("The Shining", "Stephen King", language="en"),
            make("The Fellowship of the Ring", "J. R. R. Tolkien", series="The Lord of the Rings"),
            make("Catch-22", "Joseph Heller", language="en"),
            make("A Man Called Ove", "Fredrik Backman", language="en"),
        ]
    )


@pytest.mark.parametrize(
    ("q", "title", "meant"),
    [
        ("gameof thrones", "A Game of Thrones", "game of thrones"),
        ("harrypotter", "Harry Potter and the Goblet of Fire", "harry potter"),
        ("har ry potter", "Harry Potter and the Goblet of Fire", "harry potter"),
        ("thegreat gatsby", "The Great Gatsby", "the great gatsby"),
        ("endersgame", "Ender's Game", "ender game"),
        ("catch22", "Catch-22", "catch 22"),
        ("amancalledove", "A Man Called Ove", "a man called ove"),
        ("stephenking", "The Shining", "stephen king"),
        ("to lkien", "The Fellowship of the Ring", "tolkien"),
        ("songof ice", "A Game of Thrones", "song of ice"),
        ("lordoftherings", "The Fellowship of the Ring", "lord of the rings"),
        ("thegreat gatzby", "The Great Gatsby", "the great gatsby"),
    ],
)
def test_spaces_are_put_right_and_the_answer_says_so(
    *, shop: Any, ask: Ask, q: str, title: str, meant: str
) -> None:
    answer = ask(shop, q=q)

    assert titles(answer)[0] == title
    assert answer["did_you_mean"] == meant


def test_spaces_are_left_as_typed_without_fuzziness(shop: Any, ask: Ask) -> None:
    assert ask(shop, q="harrypotter", fuzzy="off")["count"] == 0


def test_known_word_is_never_taken_apart(make: Any, index: Any, ask: Ask) -> None:
    shop = index([make("Wasteland", reviews=1), make("The Waste Land", reviews=900, rating=5)])

    answer = ask(shop, q="wasteland")

    assert titles(answer)[0] == "Wasteland"
    assert answer["did_you_mean"] is None


def test_words_that_do_not_stand_side_by_side_are_not_made(make: Any, index: Any, ask: Ask) -> None:
    shop = index([make("Night Train"), make("Light House")])

    assert ask(shop, q="nighthouse")["did_you_mean"] is None


def test_pasted_subtitle_is_not_taken_apart(make: Any, index: Any, ask: Ask) -> None:
    shop = index([make("Runaways"), make("The Waste Land", reviews=900, rating=5)])

    assert titles(ask(shop, q="Runaways: Teenage Wasteland"))[0] == "Runaways"


def test_words_put_apart_are_marked(shop: Any, ask: Ask) -> None:
    hit = ask(shop, q="stephenking", highlight="true")["results"][0]

    assert hit["highlights"]["authors"] == ["<mark>Stephen</mark> <mark>King</mark>"]


def test_correction_is_told_only_when_it_is_sure(make: Any, index: Any, ask: Ask) -> None:
    shop = index([make("Bold"), make("Cold"), make("Gold")])

    unsure, sure = ask(shop, q="zold"), ask(shop, q="boldd")

    assert unsure["count"] == 3
    assert unsure["did_you_mean"] is None
    assert sure["did_you_mean"] == "bold"


def test_word_of_the_languages_of_the_others_is_likelier(make: Any, index: Any, ask: Ask) -> None:
    shop = index(
        [
            *(make("Mining", language="en", description="The miner.") for _ in range(3)),
            make("La misere", language="fr", description="minet"),
            make("Le soleil", language="fr"),
        ]
    )

    assert ask(shop, q="miney")["did_you_mean"] != ask(shop, q="soleil miney")["did_you_mean"]
