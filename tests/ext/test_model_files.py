"""Models on disk: whole or not at all, checked, exchanged while others read."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from core.recommendations.evaluation import Quality
from core.recommendations.manifest import Manifest
from core.recommendations.model import ARRAY_TYPES, BrokenModel, Parameters
from ext.model_files import CURRENT, ModelReader, load, manifest_of, publish

NOTHING = Quality(0, 0.0, 0.0)
THEN = datetime(2026, 11, 20, tzinfo=UTC)
KILLS = int(os.environ.get("BOOKWHEEL_TEST_KILLS", "8"))


def arrays(books: int, mark: int = 0) -> dict[str, NDArray[np.generic]]:
    """A model of some books, each the neighbour of the next; mark stands in its units."""
    ids = (np.arange(books) + 1) % books
    shapes = {
        "books.hi": np.arange(books),
        "books.lo": np.arange(books),
        "neighbours.start": np.arange(books + 1),
        "neighbours.ids": ids,
        "neighbours.weights": np.full(books, 0.5),
        "nearest.start": np.arange(books + 1),
        "nearest.ids": ids,
        "nearest.weights": np.full(books, 0.5),
        "followers.start": np.arange(books + 1),
        "followers.ids": ids,
        "followers.weights": np.full(books, 0.25),
        "content.start": np.arange(books + 1),
        "content.ids": ids,
        "content.weights": np.full(books, 0.25),
        "readers": np.ones(books),
        "units": np.full(books, mark),
        "trending": np.ones((3, books)),
    }
    return {name: shapes[name].astype(kind) for name, kind in ARRAY_TYPES.items()}


def manifest(number: int = 0) -> Manifest:
    return Manifest(
        store="main",
        trained_at=THEN + timedelta(seconds=number),
        seconds=1.0,
        seed=20,
        books=5,
        readers=7,
        interactions=9,
        oldest=THEN,
        newest=THEN,
        parameters=Parameters(recency=0.0),
        quality=NOTHING,
        baseline=NOTHING,
    )


def versions(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name != CURRENT)


def test_a_published_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = publish(tmp_path / "models", arrays(5, mark=3), manifest())

    reader = ModelReader(tmp_path / "models")

    assert reader.current() is None
    assert reader.refresh()
    model = reader.current()
    assert model is not None
    assert model.version == written.version
    assert model.parameters == Parameters(recency=0.0)
    assert model.units.tolist() == [3] * 5
    assert model.neighbours.of(4)[0].tolist() == [0]
    assert type(model.neighbours.ids) is np.ndarray
    assert manifest_of(tmp_path / "models") == written


def test_a_folder_without_a_model_has_none(tmp_path: Path) -> None:
    reader = ModelReader(tmp_path / "nowhere")

    assert not reader.refresh()
    assert reader.current() is None
    assert manifest_of(tmp_path / "nowhere") is None


def test_a_reader_takes_up_what_is_published_and_only_that(tmp_path: Path) -> None:
    publish(tmp_path, arrays(5, mark=1), manifest(1))
    reader = ModelReader(tmp_path)
    reader.refresh()
    first = reader.current()

    assert not reader.refresh()
    publish(tmp_path, arrays(5, mark=2), manifest(2))

    assert reader.refresh()
    assert reader.current() is not first
    assert first is not None
    assert first.units.tolist() == [1] * 5


def test_the_model_before_is_kept_and_older_ones_go(tmp_path: Path) -> None:
    published = [publish(tmp_path, arrays(5, mark=n), manifest(n)).version for n in range(4)]

    assert versions(tmp_path) == published[-2:]
    assert (tmp_path / CURRENT).readlink() == Path(published[-1])


def test_the_same_arrays_have_the_same_digest(tmp_path: Path) -> None:
    first = publish(tmp_path / "a", arrays(5), manifest(1)).version
    second = publish(tmp_path / "b", arrays(5), manifest(2)).version

    assert first.partition("-")[2] == second.partition("-")[2]
    assert first != second


@pytest.mark.parametrize("name", [*ARRAY_TYPES, "manifest"])
def test_a_damaged_model_is_refused_and_the_one_before_serves(tmp_path: Path, name: str) -> None:
    publish(tmp_path, arrays(5, mark=1), manifest(1))
    reader = ModelReader(tmp_path)
    reader.refresh()
    damaged = tmp_path / publish(tmp_path, arrays(5, mark=2), manifest(2)).version
    path = damaged / ("manifest.json" if name == "manifest" else f"{name}.npy")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)

    assert not reader.refresh()

    model, fault = reader.current(), reader.fault()
    assert model is not None
    assert model.units.tolist() == [1] * 5
    assert fault is not None
    assert path.name in fault.detail
    with pytest.raises(BrokenModel):
        load(damaged)


@pytest.mark.parametrize("loss", ["file", "half"])
def test_a_model_with_a_piece_missing_is_refused(tmp_path: Path, loss: str) -> None:
    directory = tmp_path / publish(tmp_path, arrays(5), manifest()).version
    path = directory / "neighbours.ids.npy"
    if loss == "file":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-7])

    with pytest.raises(BrokenModel, match=r"neighbours\.ids"):
        load(directory)


def test_a_refused_model_is_followed_by_the_next_good_one(tmp_path: Path) -> None:
    reader = ModelReader(tmp_path)
    damaged = tmp_path / publish(tmp_path, arrays(5, mark=1), manifest(1)).version
    (damaged / "units.npy").unlink()
    reader.refresh()
    publish(tmp_path, arrays(5, mark=2), manifest(2))

    assert reader.refresh()

    assert reader.fault() is None
    assert reader.current() is not None


def test_arrays_that_do_not_fit_are_never_switched_to(tmp_path: Path) -> None:
    good = publish(tmp_path, arrays(5), manifest(1)).version
    broken = arrays(5) | {"readers": np.zeros(4, np.int32)}

    with pytest.raises(BrokenModel, match="length"):
        publish(tmp_path, broken, manifest(2))

    assert (tmp_path / CURRENT).readlink() == Path(good)


# Publishes without end: 200,000 books, so that a kill falls into the writing more often than not.
ENDLESS = """
import sys
from datetime import timedelta
from pathlib import Path
import msgspec, numpy as np
from core.recommendations.manifest import Manifest
from ext.model_files import publish
folder, model = Path(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=Manifest)
arrays = dict(np.load(sys.argv[3]))
for number in range(1_000_000):
    arrays["units"][:] = number
    later = msgspec.structs.replace(model, trained_at=model.trained_at + timedelta(seconds=number))
    publish(folder, arrays, later)
    print(number, flush=True)
"""


def test_kill_9_while_publishing_leaves_no_torn_model(tmp_path: Path) -> None:
    folder, source = tmp_path / "models", tmp_path / "arrays.npz"
    with source.open("wb") as file:
        np.savez(file, **arrays(50_000))  # type: ignore[arg-type]
    chance = random.Random(7)
    start = manifest()
    for _ in range(KILLS):
        told = msgspec.json.encode(start).decode()
        process = subprocess.Popen(
            [sys.executable, "-c", ENDLESS, str(folder), told, str(source)],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert process.stdout is not None
        process.stdout.readline()  # the first of this round is published
        deadline = time.perf_counter() + chance.uniform(0, 0.1)
        while time.perf_counter() < deadline:
            pass
        process.send_signal(signal.SIGKILL)
        process.communicate()

        reader = ModelReader(folder)

        assert reader.refresh(), reader.fault()
        model, current = reader.current(), manifest_of(folder)
        assert model is not None
        assert current is not None
        assert len(set(model.units.tolist())) == 1
        assert model.version == current.version
        start = msgspec.structs.replace(start, trained_at=current.trained_at + timedelta(seconds=1))
    publish(folder, arrays(5), start)
    assert len(versions(folder)) == 2
