"""A ranker put to a collection: every metric over the judged questions, with its interval."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from core.evaluation.collection import Collection
from core.evaluation.intervals import Interval, bootstrap
from core.evaluation.metrics import METRICS

Ranker = Callable[[str], Sequence[str]]
"""From a question's text to document ids, best first."""


class Answered(Struct, frozen=True):
    """One question: what it reached by each metric, and its first ten documents."""

    question: str
    text: str
    reached: dict[str, float]
    first: tuple[str, ...]


class Measured(Struct, frozen=True):
    """name: of the ranker. metrics: means over the questions."""

    name: str
    questions: int
    metrics: dict[str, Interval]
    answers: tuple[Answered, ...]

    def gain_over(self, other: "Measured") -> dict[str, Interval]:
        """Differences of the means, paired by question; both measured on the same ones."""
        return {
            metric: bootstrap(
                [
                    mine.reached[metric] - theirs.reached[metric]
                    for mine, theirs in zip(self.answers, other.answers, strict=True)
                ]
            )
            for metric in self.metrics
        }


def measure(
    name: str,
    ranker: Ranker,
    collection: Collection,
    *,
    binary: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Measured:
    """Ask every judged question.

    binary: all relevant documents count alike. progress: told the questions done, and how many
    there are. Raises BadCollection.
    """
    judged = collection.judged()
    answers = []
    for done, (question, gains) in enumerate(judged):
        progress(done, len(judged))
        ranked = ranker(question.text)
        counted = dict.fromkeys(gains, 1.0) if binary else gains
        reached = {metric: of(ranked, counted) for metric, of in METRICS.items()}
        answers.append(Answered(question.id, question.text, reached, tuple(ranked[:10])))
    progress(len(judged), len(judged))
    metrics = {
        metric: bootstrap([answer.reached[metric] for answer in answers]) for metric in METRICS
    }
    return Measured(name, len(answers), metrics, tuple(answers))
