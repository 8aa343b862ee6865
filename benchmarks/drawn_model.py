"""A model whose neighbours are drawn, not learnt: of the right shape for any catalogue's size."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.recommendations.neighbours import even_lists, keep_largest
from core.recommendations.training import TrainingSettings


def drawn_arrays(
    hi: NDArray[np.uint64], lo: NDArray[np.uint64], *, share: float = 1.0, seed: int = 11
) -> Mapping[str, NDArray[Any]]:
    """The arrays of a model of these books; see `core.recommendations.model.ARRAY_TYPES`.

    share: of the usual numbers of neighbours; all of them take minutes to draw for a million books.
    """
    rng = np.random.default_rng(seed)
    count = len(hi)
    order = np.lexsort((hi, lo))
    arrays: dict[str, NDArray[Any]] = {"books.hi": hi[order], "books.lo": lo[order]}
    sizes = TrainingSettings().sizes(count)
    lengths = {
        "neighbours": sizes.kept,
        "nearest": sizes.nearest_kept,
        "followers": sizes.followers_kept,
        "content": sizes.content_kept,
    }
    for name, usual in lengths.items():
        size = min(max(1, round(share * usual)), count - 1)
        found = keep_largest(
            np.repeat(np.arange(count, dtype=np.int32), size),
            drawn_books(rng, count, size).ravel(),
            (0.3 * rng.random(count * size) ** 4).astype(np.float32),
            books=count,
            keep=size,
        )
        arrays |= {
            f"{name}.{field}": values for field, values in even_lists(found)._asdict().items()
        }
    arrays["readers"] = rng.integers(5, 500, count, dtype=np.int32)
    arrays["units"] = rng.integers(0, 90, count)
    arrays["trending"] = rng.random((3, count), np.float32) ** 8
    return arrays


def drawn_books(rng: np.random.Generator, count: int, size: int) -> NDArray[np.int32]:
    """(count, size): for each book so many others, each once; of low ordinals more, as readers'
    neighbours are of popular books."""
    steps = np.arange(size, dtype=np.int32)
    places = (steps + rng.random((count, size), np.float32)) / max(size, 1)
    drawn = ((count - 1) * places**3).astype(np.int32)
    # Ascending, but for the first ones often equal: each at least one more than that before it.
    rising = np.maximum.accumulate(drawn - steps, axis=1) + steps
    others = np.minimum(rising, count - 1 - size + steps)
    found: NDArray[np.int32] = others + (others >= np.arange(count)[:, None]).astype(np.int32)
    return found
