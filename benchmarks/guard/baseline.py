"""What was measured before, kept in `benchmarks/baselines/`, a file for each kind of machine."""

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

import msgspec
from msgspec import Struct

FOLDER = Path("benchmarks/baselines")
COUNTED_WITH = ("numpy", "tantivy", "msgspec")


class Machine(Struct, frozen=True):
    """What ratios of times depend on beside the code."""

    processor: str
    cores: int
    python: str

    @property
    def file(self) -> Path:
        words = f"{self.processor} {self.cores} cores python {self.python.rpartition('.')[0]}"
        return FOLDER / (re.sub(r"[^a-z0-9.]+", "-", words.lower()).strip("-") + ".json")


class Times(Struct, frozen=True):
    """Ratios to the yardstick. sessions: one each; low, high: the 95 % interval of middle."""

    low: float
    middle: float
    high: float
    sessions: list[float]


class Baseline(Struct, frozen=True, kw_only=True):
    """instructions: a call, by kernel; counted_with: the releases they depend on."""

    commit: str
    day: str
    machine: Machine
    load_average: float
    times: dict[str, Times]
    instructions: dict[str, float]
    counted_with: dict[str, str]

    def counts_hold(self) -> bool:
        """Whether instructions here are those of the baseline: same interpreter and engines."""
        return self.counted_with == releases()


def this_machine() -> Machine:
    names = re.findall(r"^model name\s*: (.*)$", _read("/proc/cpuinfo"), re.MULTILINE)
    return Machine(
        names[0].strip() if names else platform.processor() or platform.machine(),
        os.cpu_count() or 1,
        platform.python_version(),
    )


def releases() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        **{name: version(name) for name in COUNTED_WITH},
    }


def read(tree: Path) -> Baseline | None:
    """That of this machine, else the newest of another, None where there is none."""
    own = tree / this_machine().file
    files = [own] if own.exists() else list((tree / FOLDER).glob("*.json"))
    found = [msgspec.json.decode(file.read_bytes(), type=Baseline) for file in files]
    return max(found, key=lambda each: each.day, default=None)


def write(tree: Path, baseline: Baseline) -> Path:
    path = tree / baseline.machine.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(baseline)) + b"\n")
    return path


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""
