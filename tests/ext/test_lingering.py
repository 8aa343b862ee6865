"""Deleted files of the text index stay open in the writer: no worker lets go of one last."""

import re
from pathlib import Path

from msgspec.structs import replace

from benchmarks.synthetic import books
from core.search.snapshot import Horizon
from ext.tantivy_search.lingering import Lingering
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

CATALOGUE = [book for batch in books(60, seed=31) for book in batch]
MOST_COMMITS = 2_000


def open_files() -> set[str]:
    links = set()
    for link in Path("/proc/self/fd").iterdir():
        try:
            links.add(str(link.readlink()))
        except OSError:  # the one that this listing had open
            continue
    return links


def mapped_though_deleted(folder: Path) -> set[str]:
    lines = Path("/proc/self/maps").read_text().splitlines()
    found = (re.search(rf"{re.escape(str(folder))}/.* \(deleted\)$", line) for line in lines)
    return {match[0] for match in found if match}


def test_deleted_file_stays_open(tmp_path: Path) -> None:
    (tmp_path / "segment.pos").write_bytes(b"x")
    lingering = Lingering(tmp_path)
    lingering.look()

    (tmp_path / "segment.pos").unlink()
    lingering.look()

    assert f"{tmp_path}/segment.pos (deleted)" in open_files()
    lingering.close()
    assert f"{tmp_path}/segment.pos (deleted)" not in open_files()


def test_file_deleted_long_enough_ago_is_let_go(tmp_path: Path) -> None:
    (tmp_path / "segment.pos").write_bytes(b"x")
    lingering = Lingering(tmp_path, seconds=0.0)
    lingering.look()

    (tmp_path / "segment.pos").unlink()
    lingering.look()

    assert f"{tmp_path}/segment.pos (deleted)" not in open_files()
    lingering.close()


def test_file_that_is_written_anew_under_its_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_bytes(b"{}")
    lingering = Lingering(tmp_path)

    lingering.look()

    assert f"{tmp_path}/meta.json" not in open_files()
    lingering.close()


def test_what_a_reader_of_an_old_snapshot_maps_is_open_in_the_writer_too(tmp_path: Path) -> None:
    writer = IndexWriter(tmp_path / "index")
    writer.rebuild([CATALOGUE], Horizon(1, 1), "")
    reader = IndexReader(tmp_path / "index")
    snapshot = reader.current()

    for number in range(MOST_COMMITS):  # until Tantivy has merged what the reader holds
        book = replace(CATALOGUE[number % 60], title=f"Step {number}", version=number + 2)
        writer.apply([book], [], Horizon(number + 2, number + 2), "")
        if mapped := mapped_though_deleted(tmp_path):
            break

    assert mapped, "nothing that the reader holds was deleted"
    assert mapped <= open_files()
    assert snapshot.living == 60
    writer.close()
    assert not mapped & open_files()
