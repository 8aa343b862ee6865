"""Keeps one PostgreSQL running for as long as somebody of ours wants it."""

import asyncio
import contextlib
import fcntl
import signal
import subprocess
import threading
import time
from collections.abc import Coroutine, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

import asyncpg

from ext.embedded_postgres.binaries import find_binaries, reachable_binaries
from ext.embedded_postgres.cluster import (
    SUPERUSER,
    drop_stale_pid_file,
    launched,
    make_cluster,
    says_ready,
)
from ext.embedded_postgres.errors import EmbeddedPostgresFailed, FolderOutOfReach
from ext.embedded_postgres.owner import Owner, owner_of_cluster
from ext.embedded_postgres.socket import PORT, answers, socket_folder

SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": "128MB",
        "jit": "off",
        "logging_collector": "off",
        "log_min_messages": "warning",
        # Details quote the values of rows.
        "log_error_verbosity": "terse",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
)
LARGEST_LOG_BYTES = 8 * 2**20
_STARTING_OR_STOPPING = (
    OSError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
)


class EmbeddedPostgres:
    """One cluster below `root`, shared by every process that starts it there.

    Whoever starts it first owns it, the others attach; when the owner dies, however it dies,
    PostgreSQL stops with it, and the next `ensure` of a survivor starts it again.
    """

    def __init__(
        self,
        root: Path,
        database: str = "bookwheel",
        *,
        settings: Mapping[str, str] = MappingProxyType({}),
        binaries: Path | None = None,
    ) -> None:
        self.root = root.absolute()
        self.data = self.root / "data"
        self.log = self.root / "postgres.log"
        self.socket = socket_folder(self.root)
        self.database = database
        self._settings = {**SETTINGS, **settings}
        self._binaries = binaries
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """A DSN for asyncpg, and for Piccolo as `{"dsn": url}`."""
        return f"postgresql://{SUPERUSER}@/{quote(self.database)}?host={quote(str(self.socket))}"

    @property
    def pid(self) -> int | None:
        """The server's process id while this supervisor owns it, None when merely attached."""
        return self._process.pid if self._owns_running() and self._process else None

    def alive(self) -> bool:
        return answers(self.socket)

    def ensure(self) -> str:
        """Start it again if it has died; costs a system call or one packet while it lives."""
        return self.url if self._owns_running() or self.alive() else self.start()

    def start(self, timeout_seconds: float = 60.0) -> str:
        """Start it, or attach to the one running; returns its URL.

        timeout_seconds: for its answer; whoever starts it already, and the making of the cluster,
        take as long as they take. Call from the main thread: PostgreSQL is bound to the life of
        the thread that starts it. Raises EmbeddedPostgresFailed, with the end of PostgreSQL's log
        where there is one.
        """
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("the embedded PostgreSQL must be started from the main thread")
        owner = self._prepare_folders()
        with self._start_lock():
            if not self.alive():
                self._programs(owner)
            deadline = time.monotonic() + timeout_seconds
            while time.monotonic() < deadline:
                if self.alive():
                    if self._create_database(deadline):
                        return self.url
                    continue
                self._launch(owner)
                self._await_ready(deadline)
        raise EmbeddedPostgresFailed(
            f"PostgreSQL did not come up in {timeout_seconds:.0f} s: {self._end_of_log()}",
            remedy=f"see {self.log}",
        )

    def stop(self, timeout_seconds: float = 15.0) -> None:
        """Shut the server down if this supervisor started it; open connections are cut."""
        process, self._process = self._process, None
        if process is None:
            return
        for last_word in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            with contextlib.suppress(subprocess.TimeoutExpired, ProcessLookupError):
                process.send_signal(last_word)
                process.wait(timeout_seconds)
                return

    def _owns_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _prepare_folders(self) -> Owner:
        if not self.root.exists():
            self.root.mkdir(parents=True)
            self.root.chmod(0o755)  # whatever the umask: the server's account must get through
        owner = owner_of_cluster(self.data)
        if not owner.may_enter(self.root):
            raise FolderOutOfReach(
                f"{self.root} cannot be reached by uid {owner.uid}, which PostgreSQL runs as",
                remedy="set BOOKWHEEL_DATA_DIR to a folder outside closed ones such as /root",
            )
        owner.make_private_folder(self.socket)
        return owner

    @contextlib.contextmanager
    def _start_lock(self) -> Iterator[None]:
        """One start at a time; the kernel frees the lock when its holder dies."""
        with (self.root / ".start.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _programs(self, owner: Owner) -> Path:
        """Their folder, once there is a cluster for them."""
        binaries = reachable_binaries(find_binaries(self._binaries), owner, self.root)
        make_cluster(binaries, owner, self.root, self.data)
        return binaries

    def _launch(self, owner: Owner) -> None:
        self.stop()
        binaries = self._programs(owner)
        drop_stale_pid_file(self.data)
        command = [str(binaries / "postgres"), "-D", str(self.data)]
        command += ["-k", str(self.socket), "-p", str(PORT)]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        grown = self.log.exists() and self.log.stat().st_size > LARGEST_LOG_BYTES
        with self.log.open("wb" if grown else "ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
                launched(owner, command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in the terminal must not reach it before we have drained.
                process_group=0,
            )

    def _await_ready(self, deadline: float) -> None:
        """Until it accepts connections or has exited, as it does while old backends linger."""
        while time.monotonic() < deadline and self._owns_running():
            if says_ready(self.data) and self.alive():
                return
            time.sleep(0.01)
        time.sleep(0.1)

    def _create_database(self, deadline: float) -> bool:
        """False: the server is starting or stopping, look again."""
        with contextlib.suppress(*_STARTING_OR_STOPPING):
            _run_aside(self._connect_and_create())
            return True
        time.sleep(min(0.02, max(0.0, deadline - time.monotonic())))
        return False

    async def _connect_and_create(self) -> None:
        connection = await asyncpg.connect(
            host=str(self.socket), port=PORT, user=SUPERUSER, database="postgres", timeout=10
        )
        try:
            name = self.database.replace('"', '""')
            with contextlib.suppress(asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
                await connection.execute(f'create database "{name}"')
        finally:
            await connection.close()

    def _end_of_log(self) -> str:
        try:
            return self.log.read_text(encoding="utf-8", errors="replace")[-1000:].strip()
        except OSError as error:
            return str(error)


def _run_aside(work: Coroutine[None, None, None]) -> None:
    """Run it on an event loop of its own thread: ours may be running one already."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:  # noqa: BLE001 - raised again below, in our thread
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
