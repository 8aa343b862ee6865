"""The Unix socket that the embedded PostgreSQL answers on."""

import contextlib
import hashlib
import socket
import tempfile
from pathlib import Path

PORT = 5432
# sun_path holds 107 bytes, and PostgreSQL appends "/.s.PGSQL.5432.lock".
LONGEST_FOLDER = 85
SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"


def socket_folder(root: Path) -> Path:
    """root/run, or a short name in the temporary folder where that is too long for a socket."""
    folder = root / "run"
    if len(bytes(folder)) <= LONGEST_FOLDER:
        return folder
    name = hashlib.sha256(bytes(root)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"bookwheel-{name}"


def answers(folder: Path, timeout_seconds: float = 2.0) -> bool:
    """Is there a PostgreSQL? It answers an SSLRequest with N or S; a stale file does not."""
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as client:
        client.settimeout(timeout_seconds)
        try:
            client.connect(str(folder / f".s.PGSQL.{PORT}"))
            client.sendall(SSL_REQUEST)
            return client.recv(1) in (b"N", b"S")
        except OSError:
            return False
