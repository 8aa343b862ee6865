import gc
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from ext.npy_files import map_array


@pytest.fixture
def turns_in_every_collection() -> Iterator[None]:
    """Threads take turns wherever the interpreter allocates, as it happens by chance elsewhere."""

    def give_way(*_: object) -> None:
        for _count in range(300):
            pass

    before, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.callbacks.append(give_way)
    gc.set_threshold(1)
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)
    gc.set_threshold(*before)
    gc.callbacks.remove(give_way)


@pytest.mark.usefixtures("turns_in_every_collection")
def test_threads_may_map_files_at_once(tmp_path: Path) -> None:
    path = tmp_path / "some.npy"
    np.save(path, np.arange(73, dtype=np.uint32))

    with ThreadPoolExecutor(4) as threads:
        mapped = list(threads.map(lambda _: map_array(path), range(1200)))

    assert all(type(array) is np.ndarray and array[72] == 72 for array in mapped)


def test_a_mapped_array_is_for_reading_and_outlives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "some.npy"
    np.save(path, np.arange(4.0))
    array = map_array(path)
    path.unlink()

    assert array.tolist() == [0, 1, 2, 3]
    assert not array.flags.writeable
