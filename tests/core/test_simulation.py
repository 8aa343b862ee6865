"""Simulated readers: the same for the same seed, and with tastes that can be learnt."""

import numpy as np
import pytest

from core.simulation.catalogue import SimulatedBook, catalogue_arrays
from core.simulation.simulating import (
    PURCHASE,
    RATING,
    VIEW,
    NoBooks,
    Simulation,
    simulate,
    zipf_popularity,
)
from core.simulation.words import SENTENCES, reader_name, review_texts

GENRES = ("Crime", "Poetry", "Travel", "History", "Fantasy", "Science")
BOOKS = [
    SimulatedBook(
        categories=(GENRES[number % 6],),
        authors=(f"author {number % 40}",),
        series=f"series {number // 4}" if number < 40 else None,
        position=number % 4 + 1 if number < 40 else None,
        language="en",
    )
    for number in range(300)
]


def run(seed: int = 7, readers: int = 200) -> Simulation:
    return simulate(catalogue_arrays(BOOKS), seed=seed, readers=readers)


def co_reading(simulation: Simulation) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """How many readers rated or bought both, over how many would by chance: (n, n)."""
    read = np.zeros((200, len(BOOKS)))
    acted = simulation.kind != VIEW
    read[simulation.reader[acted], simulation.book[acted]] = 1
    readers = read.sum(axis=0)
    expected = np.outer(readers, readers) / len(read)
    return read.T @ read / np.maximum(expected, 1e-9)


def test_same_seed_gives_the_same_readers() -> None:
    one, again, other = run(seed=1), run(seed=1), run(seed=2)

    assert np.array_equal(one.book, again.book)
    assert np.array_equal(one.age_seconds, again.age_seconds)
    assert not np.array_equal(one.book[:100], other.book[:100])


def test_volumes_of_a_series_are_read_together_far_more_than_chance() -> None:
    lift = co_reading(run())

    within = np.median([lift[4 * s, 4 * s + 1] for s in range(10)])

    assert within > 4 * np.median(lift[np.triu_indices(len(BOOKS), 1)])
    assert within > 2


def test_books_of_one_category_are_read_together_more_than_others() -> None:
    lift = co_reading(run())
    genre = np.arange(len(BOOKS)) % 6
    same = genre[:, None] == genre[None, :]
    alone = np.arange(len(BOOKS)) >= 40
    pairs = np.triu(np.outer(alone, alone), 1)

    assert lift[pairs & same].mean() > 1.5 * lift[pairs & ~same].mean()


def test_series_are_read_in_order() -> None:
    simulation = simulate(catalogue_arrays(BOOKS[:40]), seed=3, readers=50)
    rated = simulation.kind == RATING
    events = zip(simulation.reader[rated].tolist(), simulation.book[rated].tolist(), strict=True)

    seen: dict[tuple[int, int], int] = {}
    for reader, book in events:
        assert seen.get((reader, book // 4), -1) < book
        seen[reader, book // 4] = book
    assert len(seen) > 100


def test_few_books_are_read_by_many() -> None:
    read = np.bincount(run().book, minlength=len(BOOKS))

    busiest = np.sort(read)[::-1][: len(BOOKS) // 10].sum()

    assert 0.25 < busiest / read.sum() < 0.8


def test_what_is_rated_elsewhere_is_popular_here() -> None:
    popularity = zipf_popularity(np.array([0.0, 500.0, 20.0]), np.random.default_rng(1))

    assert popularity.argsort().tolist() == [0, 2, 1]


def test_stars_are_one_to_five_and_only_ratings_have_them() -> None:
    simulation = run()
    rated = simulation.kind == RATING

    assert set(simulation.value[rated].tolist()) <= {1.0, 2.0, 3.0, 4.0, 5.0}
    assert np.isnan(simulation.value[~rated]).all()
    assert 3 < simulation.value[rated].mean() < 4.5


def test_everything_happened_within_the_days_asked_for_oldest_first() -> None:
    simulation = simulate(catalogue_arrays(BOOKS), seed=1, readers=50, days=30)

    assert simulation.age_seconds.min() >= 0
    assert simulation.age_seconds.max() <= 30 * 86_400
    assert (np.diff(simulation.age_seconds) <= 0).all()


def test_a_purchase_and_a_rating_follow_a_look() -> None:
    simulation = run(readers=20)
    viewed: dict[tuple[int, int], float] = {}
    for reader, book, kind, age in zip(
        simulation.reader.tolist(),
        simulation.book.tolist(),
        simulation.kind.tolist(),
        simulation.age_seconds.tolist(),
        strict=True,
    ):
        if kind == VIEW:
            viewed.setdefault((reader, book), age)
        assert viewed[reader, book] >= age
    assert {PURCHASE, RATING} <= set(simulation.kind.tolist())


def test_readers_keep_to_the_languages_they_read() -> None:
    books = [
        SimulatedBook(categories=("Poetry",), language="fr" if n % 2 else "en") for n in range(200)
    ]

    simulation = simulate(catalogue_arrays(books), seed=1, readers=100)

    french = np.bincount(simulation.reader, simulation.book % 2, 100)
    share = french / np.bincount(simulation.reader, minlength=100)
    of_one_language = share[simulation.tastes.languages[:, 1] < 0]
    assert len(of_one_language) > 50
    assert np.median(np.abs(of_one_language - 0.5)) > 0.4


@pytest.mark.parametrize("count", [1, 3])
def test_tiny_catalogue_is_read_too(count: int) -> None:
    simulation = simulate(catalogue_arrays([SimulatedBook()] * count), seed=1, readers=5)

    assert set(simulation.book.tolist()) <= set(range(count))
    assert len(simulation.book)


def test_empty_catalogue_is_refused() -> None:
    with pytest.raises(NoBooks):
        simulate(catalogue_arrays([]), seed=1)


def test_sentences_suit_the_stars() -> None:
    texts = review_texts([1, 5] * 200, seed=1)

    assert set(texts[::2]) <= {"", *SENTENCES[1]}
    assert set(texts[1::2]) <= {"", *SENTENCES[5]}
    assert 0.2 < sum(map(bool, texts)) / len(texts) < 0.5


def test_every_reader_has_a_name() -> None:
    assert len({reader_name(number) for number in range(400)}) == 400
