"""What the processes behind a port of this machine use: read from Linux's /proc."""

import os
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

_LISTENING = "0A"


class Usage(Struct, frozen=True):
    """cpu_seconds: of all threads so far. memory_mb: resident, shared pages once a process."""

    cpu_seconds: float
    memory_mb: float


def listeners(port: int) -> list[int]:
    """Processes that accept on the port; [] where /proc does not tell, or is closed to us."""
    sockets = _sockets(port)
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(link in sockets for link in map(os.readlink, (folder / "fd").iterdir())):
                found.append(int(folder.name))
    return found


def usage_of(pids: list[int]) -> Usage:
    """Together; a process that has ended counts for nothing."""
    ticks, pages = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    seconds = memory = 0.0
    for pid in pids:
        with suppress(OSError):
            # Behind the name, which may hold anything: utime and stime are fields 14 and 15.
            fields = Path(f"/proc/{pid}/stat").read_text("latin-1").rpartition(")")[2].split()
            seconds += (int(fields[11]) + int(fields[12])) / ticks
            memory += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * pages / 1e6
    return Usage(seconds, memory)


def _sockets(port: int) -> set[str]:
    found = set()
    for name in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    found.add(f"socket:[{fields[9]}]")
    return found
