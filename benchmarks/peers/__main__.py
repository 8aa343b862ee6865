"""`just bench peers`: this project beside other engines and services, each where it can be had.

Their packages (requirements.txt) go into an environment of their own, kept beside the built
indexes; what cannot be installed is left out, and the run says so.
"""

import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import click

from benchmarks.corpus import cache_folder
from benchmarks.processes import TREE, program, python

HERE = Path(__file__).parent
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""As a worker has it, and as `implicit` asks for."""
PEER_SESSION = ("-q", "-n", "0", "-rs", "-o", "python_files=bench_*.py", "--benchmark-quiet")
"""With the tests that compare answers before anything is timed."""
FILES = (("engines", None), ("services", "10000"), ("implicit", None))
"""With the number of books where another is not asked for."""


@cache
def interpreter() -> str:
    """With this project and its peers' packages; this one where they cannot be installed.

    The environment may be one that another folder of this project made: the project is installed
    into it anew each time, from here.
    """
    there = installed()
    try:
        _install(there)
    except (OSError, subprocess.CalledProcessError) as error:
        click.echo(f"SKIPPED: peers' packages could not be installed: {error}", err=True)
        return sys.executable
    return str(there)


def _install(there: Path) -> None:
    """Raises OSError or CalledProcessError."""
    click.echo(f"peers' packages, in {there.parents[1]}", err=True)
    if subprocess.run((str(there), "-c", ""), check=False).returncode if there.exists() else True:
        venv.create(there.parents[1], with_pip=True, clear=True)
    wanted = ("-c", "constraints.txt", "-e", ".[test]", "-r", str(HERE / "requirements.txt"))
    command = (str(there), "-m", "pip", "install", "-q", "--disable-pip-version-check", *wanted)
    subprocess.run(command, cwd=TREE, check=True)


def installed() -> Path:
    """Where that interpreter lies, once there is one."""
    return cache_folder() / "peers-venv" / "bin" / "python"


def main(options: Sequence[str]) -> int:
    """Every file, whatever became of those before; the worst of their codes."""
    there, codes = interpreter(), []
    for number, (name, size) in enumerate(FILES):
        click.echo(f"peers, {number + 1} of {len(FILES)}: {name}", err=True)
        given = {**({"BOOKWHEEL_BENCH_BOOKS": size} if size else {}), **ONE_THREAD, **os.environ}
        file = f"benchmarks/peers/bench_{name}.py"
        ended = python(
            "pytest", file, *PEER_SESSION, *options, environment=given, interpreter=there
        )
        codes.append(ended.code)
    return max(codes)


if __name__ == "__main__":
    program(main)
