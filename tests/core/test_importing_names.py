"""Names out of cells: authors, series, subtitles."""

import pytest

from core.importing.authors import reading_order, split_authors
from core.importing.titles import Titled, read_title


def test_several_authors_in_a_cell_are_split_in_their_order() -> None:
    names = split_authors("J.K. Rowling, Mary  GrandPré, J.K. Rowling", (",",), "first last")

    assert names == ("J.K. Rowling", "Mary GrandPré")


def test_junior_belongs_to_the_name_before_it() -> None:
    names = split_authors("Jonathan Swift, Robert DeMaria, Jr.", (",",), "first last")

    assert names == ("Jonathan Swift", "Robert DeMaria Jr.")


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Wells, H. G. (Herbert George)", "H. G. Wells"),
        ("Cervantes, Miguel de", "Miguel de Cervantes"),
        ("Smith, Joseph, Jr.", "Joseph Smith Jr."),
        ("Malory, Thomas, Sir", "Thomas Malory"),
        ("Tennyson, Alfred Tennyson, Baron", "Alfred Tennyson"),
        ("Wood, Henry, Mrs.", "Mrs. Henry Wood"),
        ("Dunsany, Lord", "Lord Dunsany"),
        ("Chrétien, de Troyes, active 12th century", "Chrétien de Troyes"),
        ("Augustine, of Hippo, Saint", "Saint Augustine of Hippo"),
        ("Sophocles", "Sophocles"),
        ("", ""),
    ],
)
def test_library_heading_is_turned_into_reading_order(heading: str, name: str) -> None:
    assert reading_order(heading) == name


@pytest.mark.parametrize(
    ("text", "titled"),
    [
        (
            "The Hunger Games (The Hunger Games, #1)",
            Titled("The Hunger Games", None, "The Hunger Games", 1.0),
        ),
        ("Mort (Death, #1; Discworld, #4)", Titled("Mort", None, "Death", 1.0)),
        ("Nightshade (Nightshade #0.5)", Titled("Nightshade", None, "Nightshade", 0.5)),
        ("Boxed Set (Saga, #1-3)", Titled("Boxed Set", None, "Saga", None)),
        ("On (Not) Getting By in America", Titled("On (Not) Getting By in America")),
        ("Saga #1", Titled("Saga #1")),
        ("Far (Saga, #123456)", Titled("Far (Saga, #123456)")),
        ("(Saga, #1)", Titled("(Saga, #1)")),
    ],
)
def test_series_in_parentheses_leaves_a_clean_title(text: str, titled: Titled) -> None:
    assert read_title(text, series_in_parentheses=True) == titled


def test_what_follows_the_mark_is_the_subtitle() -> None:
    titled = read_title("Islanti : $b tarun ja runon maa", subtitle_marks=(" : $b ", "$b "))

    assert titled == Titled("Islanti", "tarun ja runon maa")


def test_mark_without_a_title_before_it_is_left_alone() -> None:
    assert read_title("$b only", subtitle_marks=("$b ",)) == Titled("$b only")
