"""What `just bench …` runs: a name, `full`, `guard`, `page`, `peers`, or all that takes minutes."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

TREE = Path(__file__).parents[1]
LONG = ("bench_http", "bench_sign_in", "bench_goodbooks")
"""Left to `full`: clients on every core, hundreds of sign-ins, a model to be trained."""
MILLION = {"BOOKWHEEL_BENCH_BOOKS": "1000000"}
GROWING = ("bench_search", "bench_kernels", "bench_suggestions", "bench_recommendations")
"""What is measured again with a million books."""


def main(arguments: Sequence[str]) -> int:
    name, options = _split(arguments)
    if name in {"guard", "page", "peers"}:
        return _python(f"benchmarks.{name}", *options)
    if name == "full":
        return max(
            _measured([path.stem for path in _files()], options),
            _measured(GROWING, options, MILLION),
            _python("benchmarks.builds", "--books", "1000000"),
        )
    if not name:
        return _measured([path.stem for path in _files() if path.stem not in LONG], options)
    if not any(name in path.stem or name in path.read_text("utf-8") for path in _files()):
        _say(
            f"no benchmark's name holds {name!r}; there are: full, guard, page, peers, and",
            *_listed(),
        )
        return 2
    return _measured([path.stem for path in _files()], ["-k", name, *options])


def _split(arguments: Sequence[str]) -> tuple[str, list[str]]:
    if arguments and not arguments[0].startswith("-"):
        return arguments[0], list(arguments[1:])
    return "", list(arguments)


def _measured(
    stems: Sequence[str], options: Sequence[str], environment: dict[str, str] | None = None
) -> int:
    """Run files in one session, which ends with its table."""
    return _python(
        "pytest",
        *(f"benchmarks/{stem}.py" for stem in stems),
        *("-q", "-n", "0", "-o", "python_files=bench_*.py"),
        *("--benchmark-only", "--benchmark-quiet", *options),
        environment=environment,
    )


def _python(module: str, *arguments: str, environment: dict[str, str] | None = None) -> int:
    command = (sys.executable, "-m", module, *arguments)
    return subprocess.run(
        command, cwd=TREE, env={**os.environ, **(environment or {})}, check=False
    ).returncode


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
    sys.exit(main(sys.argv[1:]))
