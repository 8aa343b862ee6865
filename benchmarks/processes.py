"""Programs of the benchmarks in processes of their own, which may end in peace after Ctrl-C."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from msgspec import Struct

TREE = Path(__file__).parents[1]
SESSION = (
    *("-q", "-n", "0", "-o", "python_files=bench_*.py"),
    *("--benchmark-only", "--benchmark-quiet"),
)
"""How files of benchmarks are run: one after the other, the table alone at the end."""


INTERRUPTED = 130


class Ended(Struct, frozen=True):
    """printed: "" where it was not kept."""

    code: int
    printed: str


def python(
    module: str,
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    interpreter: str = sys.executable,
    kept: bool = False,
) -> Ended:
    """Run `python -m module arguments…` in the project's folder; kept: keep what it prints.

    After Ctrl-C, which the other process receives, too, it is waited for until it has stopped its
    servers and put its files away; only then is KeyboardInterrupt raised.
    """
    command = (interpreter, "-m", module, *arguments)
    process = subprocess.Popen(
        command,
        cwd=TREE,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE if kept else None,
        text=True,
    )
    try:
        printed, _ = process.communicate()
    except KeyboardInterrupt:
        process.communicate()
        raise
    return Ended(process.returncode, printed or "")


def program(main: Callable[[list[str]], int]) -> NoReturn:
    """Run with the arguments of the command line and exit; Ctrl-C ends it in a word."""
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        sys.exit(INTERRUPTED)
