"""Become the command given, bound to die with the process that asked for it.

Run as a program: `python launch.py PARENT UID GID COMMAND…`. A program in between, not code run
between fork and exec: the parent has threads, and a fork that runs Python among them may hang.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, uid, gid = (int(value) for value in sys.argv[1:4])
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        # After setuid, which would clear it. SIGINT is PostgreSQL's fast shutdown.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
    if os.getppid() != parent:
        sys.exit("the parent is gone")
    os.chdir("/")
    os.execv(sys.argv[4], sys.argv[4:])  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main()
