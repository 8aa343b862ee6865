"""Made-up readers to count together and to train on."""

import numpy as np

from core.recommendations.interactions import Interactions

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
