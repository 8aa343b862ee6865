"""What a suggestion marks as typed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.search.autocomplete import folded
from core.search.starts import marked_start


@pytest.mark.parametrize(
    ("text", "typed", "expected"),
    [
        ("Harry Potter", "pot", "Harry <mark>Pot</mark>ter"),
        ("J. R. R. Tolkien", "j r r t", "<mark>J. R. R. T</mark>olkien"),
        ("L'Étranger", "etr", "L&#x27;<mark>Étr</mark>anger"),
        ("Potter's Wheel", "potter wh", "<mark>Potter&#x27;s Wh</mark>eel"),
        ("Die Straße <i>", "strass", "Die <mark>Straß</mark>e &lt;i&gt;"),
        ("Despot", "pot", "Despot"),
    ],
)
def test_typed_letters_are_marked(text: str, typed: str, expected: str) -> None:
    assert marked_start(text, typed) == expected


@given(st.text(max_size=40), st.text(min_size=1, max_size=8))
def test_nothing_of_a_text_reaches_the_page_unescaped(text: str, typed: str) -> None:
    shown = marked_start(text, folded(typed))

    bare = shown.replace("<mark>", "", 1).replace("</mark>", "", 1)
    assert "<" not in bare
    assert ">" not in bare


def test_mended_word_is_marked_in_an_answer(make: Any, index: Any) -> None:
    shop = index([make("The Hobbit", "J. R. R. Tolkien")])

    exact, slipped = (json.loads(shop.autocomplete(q)) for q in ("hobb", "hobit"))

    assert exact[0]["highlight"] == "The <mark>Hobb</mark>it"
    assert slipped[0]["highlight"].startswith("The <mark>Hobb")
