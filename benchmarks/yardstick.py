"""Work that never changes: some of Python's, some of NumPy's, the same at every call.

A benchmark's own control may get faster or slower with the project or with an engine's release;
this cannot, so ratios to it can be compared with those of months ago.
"""

import numpy as np

_NUMBERS = np.random.default_rng(1).integers(0, 4_096, 4_096)
_PLACES = np.arange(0, 4_096, 64)
_PIECES = {number: b'{"id":"%d"}' % number for number in range(4_096)}


def yardstick() -> bytes:
    """Some 60 µs: twenty small calls of NumPy, twenty look-ups of bytes, one join."""
    chosen = _PLACES
    for _ in range(6):
        found = _NUMBERS[chosen]
        order = np.argsort(found, kind="stable")
        chosen = (found[order] + 1) % len(_NUMBERS)
    return b",".join([_PIECES[number] for number in chosen.tolist()])
