"""Files are compared once: what is as it was is known, what is not is asked for again."""

import os
from pathlib import Path

import pytest

from ext.compared_files import MARKER, ComparedFiles

LONG_AGO_NS = 1_700_000_000_000_000_000


def written(path: Path, content: bytes, at_ns: int = LONG_AGO_NS) -> Path:
    path.write_bytes(content)
    os.utime(path, ns=(at_ns, at_ns))
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = written(tmp_path / "a.npy", b"right")
    compared = ComparedFiles(tmp_path)
    assert not compared.knows(file)
    compared.keep()
    return file


def test_a_file_that_was_compared_is_known_to_the_next_who_asks(file: Path) -> None:
    assert ComparedFiles(file.parent).knows(file)


@pytest.mark.parametrize("change", ["content", "length", "replaced"])
def test_a_changed_file_is_not_known(file: Path, change: str) -> None:
    if change == "content":
        written(file, b"wrong", LONG_AGO_NS + 1)
    elif change == "length":
        written(file, b"right, and more")
    else:
        other = written(file.with_name("b.npy"), b"wrong")
        other.replace(file)

    assert not ComparedFiles(file.parent).knows(file)


def test_a_file_just_written_is_not_remembered(tmp_path: Path) -> None:
    # Its time of change may stay the same when it is written again right away.
    file = tmp_path / "a.npy"
    file.write_bytes(b"right")
    ahead = file.stat().st_mtime_ns + 60_000_000_000
    os.utime(file, ns=(ahead, ahead))
    compared = ComparedFiles(tmp_path)
    compared.knows(file)
    compared.keep()

    assert not ComparedFiles(tmp_path).knows(file)


@pytest.mark.parametrize("content", ["", "{", '{"boot":"another","files":{}}'])
def test_a_marker_that_cannot_be_trusted_knows_nothing(file: Path, content: str) -> None:
    (file.parent / MARKER).write_text(content)

    assert not ComparedFiles(file.parent).knows(file)


def test_a_file_that_turned_out_wrong_is_not_remembered(tmp_path: Path) -> None:
    file = written(tmp_path / "a.npy", b"wrong")

    ComparedFiles(tmp_path).knows(file)  # and `keep` is not called

    assert not ComparedFiles(tmp_path).knows(file)
