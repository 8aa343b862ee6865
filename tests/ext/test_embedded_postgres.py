"""The embedded PostgreSQL: one server, whoever starts it and however they die."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from ext.embedded_postgres import EmbeddedPostgres
from ext.embedded_postgres.binaries import find_binaries
from ext.embedded_postgres.errors import (
    BinariesMissing,
    EmbeddedPostgresFailed,
    FolderOutOfReach,
)

PROJECT = Path(__file__).parents[2]
CARELESS = {"fsync": "off"}
OWNER = """
import sys
from pathlib import Path
from ext.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), settings={"fsync": "off"})
server.start()
print(server.pid or 0, flush=True)
for line in sys.stdin:
    server.ensure()
    print(server.pid or 0, flush=True)
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")


class Owner:
    """Another process that wants the server; told to `ensure` by a line."""

    def __init__(self, root: Path, uid: int | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(root)],
            cwd=PROJECT,
            user=uid,
            group=uid,
            extra_groups=None if uid is None else [],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def told(self) -> int:
        """The server's pid if this process owns it, 0 if it is attached."""
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def ensure(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.told()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Reachable by the account that a root's PostgreSQL runs as, unlike pytest's own."""
    made = Path(tempfile.mkdtemp(prefix="bookwheel-embedded-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)  # a server may still be going


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    made = EmbeddedPostgres(folder / "pg", settings=CARELESS)
    yield made
    made.stop()


@pytest.fixture
def owners(folder: Path) -> Iterator[Callable[[], Owner]]:
    started: list[Owner] = []

    def start() -> Owner:
        started.append(Owner(folder / "pg"))
        return started[-1]

    yield start
    for owner in started:
        owner.kill()
    until(lambda: not EmbeddedPostgres(folder / "pg").alive())


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 300
    while not holds():
        assert time.monotonic() < end, "it did not come to hold"
        os.sched_yield()


def run(url: str, sql: str) -> object:
    async def work() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(work())


def test_stopped_server_comes_back_with_its_data(server: EmbeddedPostgres) -> None:
    run(server.start(), "create table kept as select 1 as one")
    server.stop()

    assert not server.alive()
    assert run(server.start(), "select one from kept") == 1


def test_killed_server_is_started_again(server: EmbeddedPostgres) -> None:
    server.start()
    killed = server.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    until(lambda: server.pid is None)

    assert run(server.ensure(), "select 1") == 1
    assert server.pid not in {None, killed}


def test_server_dies_with_its_owner(owners: Callable[[], Owner], server: EmbeddedPostgres) -> None:
    owner = owners()
    owner.told()
    assert server.alive()

    owner.kill()

    until(lambda: not server.alive())


def test_four_starts_at_once_give_one_owner_and_a_survivor_takes_over(
    owners: Callable[[], Owner],
) -> None:
    started = [owners() for _ in range(4)]
    pids = [each.told() for each in started]
    assert sorted(pid > 0 for pid in pids) == [False, False, False, True]
    owner = started[pids.index(max(pids))]
    survivors = [each for each in started if each is not owner]

    owner.kill()

    taken = [survivor.ensure() for survivor in survivors]
    until(lambda: max(taken + [survivor.ensure() for survivor in survivors]) > 0)


def test_pid_file_that_names_somebody_else_is_no_obstacle(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n0\n5432\n")

    assert run(server.start(), "select 1") == 1


def test_interrupted_initdb_is_thrown_away(server: EmbeddedPostgres) -> None:
    server.data.mkdir(parents=True)
    (server.data / "PG_VERSION").write_text("18\n")
    (server.data / "half").write_text("made")

    assert run(server.start(), "select 1") == 1
    assert not (server.data / "half").exists()


def test_cluster_of_another_version_is_named(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("12\n")

    with pytest.raises(EmbeddedPostgresFailed, match="made by PostgreSQL 12") as failed:
        server.start()

    assert "embedded-postgres==12" in failed.value.remedy


def test_failure_tells_the_end_of_the_log(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "pg", settings={"shared_buffers": "nonsense"})

    with pytest.raises(EmbeddedPostgresFailed, match="shared_buffers"):
        server.start(timeout_seconds=10)

    server.stop()


def test_folder_too_deep_for_a_socket_works(folder: Path) -> None:
    server = EmbeddedPostgres(folder / ("deep" * 20) / "pg", settings=CARELESS)

    assert run(server.start(), "select 1") == 1

    server.stop()
    shutil.rmtree(server.socket)


def test_name_with_spaces_and_signs_works(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "a b%c?d", 'odd "name"', settings=CARELESS)

    assert run(server.start(), "select current_database()") == 'odd "name"'

    server.stop()


def test_start_from_another_thread_is_refused(server: EmbeddedPostgres) -> None:
    refused: list[RuntimeError] = []

    def start() -> None:
        try:
            server.start()
        except RuntimeError as error:
            refused.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()

    assert "main thread" in str(refused[0])


def test_missing_programs_are_named_with_a_remedy(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "pg", binaries=folder / "nowhere")

    with pytest.raises(BinariesMissing, match="nowhere") as missing:
        server.start()

    assert "embedded-postgres" in missing.value.remedy


@as_root
def test_folder_closed_to_the_server_is_named(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(FolderOutOfReach, match="closed"):
        EmbeddedPostgres(closed / "pg").start()


@as_root
def test_programs_below_a_closed_folder_are_copied(folder: Path) -> None:
    binaries, closed = find_binaries(), folder / "closed"
    closed.mkdir(mode=0o700)
    package = binaries.parent.parent  # by its own name, which is how the programs find libraries
    installed = closed / package.name / binaries.parent.name
    shutil.copytree(binaries.parent, installed, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, closed / libraries.name)
    server = EmbeddedPostgres(folder / "pg", settings=CARELESS, binaries=installed / "bin")

    assert run(server.start(), "select 1") == 1

    server.stop()
    [copied] = (folder / "pg").glob("programs-*")
    # What one that is killed while it copies leaves; in a container the next has the same id.
    copied.rename(copied.with_name(f".{copied.name}.{os.getpid()}"))
    assert run(server.start(), "select 1") == 1
    server.stop()
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
def test_ordinary_user_runs_it_and_root_may_go_on(folder: Path, server: EmbeddedPostgres) -> None:
    if not all(part.stat().st_mode & 0o001 for part in Path(sys.executable).resolve().parents):
        pytest.skip(f"{sys.executable} lies below a folder closed to ordinary users")
    somebody = pwd.getpwnam("daemon").pw_uid
    os.chown(folder, somebody, somebody)
    user = Owner(folder / "pg", uid=somebody)
    assert user.told() > 0
    user.kill()
    until(lambda: not server.alive())

    assert run(server.start(), "select 1") == 1
    assert server.data.stat().st_uid == somebody
