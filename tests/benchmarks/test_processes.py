"""Ctrl-C ends a run of benchmarks once the processes it started have put their things away."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from benchmarks.processes import INTERRUPTED, TREE

RUN = 'from benchmarks.processes import program, python; program(lambda _: python("serving").code)'
SERVING = """
import signal

try:
    print("ready", flush=True)
    signal.pause()
except KeyboardInterrupt:
    print("put away", flush=True)
"""


def test_interrupted_program_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "serving.py").write_text(SERVING)
    with subprocess.Popen(
        [sys.executable, "-c", RUN],
        cwd=TREE,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

        os.killpg(process.pid, signal.SIGINT)
        printed, told = process.communicate()

    assert printed == "put away\n"
    assert told == "stopped\n"
    assert process.returncode == INTERRUPTED
