"""One session of the guarded benchmarks: a process of its own, a ratio for each."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

GUARDED = (
    "benchmarks/bench_search.py",
    "benchmarks/bench_kernels.py",
    "benchmarks/bench_suggestions.py",
)
QUICK = {"BOOKWHEEL_BENCH_BOOKS": "20000", "BOOKWHEEL_BENCH_QUESTIONS": "64"}
LONGEST_SECONDS = 900


class SessionFailed(Exception):
    """The message holds the end of what pytest said."""


def session(tree: Path, benchmarks: Sequence[str] = GUARDED) -> dict[str, float]:
    """Run benchmarks of a checkout; their names as pytest has them. Raises SessionFailed."""
    with tempfile.TemporaryDirectory(prefix="bookwheel-guard-") as folder:
        told = Path(folder) / "told.json"
        done = subprocess.run(
            (
                *(sys.executable, "-m", "pytest", *benchmarks, "-q", "-n", "0"),
                *("-o", "python_files=bench_*.py", "--benchmark-only", "--benchmark-quiet"),
                *("-p", "no:cacheprovider", "--benchmark-json", str(told)),
            ),
            cwd=tree,  # which `python -m` puts first: its code is what is measured
            env={**os.environ, **QUICK},
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
        if done.returncode:
            raise SessionFailed(f"{tree}: {(done.stdout + done.stderr)[-2_000:]}")
        return ratios_of(told.read_bytes())


def ratios_of(told: bytes) -> dict[str, float]:
    """What pytest-benchmark wrote, as ratios to the yardstick by name, where there is one."""
    return {
        each["fullname"]: each["extra_info"]["yardstick_ratio"]
        for each in msgspec.json.decode(told)["benchmarks"]
        if "yardstick_ratio" in each["extra_info"]
    }
