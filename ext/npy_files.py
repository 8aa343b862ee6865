"""NumPy's files of arrays, mapped."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# NumPy parses a file's head with the ast module, whose count of depth CPython 3.11 and 3.12 share
# among threads: two at a time end in a SystemError now and then (python/cpython#106905).
_one_at_a_time = threading.Lock()


def map_array(path: Path) -> NDArray[Any]:
    """Map a .npy file for reading, as long as the array lives.

    A plain array: slices of NumPy's memmap cost a microsecond each. Raises OSError, ValueError,
    EOFError.
    """
    with _one_at_a_time:
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
