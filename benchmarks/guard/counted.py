"""The kernels whose instructions are counted: `python -m benchmarks.guard.counted [NAME…]`.

Corpus: 2,000 seeded synthetic books, 32 questions of two words, some of them with a slip; a model
of drawn neighbours, 32 histories of 50 books. Asks each kernel between two borders and writes as
JSON how many calls that were.
"""

import gc
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec
import numpy as np

from benchmarks.corpus import kept_index, open_index, search_over, view_of
from benchmarks.drawn_model import drawn_arrays
from benchmarks.guard.counting import counted
from benchmarks.kernels import KERNELS, steps_of
from benchmarks.questions import mistyped, prefixes, two_words
from benchmarks.synthetic import books
from core.recommendations.history import History
from core.recommendations.model import Parameters, model_of
from core.recommendations.service import Recommendations
from core.search.request import SearchRequest, parse
from core.search.view import View

BOOKS, SEED, QUESTIONS, READ = 2_000, 7, 32, 50
Counted = tuple[Callable[[Any], object], Sequence[Any]]


def kernels() -> dict[str, Counted]:
    snapshot = open_index(kept_index(f"counted-{BOOKS}-{SEED}", lambda: books(BOOKS, SEED)))
    view = view_of(snapshot)
    search = search_over(view)
    asked = [question.q for question in two_words(snapshot, QUESTIONS)]
    slipped = [question.q for question in mistyped(snapshot, QUESTIONS)]
    steps = [steps_of(view, q) for q in asked]

    def answer(q: str) -> bytes:
        return search.search(parse((("q", q),), SearchRequest)).body

    return {
        **{name: (partial(kernel, view), steps) for name, kernel in KERNELS.items()},
        "the answer, two words": (answer, asked),
        "the answer, a slip": (answer, slipped),
        "autocomplete": (search.autocomplete, prefixes(snapshot, QUESTIONS)),
        "recommended, 50 books read": recommended(view),
    }


def recommended(view: View) -> Counted:
    columns = view.snapshot.columns
    model = model_of("drawn", Parameters(), drawn_arrays(columns.id_hi, columns.id_lo))
    service = Recommendations(lambda: model, lambda: view)
    drawn = np.random.default_rng(3)
    histories = []
    for _ in range(QUESTIONS):
        read = drawn.choice(BOOKS, READ, replace=False)
        stars = drawn.integers(1, 6, READ)
        ids = np.stack((model.hi[read], model.lo[read]), axis=1)
        histories.append(History(ids, (stars / 5).astype(np.float32), stars >= 4))
    return service.for_reader, histories


def main(names: Sequence[str]) -> None:
    chosen = {name: each for name, each in kernels().items() if not names or name in names}
    gc.collect()
    gc.freeze()
    gc.disable()  # where it steps in depends on what was made before
    calls = {name: counted(call, questions) for name, (call, questions) in chosen.items()}
    sys.stdout.write(msgspec.json.encode(calls).decode())


if __name__ == "__main__":
    main(sys.argv[1:])
