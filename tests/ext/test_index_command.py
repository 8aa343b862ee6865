import json
import os
import subprocess
import sys
import time
from pathlib import Path

import asyncpg

from api.processes import GIVING_WAY
from core.catalogue.draft import BookDraft
from core.search.snapshot import Horizon
from core.stores.store import Store
from ext.postgres.books import BookRepository
from ext.tantivy_search.writer import IndexWriter


def index(*arguments: str, folder: Path, url: str = "") -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "BOOKWHEEL_DATABASE_URL": url,
        "BOOKWHEEL_DATA_DIR": str(folder),
    }
    program = "from api.cli.main import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, "index", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_status_of_no_index_fails_and_says_what_to_do(tmp_path: Path) -> None:
    told = index("status", folder=tmp_path)

    assert told.returncode == 1
    assert "bookwheel index follow" in told.stdout


async def test_rebuilt_index_is_shown_by_status(
    pool: asyncpg.Pool, store: Store, database_url: str, tmp_path: Path
) -> None:
    await BookRepository(pool).create(store, BookDraft(title="Emma", price="9.99"))

    rebuilt = index("rebuild", folder=tmp_path, url=database_url)
    told = index("status", "--verify", "--json", folder=tmp_path)

    assert (rebuilt.returncode, told.returncode) == (0, 0), rebuilt.stderr + told.stderr
    assert rebuilt.stdout.startswith("store main: g000001;")
    assert "Traceback" not in rebuilt.stderr
    shown = json.loads(told.stdout)["main"]
    assert (shown["version"], shown["living"], shown["problem"]) == ("g000001.0", 1, "")
    assert list(shown["generations"]) == ["g000001"]
    assert shown["bytes"] == shown["generations"]["g000001"] > 0
    assert 0 <= shown["behind_seconds"] < 600


def test_status_tells_what_is_served_built_and_missing(tmp_path: Path) -> None:
    writer = IndexWriter(tmp_path / "stores" / "main" / "index")
    writer.rebuild([], Horizon(1, 1), "")
    writer.begin()

    never = index("status", folder=tmp_path)
    writer.complete(time.time_ns() + 600 * 10**9)  # a clock that was set back meanwhile
    in_step = index("status", folder=tmp_path)
    writer.complete(time.time_ns() - 9_000 * 10**9)
    behind = index("status", folder=tmp_path)

    writer.close()
    assert "never in step yet" in never.stdout
    assert ", in step, " in in_step.stdout
    assert ", 9," in behind.stdout
    assert " s behind" in behind.stdout
    assert "g000001 " in behind.stdout
    assert "g000002 being built" in behind.stdout


async def test_damaged_index_makes_status_fail_and_rebuild_mends_it(
    pool: asyncpg.Pool, store: Store, database_url: str, tmp_path: Path
) -> None:
    index("rebuild", folder=tmp_path, url=database_url)
    (tmp_path / "stores/main/index/g000001/manifest.json").write_text("{}")

    damaged = index("status", folder=tmp_path)
    index("rebuild", folder=tmp_path, url=database_url)
    mended = index("status", folder=tmp_path)

    assert (damaged.returncode, mended.returncode) == (1, 0)
    assert "manifest.json" in damaged.stderr


def test_rebuild_beside_a_running_follower_names_it(
    database_url: str, store: Store, tmp_path: Path
) -> None:
    writer = IndexWriter(tmp_path / "stores" / "main" / "index")

    told = index("rebuild", folder=tmp_path, url=database_url)

    writer.close()
    assert told.returncode == 1
    assert f"is being written by process {os.getpid()}" in told.stderr


def test_jobs_give_way_to_visitors(database_url: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "BOOKWHEEL_DATABASE_URL": database_url,
        "BOOKWHEEL_DATA_DIR": str(tmp_path),
    }
    own = os.getpriority(os.PRIO_PROCESS, 0)
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "work"], env=environment, stderr=subprocess.DEVNULL
    )

    deadline = time.monotonic() + 300
    while os.getpriority(os.PRIO_PROCESS, process.pid) < GIVING_WAY:
        assert process.poll() is None, "it ended"
        assert time.monotonic() < deadline, "it did not give way"
        os.sched_yield()

    assert os.getpriority(os.PRIO_PROCESS, process.pid) == max(own, GIVING_WAY)
    process.terminate()
    process.wait(60)
