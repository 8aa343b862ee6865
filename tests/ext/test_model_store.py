"""Models in an object store: what one node publishes another serves, whole or not at all.

Each test runs against a folder and against a server of the S3 protocol. BOOKWHEEL_TEST_KILLS=60
kills a publishing process so often.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

import msgspec
import numpy as np
import obstore
import pytest
from moto.server import ThreadedMotoServer
from numpy.typing import NDArray
from obstore.store import from_url

from core.recommendations.evaluation import Quality
from core.recommendations.manifest import Manifest
from core.recommendations.model import ARRAY_TYPES, Parameters
from ext.model_files import ModelReader, publish, version_in
from ext.model_store import Fetching, ModelStore, StoreAway

KILLS = int(os.environ.get("BOOKWHEEL_TEST_KILLS", "4"))
THEN = datetime(2026, 11, 20, tzinfo=UTC)
NOTHING = Quality(0, 0.0, 0.0)


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, int]]:
    started = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    started.start()
    yield started.get_host_and_port()
    started.stop()


@pytest.fixture(params=["folder", "s3"])
def url(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    if request.param == "folder":
        yield (tmp_path / "objects").as_uri()
        return
    host, port = request.getfixturevalue("server")
    bucket = f"models-{time.monotonic_ns()}"
    connection = HTTPConnection(host, port)
    connection.request("PUT", f"/{bucket}")
    assert connection.getresponse().status == 200
    connection.close()
    for name, value in (
        ("AWS_ENDPOINT_URL", f"http://{host}:{port}"),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    yield f"s3://{bucket}/shops"


def arrays(books: int, mark: int) -> dict[str, NDArray[np.generic]]:
    """A model whose books each have themselves for neighbours; mark stands in its units."""
    shapes = {
        "books.hi": np.arange(books),
        "books.lo": np.arange(books),
        "readers": np.ones(books),
        "units": np.full(books, mark),
        "trending": np.ones((3, books)),
    }
    parts = {"start": np.arange(books + 1), "ids": np.arange(books), "weights": np.ones(books)}
    return {
        name: (shapes[name] if name in shapes else parts[name.partition(".")[2]]).astype(kind)
        for name, kind in ARRAY_TYPES.items()
    }


def manifest(number: int) -> Manifest:
    return Manifest(
        store="main", trained_at=THEN + timedelta(seconds=number), seconds=1.0, seed=20, books=5,
        readers=7, interactions=9, oldest=THEN, newest=THEN, parameters=Parameters(),
        quality=NOTHING, baseline=NOTHING,
    )  # fmt: skip


def published(folder: Path, store: ModelStore, mark: int) -> str:
    return publish(folder, arrays(5, mark), manifest(mark), store.push).version


def node(url: str, folder: Path) -> ModelReader:
    """Looks at the object store at every look."""
    return ModelReader(folder, Fetching(ModelStore(url, "main"), folder, every_seconds=0))


def mark_of(reader: ModelReader) -> int | None:
    model = reader.current()
    return int(model.units[0]) if model else None


def objects(url: str) -> list[str]:
    return sorted(file["path"] for page in obstore.list(from_url(url)) for file in page)


def test_what_one_node_publishes_another_serves(url: str, tmp_path: Path) -> None:
    store, other = ModelStore(url, "main"), node(url, tmp_path / "other")
    assert not other.refresh()
    assert other.fault() is None

    first = published(tmp_path / "own", store, 1)

    assert other.refresh()
    assert mark_of(other) == 1
    assert version_in(tmp_path / "other") == store.current() == first
    assert not other.refresh()
    published(tmp_path / "own", store, 2)
    assert other.refresh()
    assert mark_of(other) == 2


def test_the_model_before_is_kept_and_can_be_gone_back_to(url: str, tmp_path: Path) -> None:
    store, other = ModelStore(url, "main"), node(url, tmp_path / "other")
    versions = [published(tmp_path / "own", store, mark) for mark in (1, 2, 3)]

    held = {path.split("/")[1] for path in objects(url)}
    other.refresh()
    store.point(versions[1])

    assert held == {"CURRENT", *versions[1:]}
    assert other.refresh()
    assert mark_of(other) == 2


def test_stores_do_not_see_one_another(url: str, tmp_path: Path) -> None:
    published(tmp_path / "own", ModelStore(url, "main"), 1)

    assert ModelStore(url, "second").current() is None


@pytest.mark.parametrize("damage", ["flipped", "missing", "manifest", "elsewhere"])
def test_damaged_model_is_refused_and_the_one_before_serves(
    url: str, tmp_path: Path, damage: str
) -> None:
    store, other = ModelStore(url, "main"), node(url, tmp_path / "other")
    published(tmp_path / "own", store, 1)
    other.refresh()
    version = published(tmp_path / "own", store, 2)
    raw, path = from_url(url), f"main/{version}/units.npy"
    if damage == "missing":
        obstore.delete(raw, path)
    elif damage == "flipped":
        content = bytearray(obstore.get(raw, path).bytes())
        content[-1] ^= 0xFF
        obstore.put(raw, path, bytes(content))
    elif damage == "manifest":
        obstore.put(raw, f"main/{version}/manifest.json", b"{")
    else:
        obstore.put(raw, "main/CURRENT", b"../../elsewhere")

    assert not other.refresh()

    assert mark_of(other) == 1
    assert other.fault() is not None
    assert not other.refresh()
    published(tmp_path / "own", store, 3)
    assert other.refresh()
    assert mark_of(other) == 3
    assert other.fault() is None


def test_a_store_that_is_away_leaves_what_serves_and_says_so(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not url.startswith("s3:"):
        pytest.skip("a folder is never away")
    published(tmp_path / "own", ModelStore(url, "main"), 1)
    node(url, tmp_path / "other").refresh()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    other = node(url, tmp_path / "other")

    assert other.refresh()
    assert mark_of(other) == 1
    fault = other.fault()
    assert isinstance(fault, StoreAway)
    assert url in fault.detail


def test_a_push_that_fails_switches_nothing(url: str, tmp_path: Path) -> None:
    first = published(tmp_path / "own", ModelStore(url, "main"), 1)

    def broken(directory: Path) -> None:
        raise StoreAway("no room")

    with pytest.raises(StoreAway):
        publish(tmp_path / "own", arrays(5, 2), manifest(2), broken)

    assert version_in(tmp_path / "own") == first


# Publishes without end; small enough that kills fall between any two objects.
ENDLESS = """
import sys
from datetime import timedelta
from pathlib import Path
import msgspec, numpy as np
from core.recommendations.manifest import Manifest
from ext.model_files import publish
from ext.model_store import ModelStore
folder, model = Path(sys.argv[1]), msgspec.json.decode(sys.argv[2], type=Manifest)
arrays, store = dict(np.load(sys.argv[3])), ModelStore(sys.argv[4], "main")
for number in range(1_000_000):
    arrays["units"][:] = number
    later = msgspec.structs.replace(model, trained_at=model.trained_at + timedelta(seconds=number))
    publish(folder, arrays, later, store.push)
    print(number, flush=True)
"""


def test_kill_9_while_publishing_leaves_no_torn_model(url: str, tmp_path: Path) -> None:
    source, chance = tmp_path / "arrays.npz", random.Random(7)
    with source.open("wb") as file:
        np.savez(file, **arrays(2_000, 0))  # type: ignore[arg-type]
    start = manifest(0)
    for count in range(KILLS):
        told = msgspec.json.encode(start).decode()
        process = subprocess.Popen(
            [sys.executable, "-c", ENDLESS, str(tmp_path / "own"), told, str(source), url],
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert process.stdout is not None
        process.stdout.readline()  # the first of this round is published
        deadline = time.perf_counter() + chance.uniform(0, 0.5)
        while time.perf_counter() < deadline:
            pass
        process.send_signal(signal.SIGKILL)
        process.communicate()

        reader = node(url, tmp_path / f"node{count}")

        assert reader.refresh(), reader.fault()
        model = reader.current()
        assert model is not None
        assert len(set(model.units.tolist())) == 1
        trained = datetime.strptime(model.version[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        start = msgspec.structs.replace(start, trained_at=trained + timedelta(seconds=1))
