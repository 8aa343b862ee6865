"""The supervisor: what dies is started again, and nothing outlives it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from api.processes import GIVING_WAY

PROGRAM = """
import sys
from api.processes import Child, Supervisor
child = "import sys, time; from api.processes import die_with_parent; die_with_parent();"
child += "open(sys.argv[1], 'a').write(f'{__import__(\\"os\\").getpid()}\\\\n'); time.sleep(600)"
command = (sys.executable, "-c", child, sys.argv[1])
children = [Child(name, command, log=sys.argv[2]) for name in ("one", "two")]
supervisor = Supervisor(children)
supervisor.start()
supervisor.run()
"""


def wait_until(holds: Callable[[], bool], seconds: float = 300.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "did not happen in time"
        os.sched_yield()


def started(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def supervise(path: Path, log: str = os.devnull) -> subprocess.Popen[bytes]:
    """log: what the children print goes there; what the parent says lies beside path."""
    with path.with_suffix(".said").open("wb") as said:
        return subprocess.Popen([sys.executable, "-c", PROGRAM, str(path), log], stderr=said)


def test_killed_child_is_started_again(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    parent = supervise(pids)
    wait_until(lambda: len(started(pids)) == 2)

    os.kill(started(pids)[0], signal.SIGKILL)

    wait_until(lambda: len(started(pids)) == 3)
    parent.terminate()
    assert parent.wait(300) == 0


def test_child_that_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    pids, logs, away = tmp_path / "pids", tmp_path / "logs", tmp_path / "away"
    logs.mkdir()
    parent = supervise(pids, str(logs / "log"))
    wait_until(lambda: len(started(pids)) == 2)
    logs.rename(away)

    os.kill(started(pids)[0], signal.SIGKILL)
    wait_until(lambda: "cannot be started" in pids.with_suffix(".said").read_text())
    away.rename(logs)

    wait_until(lambda: len(started(pids)) == 3)
    parent.terminate()
    assert parent.wait(300) == 0


def test_children_end_with_a_terminated_parent(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    parent = supervise(pids)
    wait_until(lambda: len(started(pids)) == 2)

    parent.send_signal(signal.SIGINT)

    assert parent.wait(300) == 0
    assert all(gone(pid) for pid in started(pids))


def test_children_do_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    parent = supervise(pids)
    wait_until(lambda: len(started(pids)) == 2)

    parent.kill()
    parent.wait(300)

    wait_until(lambda: all(gone(pid) for pid in started(pids)))


def test_process_may_open_as_many_files_as_the_system_allows() -> None:
    code = (
        "import resource\n"
        "_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (min(64, hard), hard))\n"
        "from api.processes import raise_file_limit\n"
        "raise_file_limit()\n"
        "assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)\n"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


GIVES_WAY = """
import os, sys
from pathlib import Path
from api.processes import give_way
give_way()
print(os.getpriority(os.PRIO_PROCESS, 0), Path("/proc/self/autogroup").read_text().split()[-1])
"""
LEADING = """
import subprocess, sys
from pathlib import Path
subprocess.run([sys.executable, "-c", sys.argv[1]], check=True)
print(Path("/proc/self/autogroup").read_text().split()[-1])
"""
shared_by_session = pytest.mark.skipif(
    not os.access("/proc/self/autogroup", os.W_OK)
    or not Path("/proc/self/autogroup").read_text().strip(),
    reason="this kernel does not share processors by session, or will not be told",
)


def told_in_a_session_of_its_own(*arguments: str) -> list[str]:
    command = [sys.executable, "-c", *arguments]
    ran = subprocess.run(
        command, start_new_session=True, stdout=subprocess.PIPE, text=True, check=True
    )
    return ran.stdout.split()


@shared_by_session
def test_leader_of_a_session_gives_way_with_all_of_it() -> None:
    lowered = str(max(GIVING_WAY, os.getpriority(os.PRIO_PROCESS, 0)))

    assert told_in_a_session_of_its_own(GIVES_WAY) == [lowered, str(GIVING_WAY)]


@shared_by_session
def test_command_in_somebodys_session_gives_way_alone() -> None:
    lowered = str(max(GIVING_WAY, os.getpriority(os.PRIO_PROCESS, 0)))

    assert told_in_a_session_of_its_own(LEADING, GIVES_WAY) == [lowered, "0", "0"]


def test_who_gave_way_before_is_not_raised() -> None:
    code = "import os; from api.processes import give_way; os.setpriority(os.PRIO_PROCESS, 0, 19);"
    code += "give_way(); print(os.getpriority(os.PRIO_PROCESS, 0))"

    assert told_in_a_session_of_its_own(code) == ["19"]


def test_child_leads_a_session_of_its_own(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    parent = supervise(pids)
    wait_until(lambda: len(started(pids)) == 2)

    assert [os.getsid(pid) for pid in started(pids)] == started(pids)
    parent.terminate()
    assert parent.wait(300) == 0
