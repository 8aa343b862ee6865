"""Laws that every recommender keeps, ours and those it is measured beside."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from core.recommendations.als import als
from core.recommendations.baselines import (
    blended_with_content,
    ease,
    rp3beta,
    score_ranker,
    user_neighbours,
)
from core.recommendations.content import BookText
from core.recommendations.cooccurrence import Cooccurrence, count_together
from core.recommendations.evaluation import Ranker, scramble
from core.recommendations.interactions import Interactions
from core.recommendations.nearest import item_neighbours
from core.recommendations.neighbours import no_lists
from core.recommendations.popularity import trending
from core.recommendations.rankers import crowd_ranker, item_ranker, voices_ranker
from core.recommendations.ridge import local_ridge
from core.recommendations.slim import slim
from core.recommendations.training import Corpus, TrainingSettings, train

BOOKS, READERS = 40, 90


def silent(*_: object) -> None: ...


def acts(seed: int = 1) -> Interactions:
    """Readers of one half of the shop each; ten books, in an order."""
    rng = np.random.default_rng(seed)
    rows = [
        (reader, book, strength, 60 * step)
        for reader in range(READERS)
        for step, (book, strength) in enumerate(
            zip(
                rng.choice(np.arange(reader % 2, BOOKS, 2), 10, replace=False).tolist(),
                rng.choice([20, 60, 80, 100], 10).tolist(),
                strict=True,
            )
        )
    ]
    reader, book, strength, seconds = np.array(rows).T
    return Interactions(
        reader.astype(np.int32), book.astype(np.int32), strength.astype(np.int32), seconds
    )


def counts(seen: Interactions) -> Cooccurrence:
    return count_together(seen, BOOKS, 30, silent)


def trained(seen: Interactions) -> Ranker:
    ids = np.arange(BOOKS, dtype=np.uint64)
    # A reader's key stays with the reader, whatever the code is: here the books read make it.
    keys = np.bincount(seen.reader, scramble(seen.book.astype(np.uint64)) % np.uint64(1 << 20))
    corpus = Corpus(
        ids, ids, [BookText("")] * BOOKS, np.zeros(BOOKS, np.int64), seen, keys.astype(np.uint64)
    )
    return voices_ranker(train(corpus, TrainingSettings(), silent).voices)


RECOMMENDERS: dict[str, Callable[[Interactions], Ranker]] = {
    "bookwheel": trained,
    "local ridge": lambda seen: item_ranker(
        local_ridge(counts(seen), predictors=20, penalty=5, keep=30, progress=silent), 0.0
    ),
    "item-kNN": lambda seen: item_ranker(item_neighbours(counts(seen), keep=30), 0.0),
    "SLIM": lambda seen: item_ranker(slim(counts(seen), predictors=20, keep=30), 0.0),
    "ALS": lambda seen: score_ranker(als(seen, BOOKS, factors=4, rounds=4)),
    "RP3beta": lambda seen: item_ranker(rp3beta(seen, BOOKS, keep=30), 0.0),
    "EASE^R": lambda seen: score_ranker(ease(seen, BOOKS)),
    "user-kNN": lambda seen: score_ranker(user_neighbours(seen, BOOKS)),
    "user-kNN + content": lambda seen: score_ranker(
        blended_with_content(user_neighbours(seen, BOOKS), no_lists(BOOKS))
    ),
    "trending": lambda seen: crowd_ranker(trending(seen, BOOKS, 30)),
}
CROWD = {"trending"}


@pytest.fixture(scope="module", params=RECOMMENDERS)
def made(request: pytest.FixtureRequest) -> tuple[str, Ranker]:
    name: str = request.param
    return name, RECOMMENDERS[name](acts())


def asked(rank: Ranker, *books: int) -> NDArray[np.int32]:
    return rank(np.array(books, np.int32), np.full(len(books), 90, np.int32))


def test_no_book_comes_twice_and_none_of_the_history(made: tuple[str, Ranker]) -> None:
    for history in ((0,), (1, 3, 5), tuple(range(0, BOOKS, 2))):
        found = asked(made[1], *history).tolist()

        assert len(found) == len(set(found))
        assert not set(found) & set(history)
        assert all(0 <= book < BOOKS for book in found)


def test_a_reader_is_led_to_books_of_the_same_half(made: tuple[str, Ranker]) -> None:
    name, rank = made
    if name in CROWD:
        pytest.skip("the crowd knows no reader")

    found = asked(rank, 0, 2, 4)[:5]

    assert np.count_nonzero(found % 2 == 0) >= 4


def test_the_same_acts_make_the_same_recommender(made: tuple[str, Ranker]) -> None:
    name, rank = made

    again = RECOMMENDERS[name](acts())

    assert asked(again, 1, 3).tolist() == asked(rank, 1, 3).tolist()


def test_permuting_readers_and_rows_changes_nothing(made: tuple[str, Ranker]) -> None:
    name, rank = made
    if name == "ALS":
        pytest.skip("sums of float32 in another order round otherwise")
    seen = acts()
    shuffled = np.random.default_rng(3).permutation(len(seen.book))
    renamed = seen._replace(reader=(READERS - 1 - seen.reader).astype(np.int32))
    reader, book, strength, seconds = renamed
    permuted = Interactions(reader[shuffled], book[shuffled], strength[shuffled], seconds[shuffled])

    other = RECOMMENDERS[name](permuted)

    assert asked(other, 1, 3).tolist() == asked(rank, 1, 3).tolist()
