"""Workers tell one another that a reader did something."""

import subprocess
import sys
from pathlib import Path

from core.kernel.ids import new_id
from ext.reader_versions import ReaderVersions

TELL = """
import sys
from pathlib import Path
from uuid import UUID
from ext.reader_versions import ReaderVersions
ReaderVersions(Path(sys.argv[1])).changed(UUID(sys.argv[2]))
"""


def test_change_is_seen_by_another_process(tmp_path: Path) -> None:
    versions, reader, other = ReaderVersions(tmp_path / "readers"), new_id(), new_id()
    before, others = versions.of(reader), versions.of(other)

    subprocess.run(
        [sys.executable, "-c", TELL, str(tmp_path / "readers"), str(reader)],
        check=True,
        cwd=Path(__file__).parents[2],
    )

    assert versions.of(reader) != before
    assert versions.of(other) == others


def test_opening_again_forgets_nothing(tmp_path: Path) -> None:
    versions, reader = ReaderVersions(tmp_path / "run" / "readers"), new_id()
    versions.changed(reader)

    assert ReaderVersions(tmp_path / "run" / "readers").of(reader) == versions.of(reader)


def test_without_a_file_a_worker_knows_its_own_changes(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("no folder")
    versions, reader = ReaderVersions(tmp_path / "run" / "readers"), new_id()

    versions.changed(reader)

    assert versions.of(reader) != 0
