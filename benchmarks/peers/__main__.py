"""`just bench peers`: this project beside other engines and services, each where it can be had.

Their packages (requirements.txt) go into an environment of their own, kept beside the built
indexes; what cannot be installed is left out, and the run says so.
"""

import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from benchmarks.corpus import cache_folder

HERE = Path(__file__).parent
TREE = HERE.parents[1]
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""As a worker has it, and as `implicit` asks for."""


def interpreter() -> str:
    """With this project and its peers' packages; this one where they cannot be installed."""
    python = installed()
    if not python.exists():
        venv.create(python.parents[1], with_pip=True)
    wanted = ("-c", "constraints.txt", "-e", ".[test]", "-r", str(HERE / "requirements.txt"))
    command = (str(python), "-m", "pip", "install", "-q", *wanted)
    if subprocess.run(command, cwd=TREE, check=False).returncode:
        sys.stderr.write("SKIPPED: peers' packages could not be installed\n")
        return sys.executable
    return str(python)


def installed() -> Path:
    """Where that interpreter lies, once there is one."""
    return cache_folder() / "peers-venv" / "bin" / "python"


def main(options: Sequence[str]) -> int:
    python, code = interpreter(), 0
    for name, size in (("engines", None), ("services", "10000"), ("implicit", None)):
        given = {**({"BOOKWHEEL_BENCH_BOOKS": size} if size else {}), **ONE_THREAD, **os.environ}
        command = (
            *(python, "-m", "pytest", f"benchmarks/peers/bench_{name}.py", "-q", "-n", "0", "-rs"),
            *("-o", "python_files=bench_*.py", "--benchmark-quiet", *options),
        )
        code = max(code, subprocess.run(command, cwd=TREE, env=given, check=False).returncode)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
