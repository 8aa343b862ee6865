"""How well does the `implicit` library guess what a kept report of `bookwheel evaluate` asks?

    python -m benchmarks.peers.implicit_quality REPORT.json OUT.json

The same file, split, readers and measures as the report's. Its alternating least squares and its
item-to-item neighbours each have the settings of a few that guess best what was held out of the
acts that may be seen, as this project's own training chooses; whether acts weigh as they do in the
shop or all alike is among them.
"""

import importlib
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from api.wiring.evaluating_recommendations import Divided, Protocol, divide
from core.recommendations.comparison import compare
from core.recommendations.evaluation import RANKED, Exam, Ranker, hold_out, scramble
from core.recommendations.interactions import STRENGTH_UNITS, Interactions

FACTORS, CONFIDENCES = 128, (1.0, 10.0)
NEAREST = 200
SEED = 20


def asked_of(report: Any) -> Protocol:
    """What a report was measured under."""
    return msgspec.convert(report["protocol"], Protocol, dec_hook=lambda kind, told: kind(told))


def compared(divided: Divided) -> Iterator[Any]:
    books = len(divided.file.books)
    popularity = np.bincount(divided.seen.book, minlength=books)
    for name, makers in (("implicit ALS", factorised()), ("implicit item-item", neighbours())):
        best = chosen(settings_of(makers, divided.seen), divided.seen, books)
        rank = ranker(best, divided.seen, books)
        yield compare(name, rank, divided.readers, popularity, reveal=(1, 3))


class Setting(NamedTuple):
    make: Callable[[], Any]
    alike: bool


def settings_of(makers: list[Callable[[], Any]], seen: Interactions) -> list[Setting]:
    ways = (False, True) if np.ptp(seen.strength) else (True,)
    return [Setting(make, alike) for make in makers for alike in ways]


def factorised() -> list[Callable[[], Any]]:
    als = importlib.import_module("implicit.als").AlternatingLeastSquares
    return [
        lambda alpha=alpha: als(  # type: ignore[misc]
            factors=FACTORS, alpha=alpha, num_threads=1, random_state=SEED
        )
        for alpha in CONFIDENCES
    ]


def neighbours() -> list[Callable[[], Any]]:
    nearest = importlib.import_module("implicit.nearest_neighbours")
    kinds = (nearest.CosineRecommender, nearest.TFIDFRecommender, nearest.BM25Recommender)
    return [lambda kind=kind: kind(K=NEAREST, num_threads=1) for kind in kinds]  # type: ignore[misc]


def chosen(settings: list[Setting], seen: Interactions, books: int) -> Setting:
    """The one that guesses held-out acts best."""
    keys = scramble(np.arange(int(seen.reader.max(initial=-1)) + 1, dtype=np.uint64))
    held = hold_out(seen, keys, SEED)
    asked = np.isin(seen.reader, seen.reader[held])
    exam = Exam(seen.where(asked), held[asked])
    known = seen.where(~held)
    reached = [exam.ask(ranker(setting, known, books)).ndcg_at_10 for setting in settings]
    return settings[int(np.argmax(reached))]


def ranker(setting: Setting, seen: Interactions, books: int) -> Ranker:
    sparse = importlib.import_module("scipy.sparse")

    def matrix(
        strengths: NDArray[np.int32], readers: NDArray[Any], read: NDArray[np.int32], rows: int
    ) -> Any:
        told = np.full_like(strengths, STRENGTH_UNITS) if setting.alike else strengths
        weights = (told / STRENGTH_UNITS).astype(np.float32)
        return sparse.csr_matrix((weights, (readers, read)), shape=(rows, books))

    readers = int(seen.reader.max(initial=-1)) + 1
    with warnings.catch_warnings(action="ignore"):  # of threads, and of its own matrices
        model = setting.make()
        model.fit(matrix(seen.strength, seen.reader, seen.book, readers), show_progress=False)

    def rank(history: NDArray[np.int32], strengths: NDArray[np.int32]) -> NDArray[np.int32]:
        reader = matrix(strengths, np.zeros(len(history), np.int32), history, 1)
        count = min(RANKED, books - len(history))
        ids, scores = model.recommend(0, reader, N=count, recalculate_user=True)
        found: NDArray[np.int32] = ids[(ids >= 0) & (scores > np.finfo(np.float32).min)]
        return found.astype(np.int32)

    return rank


def main(arguments: list[str]) -> int:
    kept, out = map(Path, arguments)
    try:
        importlib.import_module("implicit")
    except ModuleNotFoundError:
        sys.stderr.write("SKIPPED implicit: not here, see benchmarks/peers/requirements.txt\n")
        return 1
    report = {"models": list(compared(divide(asked_of(msgspec.json.decode(kept.read_bytes())))))}
    out.write_bytes(msgspec.json.encode(report))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
