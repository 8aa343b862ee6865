"""Forms of a word, stop words and titles: what stemming finds, and what it must not spoil."""

from collections.abc import Callable
from typing import Any

import pytest

Ask = Callable[..., dict[str, Any]]


def titles(answer: dict[str, Any]) -> list[str]:
    return [hit["title"] for hit in answer["results"]]


@pytest.mark.parametrize(
    ("language", "title", "q"),
    [
        ("en", "The Running Wars", "runs war"),
        ("fr", "Les chevaux du soleil", "cheval"),
        ("de", "Alte Häuser", "haus"),
        ("es", "Los libros perdidos", "libro"),
        ("it", "I gatti neri", "gatto"),
        ("pt", "Os livros antigos", "livro"),
    ],
)
def test_other_form_of_a_word_is_found(
    *, make: Any, index: Any, ask: Ask, language: str, title: str, q: str
) -> None:
    shop = index([make(title, language=language), make("Zzyzx", language=language)])

    assert titles(ask(shop, q=q, fuzzy="off")) == [title]


def test_language_without_stemmer_is_left_alone(make: Any, index: Any, ask: Ask) -> None:
    shop = index([make("Runs", language="cs"), make("Running", language="cs")])

    assert titles(ask(shop, q="runs", fuzzy="off")) == ["Runs"]


def test_exact_form_comes_before_the_others(make: Any, index: Any, ask: Ask) -> None:
    shop = index(
        [
            make("Walking", language="en", rating=5, reviews=9000),
            make("Walks", language="en"),
            make("Walked", language="en"),
        ]
    )

    for title in ("Walks", "Walked", "Walking"):
        assert titles(ask(shop, q=title))[0] == title
        assert ask(shop, q=title)["count"] == 3


def test_stop_words_need_not_be_held_but_tell_titles_apart(make: Any, index: Any, ask: Ask) -> None:
    shop = index(
        [
            make("Invisible Man", "Ralph Ellison", language="en", rating=4.5, reviews=900),
            make("The Invisible Man", "H. G. Wells", language="en", rating=4.5, reviews=600),
            make("The Quiet", language="en"),
        ]
    )

    assert titles(ask(shop, q="the invisible man")) == ["The Invisible Man", "Invisible Man"]
    assert titles(ask(shop, q="invisible man")) == ["Invisible Man", "The Invisible Man"]
    assert titles(ask(shop, q="the")) == ["The Invisible Man", "The Quiet"]


def test_subtitle_pasted_along_does_not_hide_the_title(make: Any, index: Any, ask: Ask) -> None:
    noise = [make(f"Story {n}: A Novel", language="en", reviews=50, rating=4) for n in range(20)]
    shop = index([make("Middlesex", language="en"), *noise])

    assert titles(ask(shop, q="Middlesex: A Novel"))[0] == "Middlesex"


def test_filters_never_change_scores_whichever_book_they_leave(
    make: Any, index: Any, ask: Ask
) -> None:
    shop = index(
        [make("Sea"), make("The Sea, the Sea", price=5000), make("Over the Wide Sea", price=5000)]
    )
    free = {hit["id"]: hit["score"] for hit in ask(shop, q="sea")["results"]}

    for hit in ask(shop, q="sea", price_min="40.00")["results"]:
        assert hit["score"] == free[hit["id"]]


def test_title_asked_word_for_word_comes_before_a_shorter_popular_one(
    make: Any, index: Any, ask: Ask
) -> None:
    noise = [make(f"Story {n}", language="en", reviews=500, rating=4) for n in range(20)]
    shop = index(
        [
            make("Legend", "Marie Lu", language="en", rating=4.2, reviews=900),
            make("I Am Legend", "Richard Matheson", language="en", rating=4.0, reviews=300),
            *noise,
        ]
    )

    assert titles(ask(shop, q="I Am Legend"))[0] == "I Am Legend"


def test_title_that_holds_the_whole_query_comes_before_one_that_holds_a_part(
    make: Any, index: Any, ask: Ask
) -> None:
    shop = index(
        [
            make("The Awakening", "Kate Chopin", language="en", rating=4.5, reviews=900),
            make("Awakening the Buddha Within: Tibetan Wisdom for the Western World"),
        ]
    )

    assert titles(ask(shop, q="Awakening the Buddha Within"))[0].startswith("Awakening the")
