"""Training: what is counted, solved, compared and measured."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.recommendations.content import BookText, content_neighbours
from core.recommendations.cooccurrence import count_together, with_content
from core.recommendations.evaluation import Quality, hold_out, measure, newest_first, scramble
from core.recommendations.fold_in import Lists, recency_weights
from core.recommendations.interactions import Interactions
from core.recommendations.model import BrokenModel, Parameters, model_of
from core.recommendations.nearest import levelled
from core.recommendations.neighbours import Neighbours, even_lists, keep_largest, no_lists
from core.recommendations.popularity import ranking, trending
from core.recommendations.ridge import local_ridge, ridge_ladder
from core.recommendations.training import (
    Corpus,
    NothingToTrainOn,
    Trained,
    TrainingSettings,
    train,
)
from core.recommendations.unread import reach_unread
from core.recommendations.voices import Voices

DAY = 86_400


def silent(*_: object) -> None:
    pass


def interactions(rows: list[tuple[int, int, int, int]]) -> Interactions:
    """(reader, book, strength, seconds) rows."""
    table = np.array(rows, np.int64).reshape(-1, 4)
    reader, book, strength = (table[:, column].astype(np.int32) for column in range(3))
    return Interactions(reader, book, strength, table[:, 3])


def two_tastes(readers: int = 120, books: int = 40, seed: int = 3) -> Interactions:
    """Readers of even books and readers of odd ones, each of whom tried one of the others."""
    rng = np.random.default_rng(seed)
    rows = []
    for reader in range(readers):
        own = rng.choice(np.arange(reader % 2, books, 2), 8, replace=False)
        other = rng.choice(np.arange(1 - reader % 2, books, 2), 1)
        rows += [(reader, int(book), 100, int(rng.integers(1, 50 * DAY))) for book in own]
        rows += [(reader, int(other[0]), 40, int(rng.integers(1, 50 * DAY)))]
    return interactions(rows)


def corpus(acts: Interactions, books: int = 40, keys: NDArray[np.uint64] | None = None) -> Corpus:
    if keys is None:
        keys = scramble(np.arange(int(acts.reader.max(initial=-1)) + 1, dtype=np.uint64))
    texts = [BookText(f"Volume {book}", authors=(f"Author {book % 7}",)) for book in range(books)]
    ids = np.arange(books, dtype=np.uint64)
    return Corpus(ids * np.uint64(7), ids, texts, np.zeros(books, np.int64), acts, keys)


def trained(acts: Interactions, keys: NDArray[np.uint64] | None = None, seed: int = 20) -> Trained:
    return train(corpus(acts, keys=keys), TrainingSettings(seed=seed), silent)


def as_bytes(model: Trained) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in model.arrays.items()}


ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 7), st.integers(1, 100), st.just(0)),
    min_size=1,
    unique_by=lambda row: row[:2],
)


@given(ROWS, st.integers(1, 7))
def test_counts_are_those_of_the_dense_product(
    rows: list[tuple[int, int, int, int]], width: int
) -> None:
    matrix = np.zeros((6, 8))
    for reader, book, strength, _ in rows:
        matrix[reader, book] = strength / 100

    counts = count_together(interactions(rows), 8, width, silent)

    gram = matrix.T @ matrix
    assert counts.whole is not None
    np.testing.assert_allclose(counts.whole, gram, rtol=1e-6)
    np.testing.assert_allclose(counts.alone, gram.diagonal(), rtol=1e-6)
    for book in range(8):
        partners = counts.partners[book][counts.partners[book] >= 0]
        others = np.count_nonzero(np.delete(gram[book], book))
        assert len(partners) == min(width, others)
        assert book not in partners


def test_what_pruning_left_out_is_guessed_without_blowing_up() -> None:
    acts = two_tastes(readers=400)
    exact = count_together(acts, 40, 12, silent)
    pruned = exact._replace(whole=None)

    def largest_weight(counts: object) -> float:
        lists = local_ridge(counts, predictors=12, penalty=1, keep=40, progress=silent)  # type: ignore[arg-type]
        return float(np.abs(lists.weights).max())

    assert largest_weight(pruned) < 2 * largest_weight(exact)


def test_books_read_together_become_neighbours() -> None:
    counts = count_together(two_tastes(), 40, 30, silent)

    lists = local_ridge(counts, predictors=20, penalty=5, keep=10, progress=silent)

    same_taste = [
        np.mean(lists.of(book)[0][:5] % 2 == book % 2)
        for book in range(40)
        if len(lists.of(book)[0])
    ]
    assert np.mean(same_taste) > 0.95


def test_the_same_seed_gives_the_same_model() -> None:
    acts = two_tastes()

    assert as_bytes(trained(acts)) == as_bytes(trained(acts))


def test_evening_lets_a_reader_of_many_books_say_less() -> None:
    rows = [(0, book, 100, 0) for book in range(9)] + [(1, 0, 100, 0), (1, 9, 100, 0)]

    even = count_together(interactions(rows), 10, 9, silent, evening=1.0)

    assert even.whole is not None
    assert even.whole[0, 9] > 4 * even.whole[0, 8]
    assert even.whole[0, 8] > 0


def test_content_counts_as_readers_but_makes_no_partner() -> None:
    rows = [(0, 0, 100, 0), (0, 1, 100, 0), (1, 2, 100, 0)]
    counts = count_together(interactions(rows), 3, 2, silent)
    alike = keep_largest(*entries([(0, 1, 0.5), (1, 0, 0.5), (0, 2, 0.25)]), books=3, keep=2)

    counted = with_content(counts, alike, 2.0)

    assert counted.whole is not None
    assert counted.whole[:, 0].tolist() == [1, 2, 0.5]
    assert counted.together[0].tolist() == [2, 0]
    assert counted.partners[0].tolist() == [1, -1]
    assert counted.partners[2].tolist() == [-1, -1]
    assert counted.alone.tolist() == [3, 3, 3]


def test_levelled_lists_begin_as_others_do() -> None:
    one = keep_largest(*entries([(0, 1, 0.5), (0, 2, 0.25), (1, 2, 0.5)]), books=3, keep=5)
    other = keep_largest(*entries([(0, 2, 0.125), (2, 1, 0.125)]), books=3, keep=5)

    assert levelled(one, other).weights.tolist() == [0.125, 0.0625, 0.125]
    assert levelled(one, no_lists(3)).weights.tolist() == one.weights.tolist()


def test_a_ladder_of_penalties_solves_what_each_alone_does() -> None:
    counts = count_together(two_tastes(), 40, 30, silent)

    ladder = ridge_ladder(counts, predictors=9, penalties=(1, 50), keep=10, progress=silent)

    for penalty, lists in ladder.items():
        alone = local_ridge(counts, predictors=9, penalty=penalty, keep=10, progress=silent)
        assert [part.tobytes() for part in lists] == [part.tobytes() for part in alone]
    assert ladder[1].weights.tobytes() != ladder[50].weights.tobytes()


def test_plain_neighbours_speak_for_a_short_history_and_the_ridge_for_a_long_one() -> None:
    ridge = keep_largest(*entries([(book, 10, 0.5) for book in range(10)]), books=12, keep=5)
    plain = keep_largest(*entries([(book, 11, 0.5) for book in range(10)]), books=12, keep=5)
    voices = Voices(Lists(ridge), 0.0, Lists(plain), newcomers=3.0)

    def said(count: int) -> list[np.float32]:
        history = np.arange(count, dtype=np.int32)
        return list(voices.scores(history, np.ones(count, np.float32))[10:])

    assert said(1) == pytest.approx([0.05, 0.45])
    assert said(3) == pytest.approx([0.75, 0.75])
    assert said(10) == pytest.approx([5.0, 0.0])


def test_looks_are_tried_as_purchases_and_ratings_as_they_are() -> None:
    rated = two_tastes(readers=400)
    rng = np.random.default_rng(5)
    bought = rng.random(len(rated.book)) < 0.2
    shop = rated._replace(strength=np.where(bought, 90, 20).astype(np.int32))
    heard: list[str] = []

    def rounds(acts: Interactions) -> int:
        heard.clear()
        train(corpus(acts), TrainingSettings(), lambda stage, _: heard.append(stage))
        return heard.count("solving")

    assert rounds(shop) > rounds(rated)


def turned_tastes(readers: int = 160, books: int = 60) -> Interactions:
    """Readers of one half of the shop, every other of whom then turns to the other half; a
    minute between two acts."""
    rng = np.random.default_rng(4)
    rows = []
    for reader in range(readers):
        halves = [reader // 2 % 2, 1 - reader // 2 % 2][: 1 + reader % 2]
        read = [rng.choice(np.arange(half, books, 2), 14, replace=False) for half in halves]
        rows += [(reader, int(book), 100, 60 * step) for step, book in enumerate(np.hstack(read))]
    return interactions(rows)


def test_newer_acts_count_more_only_where_times_tell_which_are_newer() -> None:
    dated = turned_tastes()
    two_lists = dated._replace(seconds=dated.seconds // (14 * 60))

    def recency(acts: Interactions) -> float:
        return train(corpus(acts, books=60), TrainingSettings(), silent).parameters.recency

    assert recency(dated) > 0
    assert recency(two_lists) == 0


def test_short_histories_of_one_moment_are_not_of_the_lowest_numbers() -> None:
    acts = interactions([(0, book, 100, 7) for book in range(50)])

    order = newest_first(acts)

    assert sorted(order.tolist()) == list(range(50))
    assert acts.book[order].tolist() != list(range(50))
    assert acts.book[newest_first(acts._replace(seconds=acts.book.astype(np.int64)))][0] == 49


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_permuting_readers_and_rows_changes_nothing(random: object) -> None:
    acts = two_tastes()
    keys = scramble(np.arange(120, dtype=np.uint64))
    readers, rows = list(range(120)), list(range(len(acts.book)))
    random.shuffle(readers)  # type: ignore[attr-defined]
    random.shuffle(rows)  # type: ignore[attr-defined]
    code = np.array(readers, np.int32)
    moved_keys = np.empty_like(keys)
    moved_keys[code] = keys
    moved = Interactions(code[acts.reader], acts.book, acts.strength, acts.seconds)
    order = np.array(rows)
    shuffled = Interactions(
        moved.reader[order], moved.book[order], moved.strength[order], moved.seconds[order]
    )

    original, permuted = trained(acts, keys), trained(shuffled, moved_keys)

    assert as_bytes(original) == as_bytes(permuted)
    assert original.quality == permuted.quality


def test_a_model_of_two_tastes_beats_popularity() -> None:
    model = trained(two_tastes(readers=600))

    assert model.quality.readers > 50
    crowds = (model.baselines[name].ndcg_at_10 for name in ("popularity", "trending"))
    assert model.quality.ndcg_at_10 > 1.3 * max(crowds)


def test_a_catalogue_without_a_single_act_still_knows_what_is_alike() -> None:
    model = trained(interactions([]))

    assert model.quality == Quality(0, 0.0, 0.0)
    assert model.arrays["content.start"][-1] > 0
    assert not model.arrays["trending"].any()


def test_lists_of_a_million_books_are_smaller_than_a_gibibyte() -> None:
    sizes = TrainingSettings().sizes(1_000_000)
    entries = sizes.kept + sizes.nearest_kept + sizes.followers_kept + sizes.content_kept
    entry_bytes = np.dtype(np.int32).itemsize + np.dtype(np.float16).itemsize
    beside = trained(interactions([])).arrays
    beside_bytes = sum(
        array.nbytes for name, array in beside.items() if not name.endswith((".ids", ".weights"))
    ) / len(beside["books.hi"])

    assert 1_000_000 * (entries * entry_bytes + beside_bytes) < 2**30


def test_no_books_are_nothing_to_train_on() -> None:
    with pytest.raises(NothingToTrainOn):
        train(corpus(interactions([]), books=0), TrainingSettings(), silent)


def test_books_of_one_series_and_author_are_most_alike() -> None:
    books = [
        BookText("A Wizard of Earthsea", ("Ursula K. Le Guin",), ("Fantasy",), "Earthsea"),
        BookText("The Tombs of Atuan", ("Ursula K. Le Guin",), ("Fantasy",), "Earthsea"),
        BookText("The Dispossessed", ("Ursula K. Le Guin",), ("Science fiction",)),
        BookText("Emma", ("Jane Austen",), ("Classics",)),
        BookText("Persuasion", ("Jane Austen",), ("Classics",)),
    ]

    lists = content_neighbours(books, keep=3, progress=silent)

    ids, cosines = lists.of(0)
    assert ids.tolist() == [1, 2]
    assert cosines[0] > cosines[1] > 0
    assert lists.of(3)[0].tolist() == [4]


@given(st.lists(st.text("abc ", max_size=12), min_size=1, max_size=12))
def test_content_lists_never_hold_the_book_itself(titles: list[str]) -> None:
    lists = content_neighbours([BookText(title) for title in titles], keep=4, progress=silent)

    for book in range(len(titles)):
        ids, cosines = lists.of(book)
        assert book not in ids
        assert np.all((cosines > 0) & (cosines <= 1.01))
        assert len(ids) <= 4


def test_a_book_nobody_read_is_reached_from_books_like_it() -> None:
    read = keep_largest(*entries([(0, 1, 0.3), (1, 0, 0.2)]), books=3, keep=5)
    alike = keep_largest(*entries([(0, 2, 0.9), (2, 0, 0.9), (0, 1, 0.4)]), books=3, keep=5)

    reached = reach_unread(read, alike, np.array([50, 50, 0], np.int32), keep=5)

    assert reached.of(0)[0].tolist() == [1, 2]
    assert reached.of(2)[0].tolist() == [0]
    assert float(reached.of(0)[1][0]) == pytest.approx(0.3, abs=1e-3)


def entries(
    links: list[tuple[int, int, float]],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    source, target, weight = zip(*links, strict=True)
    return np.array(source, np.int32), np.array(target, np.int32), np.array(weight, np.float32)


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(-8, 8)), max_size=30),
    st.lists(st.integers(0, 5), min_size=1, max_size=4, unique=True),
)
def test_folding_in_adds_up_the_rows_of_the_matrix(
    links: list[tuple[int, int, int]], history: list[int]
) -> None:
    dense = np.zeros((6, 6))
    for row, column, weight in links:
        dense[row, column] = weight / 8
    np.fill_diagonal(dense, 0)  # no list holds its own book
    source, target = np.nonzero(dense)
    values = dense[source, target].astype(np.float32)
    lists = keep_largest(source.astype(np.int32), target.astype(np.int32), values, books=6, keep=6)
    weights = np.linspace(1, 0.5, len(history), dtype=np.float32)

    books = np.array(history, np.int32)
    expected = weights @ dense[history]
    for arranged in (Lists(lists), Lists(even_lists(lists))):
        np.testing.assert_allclose(arranged.scores(books, weights), expected, atol=1e-6)
        parts = arranged.tell(books, weights).matrix(
            np.arange(6, dtype=np.int32), np.zeros(6, np.int32)
        )
        np.testing.assert_allclose(parts, (weights[:, None] * dense[history]).T, atol=1e-6)


def test_newer_acts_weigh_more_only_as_far_as_recency_says() -> None:
    assert recency_weights(3, 0.0).tolist() == [1, 1, 1]
    faded = recency_weights(200, 0.7)
    assert faded[0] == 1
    assert np.all(np.diff(faded) < 0)
    assert faded[-1] == pytest.approx(0.3, abs=0.01)


def test_a_trend_counts_its_window_and_fades_within_it() -> None:
    acts = interactions(
        [
            (0, 0, 100, 100 * DAY),
            (1, 1, 100, 97 * DAY),
            (2, 2, 100, 80 * DAY),
            (3, 3, 50, 100 * DAY),
        ]
    )

    week, month = trending(acts, 5, 7), trending(acts, 5, 30)

    assert ranking(week, 5).tolist() == [0, 1, 3]
    assert week[0] == 1
    assert week[2] == 0
    assert month[2] > 0


def test_the_newest_acts_of_a_few_readers_are_held_out() -> None:
    rows = [(reader, book, 100, book) for reader in range(100) for book in range(10)]
    acts = interactions(rows)

    held = hold_out(acts, scramble(np.arange(100, dtype=np.uint64)), seed=1)

    readers = np.unique(acts.reader[held])
    assert len(readers) == 50
    assert set(acts.book[held].tolist()) == {8, 9}


def test_what_is_held_out_is_what_was_liked_and_what_came_after_it() -> None:
    bought, looked_at = 90, 20
    one = [(0, bought), (1, looked_at), (2, looked_at), (3, bought), (4, looked_at)]
    rows = [(reader, book, how, book) for reader in range(100) for book, how in one]
    keys = scramble(np.arange(100, dtype=np.uint64))
    acts, undated = interactions(rows), interactions([(*row[:3], 0) for row in rows])

    held, held_undated = hold_out(acts, keys, seed=1), hold_out(undated, keys, seed=1)

    assert set(acts.book[held].tolist()) == {3, 4}
    assert set(undated.book[held_undated].tolist()) <= {0, 3}
    assert np.bincount(undated.reader[held_undated]).max() == 1


def test_a_ranker_that_knows_the_future_scores_one_and_a_blind_one_zero() -> None:
    acts = interactions([(reader, book, 100, book) for reader in range(100) for book in range(10)])
    held = hold_out(acts, scramble(np.arange(100, dtype=np.uint64)), seed=1)
    seen: list[int] = []

    def prophet(history: NDArray[np.int32], _: NDArray[np.int32]) -> NDArray[np.int32]:
        seen.extend(history.tolist())
        return np.array([9, 8, *range(8), *range(10, 30)], np.int32)

    def blind(history: NDArray[np.int32], _: NDArray[np.int32]) -> NDArray[np.int32]:
        return np.arange(20, 40, dtype=np.int32)

    assert measure(prophet, acts, held) == Quality(50, 1.0, 1.0)
    assert measure(blind, acts, held) == Quality(50, 0.0, 0.0)
    assert not {8, 9} & set(seen)


def test_a_model_finds_its_books_by_both_halves_of_the_id() -> None:
    arrays = trained(two_tastes()).arrays
    arrays["books.hi"] = np.arange(40, dtype=np.uint64)
    arrays["books.lo"] = np.repeat(np.arange(20, dtype=np.uint64), 2)
    model = model_of("m", Parameters(), arrays)

    known = model.ordinals_of(arrays["books.hi"], arrays["books.lo"])
    unknown = model.ordinals_of(np.array([99, 0], np.uint64), np.array([3, 77], np.uint64))

    assert known.tolist() == list(range(40))
    assert unknown.tolist() == [-1, -1]


def test_lists_that_point_past_the_books_are_refused() -> None:
    arrays = trained(two_tastes()).arrays
    arrays["neighbours.ids"] = arrays["neighbours.ids"] + np.int32(40)

    with pytest.raises(BrokenModel, match="neighbours"):
        model_of("m", Parameters(), arrays)


@given(
    st.dictionaries(st.tuples(st.integers(0, 4), st.integers(0, 9)), st.integers(-3, 3)),
    st.integers(1, 5),
)
def test_lists_are_those_of_sorting_each_by_hand(
    links: dict[tuple[int, int], int], keep: int
) -> None:
    given_by_target = sorted(links, key=lambda link: link[::-1])
    source, target = np.array(given_by_target, np.int32).reshape(-1, 2).T
    weight = np.array([links[link] for link in given_by_target], np.float32)

    lists = keep_largest(source, target, weight, books=5, keep=keep)

    for book in range(5):
        own = [(to, value) for (of, to), value in links.items() if of == book]
        largest = sorted(own, key=lambda entry: (-abs(entry[1]), entry[0]))[:keep]
        ids, weights = lists.of(book)
        expected = sorted(largest, key=lambda entry: (-entry[1], entry[0]))
        assert list(zip(ids.tolist(), weights.tolist(), strict=True)) == expected


def test_a_list_keeps_its_largest_weights_in_order() -> None:
    lists: Neighbours = keep_largest(
        *entries([(0, 1, 0.1), (0, 2, -0.9), (0, 3, 0.5), (0, 4, 0.2)]), books=5, keep=3
    )

    assert lists.of(0)[0].tolist() == [3, 4, 2]
    assert lists.of(4)[0].tolist() == []
