"""Which word was meant: the likeliest correction comes first."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.search.spelling import Speller, build, distance, edits_allowed

WORDS = {"receive": 3, "relieve": 9, "definite": 5, "definitely": 2, "night": 40, "light": 60,
         "tolkien": 8, "phantom": 4, "separate": 2, "desperate": 9, "form": 2, "restaurant": 1,
         "phoenix": 1}  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("recieve", "receive"),
        ("tolkein", "tolkien"),
        ("definitly", "definitely"),
        ("fantom", "phantom"),
        ("seperate", "separate"),
        ("nihgt", "night"),
        ("frmo", "form"),
        ("restrent", "restaurant"),
        ("rnight", "night"),
        ("foenix", "phoenix"),
    ],
)
def test_likeliest_word_comes_first(typed: str, meant: str) -> None:
    speller = Speller(build(list(WORDS), np.array(list(WORDS.values()))))

    assert speller.corrections(typed)[0].word == meant


def test_no_word_is_near_to_one_of_other_letters() -> None:
    speller = Speller(build(list(WORDS), np.array(list(WORDS.values()))))

    assert speller.corrections("zzzzqqqq") == []
    assert speller.corrections("night1") == []


@given(st.text("abcde", min_size=3, max_size=9), st.data())
def test_every_word_within_the_allowed_edits_is_found(word: str, data: st.DataObject) -> None:
    typed = word
    for _ in range(data.draw(st.integers(0, 2 if len(word) > 6 else 1))):
        at = data.draw(st.integers(0, len(typed) - 1))
        kind = data.draw(st.sampled_from(["drop", "add", "swap", "change"]))
        head, tail = typed[:at], typed[at:]
        typed = {
            "drop": head + tail[1:],
            "add": head + "x" + tail,
            "swap": head + tail[1:2] + tail[:1] + tail[2:],
            "change": head + "y" + tail[1:],
        }[kind]
    speller = Speller(build([word], np.array([1])))

    found = [near.word for near in speller.corrections(typed)]

    assert found == [word] or typed == word or distance(typed, word) > edits_allowed(typed)


@given(st.text("abc", max_size=7), st.text("abc", max_size=7))
def test_distance_is_that_of_the_textbook(left: str, right: str) -> None:
    assert distance(left, right) == by_table(left, right)


def by_table(left: str, right: str) -> int:
    """Optimal string alignment by the whole table."""
    cost = [[max(i, j) for j in range(len(right) + 1)] for i in range(len(left) + 1)]
    for i, j in product(range(1, len(left) + 1), range(1, len(right) + 1)):
        cost[i][j] = min(
            cost[i - 1][j] + 1,
            cost[i][j - 1] + 1,
            cost[i - 1][j - 1] + (left[i - 1] != right[j - 1]),
        )
        swapped = left[i - 2 : i] == right[j - 2 : j][::-1]
        if i > 1 and j > 1 and swapped:
            cost[i][j] = min(cost[i][j], cost[i - 2][j - 2] + 1)
    return cost[-1][-1]
