"""Which word was meant: the likeliest correction comes first."""

import numpy as np
import pytest

from core.search.spelling import Speller, build

WORDS = {"receive": 3, "relieve": 9, "definite": 5, "definitely": 2, "night": 40, "light": 60,
         "tolkien": 8, "phantom": 4, "separate": 2, "desperate": 9}  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("recieve", "receive"),
        ("tolkein", "tolkien"),
        ("definitly", "definitely"),
        ("fantom", "phantom"),
        ("seperate", "separate"),
        ("nihgt", "night"),
    ],
)
def test_likeliest_word_comes_first(typed: str, meant: str) -> None:
    speller = Speller(build(list(WORDS), np.array(list(WORDS.values()))))

    assert speller.corrections(typed)[0][0] == meant
