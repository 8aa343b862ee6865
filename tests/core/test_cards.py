"""Cards tell of titles what the titles hold, as far as a card reaches."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.search.cards import TERMS, Hand, build, draw
from core.search.columns import Ragged

CODES = st.integers(0, 30)
TITLES = st.lists(st.lists(CODES, unique=True, max_size=20).map(sorted), min_size=1, max_size=30)


def drawn(titles: list[list[int]], popularity: list[float] | None = None) -> Hand:
    start = np.concatenate(([0], np.cumsum([len(title) for title in titles])))
    values = np.array([code for title in titles for code in title], np.int32)
    liked = np.array(popularity or [0.5] * len(titles), np.float32)
    return draw(build(Ragged(start, values), liked), np.arange(len(titles)))


@given(TITLES, st.lists(CODES, unique=True, min_size=1, max_size=6))
def test_told_is_the_sum_of_the_weights_of_what_a_title_holds(
    titles: list[list[int]], asked: list[int]
) -> None:
    weigh = np.array([[1.0] * len(asked), range(len(asked))], np.float32)
    hand = drawn(titles)

    told = hand.told(np.array(asked, np.int32), weigh)

    expected = [
        [
            sum(row[place] for place, code in enumerate(asked) if code in title[:TERMS])
            for title in titles
        ]
        for row in weigh
    ]
    assert told.tolist() == expected


@given(TITLES)
def test_title_without_words_counts_as_one_of_a_word_nobody_asks_for(
    titles: list[list[int]],
) -> None:
    assert drawn(titles).sizes.tolist() == [max(1, len(title)) for title in titles]


def test_popularity_comes_back_as_it_was_written() -> None:
    hand = drawn([[1], [2, 3]], [0.25, 0.75])

    assert hand.popularity.tolist() == [0.25, 0.75]
