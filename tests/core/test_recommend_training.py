"""Training: what it chooses, and what comes of it whole."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.recommendations.content import BookText
from core.recommendations.evaluation import Quality, scramble
from core.recommendations.interactions import Interactions
from core.recommendations.model import BrokenModel, Parameters, model_of
from core.recommendations.training import (
    Corpus,
    NothingToTrainOn,
    Trained,
    TrainingSettings,
    train,
)
from tests.core.readers import interactions, silent, two_tastes


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


def test_the_same_seed_gives_the_same_model() -> None:
    acts = two_tastes()

    assert as_bytes(trained(acts)) == as_bytes(trained(acts))


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
