"""A reader's history, as recommendations read it."""

from hashlib import blake2b

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

LONGEST = 200


def _no_books() -> NDArray[np.uint64]:
    return np.zeros((0, 2), np.uint64)


class History(Struct, frozen=True, eq=False):
    """What a reader did with books, newest first, at most 200 of them.

    books: (n, 2) uint64, upper and lower half of each book's UUID. strengths: (n,) float32 in
    [0, 1], how much each was liked. liked: (n,) bool, whether a reason may say so. older:
    (m, 2) uint64, books before those: never recommended, not learnt from. looked_at: (n,) bool,
    what was neither rated nor bought, so that it may be recommended yet; None for nothing.
    """

    books: NDArray[np.uint64]
    strengths: NDArray[np.float32]
    liked: NDArray[np.bool_]
    older: NDArray[np.uint64] = field(default_factory=_no_books)
    looked_at: NDArray[np.bool_] | None = None

    def digest(self) -> bytes:
        """16 bytes, the same for equal histories alone."""
        made = blake2b(b"%d %d" % (len(self.books), len(self.older)), digest_size=16)
        for part in (self.books, self.strengths, self.liked, self.older):
            made.update(part.tobytes())
        if self.looked_at is not None:
            made.update(self.looked_at.tobytes())
        return made.digest()


NOTHING = History(_no_books(), np.zeros(0, np.float32), np.zeros(0, np.bool_))
"""The history of a reader who has none."""
