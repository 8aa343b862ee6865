import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from benchmarks.synthetic import books
from core.search.indexing import RebuildNeeded
from core.search.snapshot import Horizon, IndexUnavailable
from ext.boot import boot_id
from ext.tantivy_search.head import Head
from ext.tantivy_search.layout import FORMAT
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.status import status
from ext.tantivy_search.writer import IndexWriter

CATALOGUE = [book for batch in books(120, seed=2) for book in batch]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index with a commit behind its base."""
    folder: Path = tmp_path_factory.mktemp("built") / "index"
    writer = IndexWriter(folder)
    writer.rebuild([CATALOGUE[:100]], Horizon(1, 1), "a")
    writer.apply(CATALOGUE[90:], [], Horizon(2, 2), "b")
    changed = [msgspec.structs.replace(book, title="Other", version=2) for book in CATALOGUE[:5]]
    writer.apply(changed, [], Horizon(3, 3), "c")
    writer.close()
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return copied(built, tmp_path / "index")


def copied(source: Path, target: Path) -> Path:
    """A copy that keeps the holes of files with room to grow."""
    subprocess.run(["cp", "--recursive", "--sparse=always", source, target], check=True)
    return target


def protected(folder: Path) -> Iterator[Path]:
    """Files of which every byte is covered by a checksum: all but locks and room to grow."""
    for path in sorted((folder / "g000001").rglob("*")):
        of_engine = path.parent.name == "tantivy" and path.suffix not in {".json", ".lock"}
        if path.suffix == ".npy" or of_engine:
            yield path


def flipped(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 0x10
    path.write_bytes(data)


def test_no_flipped_bit_of_a_static_file_is_served(built: Path, folder: Path) -> None:
    chance = random.Random(4)
    for path in protected(built):
        copy = folder / path.relative_to(built)
        flipped(copy, chance.randrange(copy.stat().st_size))

        with pytest.raises(IndexUnavailable):
            IndexReader(folder).current()

        shutil.copyfile(path, copy)
    IndexReader(folder).current()


@pytest.mark.parametrize("name", ["price_minor.col", "documents.values", "id_hi.col"])
def test_no_flipped_bit_of_a_built_row_is_served(folder: Path, name: str) -> None:
    flipped(folder / "g000001" / name, 99)

    with pytest.raises(IndexUnavailable, match="checksum"):
        IndexReader(folder).current()


def test_rows_added_later_do_not_break_the_checksums(folder: Path) -> None:
    assert IndexReader(folder).current().rows == 125
    assert status(folder, verify=True).problem == ""


@pytest.mark.parametrize("name", ["CURRENT", "g000001/head", "g000001/manifest.json"])
@pytest.mark.parametrize("damage", ["empty", "noise", "missing", "cut"])
def test_damaged_administration_is_refused(folder: Path, name: str, damage: str) -> None:
    path = folder / name
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        noise = random.Random(1).randbytes(len(content))
        path.write_bytes({"empty": b"", "noise": noise, "cut": content[:3]}[damage])

    with pytest.raises(IndexUnavailable):
        IndexReader(folder).current()


def test_flipped_bit_of_the_published_state_is_refused(folder: Path) -> None:
    head = folder / "g000001" / "head"
    head.write_bytes(head.read_bytes().replace(b'"commit":2', b'"commit":3'))

    with pytest.raises(IndexUnavailable, match="torn"):
        IndexReader(folder).current()


@pytest.mark.parametrize("damage", ["empty", "missing", "cut"])
def test_every_missing_or_cut_file_is_refused(built: Path, folder: Path, damage: str) -> None:
    for path in protected(built):
        copy = folder / path.relative_to(built)
        if damage == "missing":
            copy.unlink()
        else:
            copy.write_bytes(b"" if damage == "empty" else copy.read_bytes()[:-1])

        with pytest.raises(IndexUnavailable):
            IndexReader(folder).current()

        shutil.copyfile(path, copy)


def test_another_format_is_refused_and_rebuilt(folder: Path) -> None:
    manifest = folder / "g000001" / "manifest.json"
    manifest.write_text(manifest.read_text().replace(f'"format": {FORMAT}', '"format": 999'))

    reader = IndexReader(folder)
    with pytest.raises(IndexUnavailable, match="format 999"):
        reader.current()
    writer = IndexWriter(folder)
    problem, cursor = writer.problem, writer.cursor
    with pytest.raises(RebuildNeeded):
        writer.apply([CATALOGUE[0]], [], Horizon(4, 4), "d")
    writer.rebuild([CATALOGUE], Horizon(5, 5), "e")

    assert "format 999" in str(problem)
    assert cursor is None
    assert reader.refresh(wait=True)
    assert reader.current().living == 120
    assert writer.problem is None
    writer.close()


def test_terms_of_another_analysis_are_refused(folder: Path) -> None:
    path = folder / "g000001" / "manifest.json"
    manifest = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode({**manifest, "analysis": "another"}))

    with pytest.raises(IndexUnavailable, match="text analysis"):
        IndexReader(folder).current()


def test_damaged_new_generation_leaves_the_old_one_served(folder: Path) -> None:
    reader = IndexReader(folder)
    copied(folder / "g000001", folder / "g000002")
    flipped(folder / "g000002" / "stock.col", 17)
    (folder / "CURRENT").write_text("g000002\n")
    Head(folder / "g000001" / "head", writable=True).retire()

    changed = reader.refresh(wait=True)

    assert not changed
    assert "checksum" in str(reader.problem)
    assert reader.current().generation.name == "g000001"
    assert reader.current().living == 120


def test_status_tells_what_is_there(folder: Path) -> None:
    found = status(folder)

    assert (found.version, found.living, found.rows) == ("g000001.2", 120, 125)
    assert (found.writer, found.problem, found.horizon) == (None, "", Horizon(3, 3))


def test_status_names_the_writer_and_the_problem(tmp_path: Path) -> None:
    writer = IndexWriter(tmp_path / "index")

    found = status(tmp_path / "index")

    assert found.writer
    assert "no index" in found.problem
    writer.close()


def altered_in_place(path: Path, place: int) -> None:
    """As a disk does it: neither inode nor length changes."""
    with path.open("r+b") as file:
        file.seek(place)
        [byte] = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ 0x10]))


def test_what_was_verified_and_has_changed_since_is_verified_again(folder: Path) -> None:
    IndexReader(folder).current()
    altered_in_place(folder / "g000001" / "static" / "complete.keys.npy", 400)

    with pytest.raises(IndexUnavailable, match="checksum"):
        IndexReader(folder).current()


def test_commits_after_a_generation_was_verified_leave_it_verified(folder: Path) -> None:
    IndexReader(folder).current()
    marker = folder / "g000001" / "verified.json"
    os.utime(marker, ns=(0, 0))  # clocks of files tick every few milliseconds
    writer = IndexWriter(folder)
    again = marker.stat().st_mtime_ns
    book = msgspec.structs.replace(CATALOGUE[0], title="Late", version=9)
    writer.apply([book], [], Horizon(4, 4), "d")

    found = IndexReader(folder).current()

    assert again != 0  # a writer verifies whenever it starts
    assert marker.stat().st_mtime_ns == again
    assert b'"Late"' in found.list_json(found.ordinal_of(book.id))
    writer.close()


def test_late_segment_is_verified_though_the_rest_was_before(folder: Path) -> None:
    IndexReader(folder).current()
    writer = IndexWriter(folder)
    known = set((folder / "g000001" / "tantivy").iterdir())
    writer.apply(
        [msgspec.structs.replace(CATALOGUE[0], title="Late", version=9)], [], Horizon(4, 4), "d"
    )
    writer.close()
    [late] = [path for path in (folder / "g000001" / "tantivy").glob("*.idx") if path not in known]
    altered_in_place(late, 3)

    with pytest.raises(IndexUnavailable, match="damaged"):
        IndexReader(folder).current()


def test_writer_verifies_at_its_start_and_readers_learn_of_it(folder: Path) -> None:
    IndexReader(folder).current()
    altered_in_place(folder / "g000001" / "documents.values", 99)

    writer = IndexWriter(folder)

    assert "checksum" in str(writer.problem)
    assert writer.cursor is None
    with pytest.raises(IndexUnavailable, match="checksum"):
        IndexReader(folder).current()
    writer.close()


def test_another_boot_of_the_machine_verifies_anew(folder: Path) -> None:
    IndexReader(folder).current()
    marker = folder / "g000001" / "verified.json"
    marker.write_bytes(
        msgspec.json.encode({**msgspec.json.decode(marker.read_bytes()), "boot": "former"})
    )
    altered_in_place(folder / "g000001" / "documents.values", 99)

    with pytest.raises(IndexUnavailable, match="checksum"):
        IndexReader(folder).current()


@pytest.mark.parametrize("content", ["", "{", f'{{"boot":"{boot_id()}","files":{{}}}}'])
def test_marker_that_says_nothing_is_not_believed(folder: Path, content: str) -> None:
    (folder / "g000001" / "verified.json").write_text(content)
    altered_in_place(folder / "g000001" / "stock.col", 99)

    with pytest.raises(IndexUnavailable, match="checksum"):
        IndexReader(folder).current()
