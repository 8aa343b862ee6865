"""Which trained model may replace the one that serves."""

import numpy as np
import pytest

from core.recommendations.content import BookText
from core.recommendations.evaluation import Quality, scramble
from core.recommendations.gate import NotBetter, judge, require_better
from core.recommendations.interactions import Interactions
from core.recommendations.model import Model, Parameters, model_of
from core.recommendations.training import Corpus, Trained, TrainingSettings, train


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Readers of even books and readers of odd ones."""
    rng = np.random.default_rng(3)
    readers, books, each = 600, 40, 8
    chosen = [rng.choice(np.arange(reader % 2, books, 2), each, False) for reader in range(readers)]
    acts = Interactions(
        np.repeat(np.arange(readers, dtype=np.int32), each),
        np.concatenate(chosen).astype(np.int32),
        np.full(readers * each, 100, np.int32),
        rng.integers(1, 4_000_000, readers * each),
    )
    ids = np.arange(books, dtype=np.uint64)
    texts = [BookText(f"Volume {book}") for book in range(books)]
    keys = scramble(np.arange(readers, dtype=np.uint64))
    return Corpus(ids, ids, texts, np.zeros(books, np.int64), acts, keys)


@pytest.fixture(scope="module")
def trained(corpus: Corpus) -> Trained:
    return train(corpus, TrainingSettings(), lambda stage, share: None)


def model(trained: Trained) -> Model:
    return model_of("before", trained.parameters, trained.arrays)


def test_first_model_passes_whatever_it_is(trained: Trained, corpus: Corpus) -> None:
    useless = trained._replace(quality=Quality(500, 0.0, 0.0))

    assert judge(useless, corpus, None).against == ""


def test_model_as_good_as_the_one_before_passes(trained: Trained, corpus: Corpus) -> None:
    verdict = judge(trained._replace(baselines={}), corpus, model(trained))

    assert verdict.against == ""
    assert verdict.serving == trained.quality


def test_worse_model_is_refused_with_both_figures(trained: Trained, corpus: Corpus) -> None:
    reached = 0.97 * trained.quality.ndcg_at_10
    worse = trained._replace(quality=Quality(500, reached, 0.0), baselines={})

    verdict = judge(worse, corpus, model(trained))

    with pytest.raises(NotBetter, match=f"{reached:.4f}.*{trained.quality.ndcg_at_10:.4f}"):
        require_better(verdict)


def test_model_that_popularity_beats_is_refused(trained: Trained, corpus: Corpus) -> None:
    beaten = trained._replace(baselines={"popularity": Quality(500, 0.99, 0.99)})

    assert "popularity 0.9900" in judge(beaten, corpus, model(trained)).against


def test_few_readers_refuse_nothing(trained: Trained, corpus: Corpus) -> None:
    worse = trained._replace(quality=Quality(49, 0.0, 0.0))

    assert judge(worse, corpus, model(trained)).against == ""


def test_books_are_matched_by_id_though_numbered_otherwise(
    trained: Trained, corpus: Corpus
) -> None:
    moved = dict(trained.arrays)
    for name in ("books.lo", "books.hi"):
        moved[name] = trained.arrays[name] + np.uint64(1_000)
    stranger = model_of("before", Parameters(), moved)

    verdict = judge(trained, corpus, stranger)

    assert verdict.serving is not None
    assert verdict.serving.ndcg_at_10 == 0.0
