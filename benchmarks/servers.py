"""Server processes for benchmarks: started on a free port, measured by their own CPU time."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

from msgspec import Struct

START_SECONDS = 300.0
STOP_SECONDS = 30.0


class NotReady(RuntimeError): ...


class Spent(Struct, frozen=True):
    """Seconds on a processor, and seconds ready to run while others had it."""

    running: float
    waiting: float

    def since(self, before: "Spent") -> "Spent":
        return Spent(self.running - before.running, self.waiting - before.waiting)

    def each_second(self, seconds: float) -> "Spent":
        return Spent(self.running / seconds, self.waiting / seconds)


class Server(Struct, frozen=True):
    """A process that answers on a port of this machine."""

    port: int
    process: subprocess.Popen[bytes]

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def body(self, path: str) -> str:
        """Of the answer to GET. Raises OSError, for a status from 400 on, too."""
        with urllib.request.urlopen(self.url(path)) as answer:
            text: str = answer.read().decode()
            return text

    def cpu_us(self) -> float:
        """CPU time of the process so far, over all its threads, in microseconds."""
        return 1e6 * self.spent().running

    def spent(self) -> Spent:
        """What it used and waited for so far, over all its threads."""
        ran = waited = 0
        for task in Path(f"/proc/{self.process.pid}/task").glob("*/schedstat"):
            with suppress(OSError):  # a thread that ended meanwhile
                fields = task.read_text().split()
                ran, waited = ran + int(fields[0]), waited + int(fields[1])
        return Spent(ran / 1e9, waited / 1e9)

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1_024


@contextmanager
def running_server(
    *command: str, ready: str, environment: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Start `python -m command… --fd N` and wait until the path `ready` answers 200.

    Its standard output is dropped; it keeps the modules it compiles, whatever the environment says.
    Raises NotReady where it ends or stays silent.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
        descriptor = listening.fileno()
        process = subprocess.Popen(
            (sys.executable, "-m", *command, "--fd", str(descriptor)),
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "", **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(descriptor,),
            start_new_session=True,  # as the supervisor starts them
        )
        server = Server(listening.getsockname()[1], process)
    try:
        _until_answered(server, ready)
        yield server
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _until_answered(server: Server, path: str) -> None:
    deadline = monotonic() + START_SECONDS
    while monotonic() < deadline:
        if server.process.poll() is not None:
            raise NotReady(f"{server.process.args!r} ended with {server.process.returncode}")
        try:
            with urllib.request.urlopen(server.url(path), timeout=5):
                return
        except OSError:  # not listening yet, or 503
            sleep(0.05)
    raise NotReady(f"{path} did not answer within {START_SECONDS:g} s")
