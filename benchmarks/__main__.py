"""What `just bench …` runs: a name, `full`, `guard`, `page`, `peers`, or all that takes minutes."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.processes import SESSION, TREE, program, python

LONG = ("bench_http", "bench_storefront", "bench_sign_in", "bench_goodbooks")
"""Left to `full`: clients on every core, hundreds of sign-ins, a model to be trained."""
BOOKS = os.environ.get("BOOKWHEEL_BENCH_BOOKS", "100000")
MANY = f"{BOOKS}0"
"""What `full` measures again: ten times as many books, a million by default."""
GROWING = (
    *("bench_search", "bench_classes", "bench_kernels"),
    *("bench_suggestions", "bench_recommendations"),
)
"""What is measured again with so many books."""


def main(arguments: Sequence[str]) -> int:
    name, options = _split(arguments)
    if name in {"guard", "page", "peers"}:
        return python(f"benchmarks.{name}", *options).code
    if name == "full":
        return _full(options)
    if not name:
        return _measured([path.stem for path in _files() if path.stem not in LONG], options)
    found = _measured([path.stem for path in _files()], ["-k", name, *options])
    if found == pytest.ExitCode.NO_TESTS_COLLECTED:
        _say(
            f"no benchmark's name holds {name!r}; there are: full, guard, page, peers, and",
            *_listed(),
        )
    return found


def _split(arguments: Sequence[str]) -> tuple[str, list[str]]:
    if arguments and not arguments[0].startswith("-"):
        return arguments[0], list(arguments[1:])
    return "", list(arguments)


def _full(options: Sequence[str]) -> int:
    """Every step, whatever became of those before; the worst of their codes."""
    _say(f"full, 1 of 3: every file, {int(BOOKS):,} books")
    every = _measured([path.stem for path in _files()], options)
    _say(f"full, 2 of 3: what grows with the catalogue, {int(MANY):,} books")
    grown = _measured(GROWING, options, {"BOOKWHEEL_BENCH_BOOKS": MANY})
    _say(f"full, 3 of 3: a build of {int(MANY):,} books and its memory")
    return max(every, grown, python("benchmarks.builds", "--books", MANY).code)


def _measured(
    stems: Sequence[str], options: Sequence[str], environment: dict[str, str] | None = None
) -> int:
    """Run files in one session, which ends with its table."""
    files = (f"benchmarks/{stem}.py" for stem in stems)
    return python("pytest", *files, *SESSION, *options, environment=environment).code


def _files() -> list[Path]:
    return sorted((TREE / "benchmarks").glob("bench_*.py"))


def _listed() -> list[str]:
    """Each file's name and question."""
    return [
        f"  {path.stem.removeprefix('bench_'):<16} {path.read_text('utf-8').split(chr(10))[0][3:]}"
        for path in _files()
    ]


def _say(*lines: str) -> None:
    sys.stderr.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    program(main)
