"""Instructions that a call takes, counted by valgrind: a number that noise cannot touch."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

BORDER = "getppid"
"""A call of the C library that nothing here needs: callgrind writes its counts at each."""
LONGEST_SECONDS = 480
Question = TypeVar("Question")


class CannotCount(Exception):
    """Why not; the message says what to install or what valgrind said."""


def counted(call: Callable[[Question], object], questions: Sequence[Question]) -> int:
    """Ask every question once between two borders; before them, twice. Returns how many."""
    for question in (*questions, *questions):
        call(question)
    os.getppid()
    for question in questions:
        call(question)
    os.getppid()
    return len(questions)


def instructions(tree: Path, *arguments: str) -> dict[str, float]:
    """Run `python -m benchmarks.guard.counted` of a checkout under valgrind.

    Returns instructions a call by the name of the kernel. Raises CannotCount.
    """
    if shutil.which("valgrind") is None:
        raise CannotCount("no valgrind on this machine: install the package of that name")
    with tempfile.TemporaryDirectory(prefix="bookwheel-counts-") as folder:
        out = Path(folder) / "counts"
        command = (sys.executable, "-m", "benchmarks.guard.counted", *arguments)
        _run(command, tree)  # builds the index where there is none, and compiles to bytecode
        told = _run(
            (
                *("valgrind", "--tool=callgrind", f"--dump-before={BORDER}"),
                *("--quiet", f"--callgrind-out-file={out}", *command),
            ),
            tree,
        )
        calls: dict[str, int] = msgspec.json.decode(told)
        # The first dump is the start, then each kernel's warming and its count take turns.
        counts = [_total(Path(f"{out}.{2 * place + 2}")) for place in range(len(calls))]
        return {
            name: count / number
            for (name, number), count in zip(calls.items(), counts, strict=True)
        }


def _run(command: Sequence[str], tree: Path) -> bytes:
    done = subprocess.run(
        command,
        cwd=tree,
        env={**os.environ, "PYTHONHASHSEED": "0"},  # the same dictionaries in every run
        capture_output=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    if done.returncode:
        raise CannotCount(f"{command[0]} failed: {done.stderr.decode(errors='replace')[-1_000:]}")
    return done.stdout


def _total(dump: Path) -> int:
    try:
        lines = dump.read_text("utf-8").splitlines()
    except OSError as error:
        raise CannotCount(f"callgrind did not stop at {BORDER}: {error}") from error
    return next(int(line.split()[1]) for line in lines if line.startswith("totals:"))
