"""The gate: a model replaces another only where figures say that readers lose nothing."""

from msgspec import Struct

from core.kernel.errors import Conflict
from core.recommendations.evaluation import Quality
from core.recommendations.model import Model
from core.recommendations.rankers import model_ranker
from core.recommendations.training import Corpus, Trained

ENOUGH = 0.98
"""Share of the serving model's nDCG@10 that a new one must reach: less is not noise."""

FEWEST_READERS = 50
"""Of fewer readers the figures say nothing, and the newer model knows the newer books."""


class NotBetter(Conflict): ...


class Verdict(Struct, frozen=True):
    """serving: of the model that serves, None where there is none. against: why not, "" if so."""

    serving: Quality | None
    against: str = ""


def judge(trained: Trained, corpus: Corpus, serving: Model | None) -> Verdict:
    """Put the serving model to the exam that the new one sat. A first model always passes.

    The exam is of acts that the new model has not seen; the serving one may have seen some, so
    the comparison leans its way.
    """
    if serving is None:
        return Verdict(None)
    reached = trained.quality.ndcg_at_10
    before = trained.exam.ask(model_ranker(serving, corpus.hi, corpus.lo))
    if trained.quality.readers < FEWEST_READERS:
        return Verdict(before)
    rivals = [f"{name} {of.ndcg_at_10:.4f}" for name, of in trained.baselines.items()
              if of.ndcg_at_10 >= reached]  # fmt: skip
    if reached < ENOUGH * before.ndcg_at_10:
        rivals.insert(0, f"model {serving.version} {before.ndcg_at_10:.4f}, of which 98 % is asked")
    if not rivals:
        return Verdict(before)
    return Verdict(
        before,
        f"nDCG@10 {reached:.4f} on the newest acts of {trained.quality.readers:,} readers against "
        + "; ".join(rivals),
    )


def require_better(verdict: Verdict) -> None:
    """Raises NotBetter with the figures that say why."""
    if verdict.against:
        raise NotBetter(
            f"the new model was not published: {verdict.against}",
            remedy="the one before goes on serving; publish with --anyway",
        )
