"""Prometheus metrics of requests, right with one worker and with many."""

import fcntl
import os
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector

NAME: Final = "http_server_request_duration_seconds"
HELP: Final = "Time from the request's head to the answer's last byte"
LABELS: Final = ("method", "route", "status")
BUCKETS_SECONDS: Final = (
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
)  # fmt: skip
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"})


class RequestMetrics:
    """One histogram: duration by method, route and status; its counts are those of requests.

    folder: shared with the other workers. What a request adds is written into this worker's mapped
    file there, so a crash loses nothing. Labels are bounded: methods by a list, routes by the
    table of routes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: Any = _mapped(self._folder / f"histogram_{os.getpid()}.db")
        self._series: dict[tuple[str, str | None, int], _Series] = {}

    def observe(self, method: str, route: str | None, status: int, seconds: float) -> None:
        series = self._series.get((method, route, status))
        if series is None:
            series = self._begun(method, route, status)
        place = bisect_left(BUCKETS_SECONDS, seconds)
        series.counts[place] = count = series.counts[place] + 1.0
        series.sum += seconds
        write = self._file.write_value
        write(series.keys[place], count, 0.0)
        write(series.sum_key, series.sum, 0.0)

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes: of every worker that shares the folder."""
        with _locked(self._folder):
            merged = CollectorRegistry()
            MultiProcessCollector(merged, path=str(self._folder))  # type: ignore[no-untyped-call] # untyped there
            return generate_latest(merged)

    def close(self) -> None:
        self._file.close()

    def _begun(self, method: str, route: str | None, status: int) -> "_Series":
        label = method if method in _METHODS else "OTHER"
        series = self._series.get((label, route, status))
        if series is None:
            series = _Series(self._file, label, route or "unmatched", str(status))
            self._series[label, route, status] = series
        return series


class WorkerCounter:
    """A counter without labels, to which every worker that shares the folder adds.

    name: without `_total`, which its sample has behind it.
    """

    def __init__(self, folder: Path, name: str, described: str) -> None:
        self._file: Any = _mapped(folder / f"counter_{os.getpid()}.db")
        self._key = mmap_key(name, f"{name}_total", [], [], described)
        self._count: float = self._file.read_value(self._key)[0]  # type: ignore[no-untyped-call] # untyped there

    def add(self, count: int) -> None:
        self._count += count
        self._file.write_value(self._key, self._count, 0.0)

    def close(self) -> None:
        self._file.close()


class _Series:
    """Counts by bucket, not yet added up, with their keys in the file, where each has its place.

    A file that is there already, of a process that had this one's number, is continued.
    """

    __slots__ = ("counts", "keys", "sum", "sum_key")

    def __init__(self, file: Any, *labels: str) -> None:
        bounds = [f"{float(bound)}" for bound in BUCKETS_SECONDS] + ["+Inf"]
        self.keys = [
            mmap_key(NAME, f"{NAME}_bucket", [*LABELS, "le"], [*labels, bound], HELP)
            for bound in bounds
        ]
        self.sum_key = mmap_key(NAME, f"{NAME}_sum", [*LABELS], [*labels], HELP)
        self.counts = [file.read_value(key)[0] for key in self.keys]
        self.sum = file.read_value(self.sum_key)[0]


def _mapped(file: Path) -> MmapedDict:
    return MmapedDict(str(file))  # type: ignore[no-untyped-call] # untyped there


def adopt_dead_workers(folder: Path) -> None:
    """Add what dead workers counted to one file for each kind.

    So counters never fall, and restarts do not pile up files.
    """
    with _locked(folder):
        for file in sorted(folder.glob("*_*.db")):
            kind, _, owner = file.stem.rpartition("_")
            if owner.isdigit() and not _alive(int(owner)):
                _add(file, folder / f"{kind}_dead.db")
                file.unlink()


def _add(file: Path, total: Path) -> None:
    sums: Any = _mapped(total)
    counted: Any = MmapedDict
    with suppress(RuntimeError):  # a file torn by a crash gives what can be read of it
        for key, value, _, _ in counted.read_all_values_from_file(str(file)):
            before, _ = sums.read_value(key)
            sums.write_value(key, before + value, 0.0)
    sums.close()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
