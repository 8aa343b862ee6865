"""Prometheus metrics of requests, right with one worker and with many."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

# prometheus_client reads it when first imported: a worker sets it before it imports this module.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

BUCKETS_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"})
_STATUS_CLASSES = ("other", "1xx", "2xx", "3xx", "4xx", "5xx")

Observe = Callable[[float], None]
Increment = Callable[[], None]


class RequestMetrics:
    """Duration by method, route and status class; count by method, route and status.

    The children are bound once for each combination: a request looks up one tuple.
    Labels are bounded: methods by a list, routes by the table of routes.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._durations = Histogram(
            "http_server_request_duration_seconds",
            "Time from the request's head to the answer's last byte",
            ("method", "route", "status"),
            buckets=BUCKETS_SECONDS,
            registry=self._registry,
        )
        self._requests = Counter(
            "http_server_requests",
            "Requests answered",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._bound: dict[tuple[str, str | None, int], tuple[Observe, Increment]] = {}

    def observe(self, method: str, route: str | None, status: int, seconds: float) -> None:
        bound = self._bound.get((method, route, status))
        if bound is None:
            bound = self._bind(method, route, status)
        bound[0](seconds)
        bound[1]()

    def exposition(self) -> bytes:
        """The text that Prometheus scrapes: of every worker where several share a folder."""
        folder = os.environ.get(FOLDER_VARIABLE)
        if not folder:
            return generate_latest(self._registry)
        with _locked(Path(folder)):
            merged = CollectorRegistry()
            MultiProcessCollector(merged, path=folder)  # type: ignore[no-untyped-call] # untyped there
            return generate_latest(merged)

    def _bind(self, method: str, route: str | None, status: int) -> tuple[Observe, Increment]:
        label = method if method in _METHODS else "OTHER"
        place = route or "unmatched"
        status_class = _STATUS_CLASSES[status // 100 if 100 <= status < 600 else 0]
        bound = (
            self._durations.labels(label, place, status_class).observe,
            self._requests.labels(label, place, str(status)).inc,
        )
        if label == method:
            self._bound[method, route, status] = bound
        return bound


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
    sums = MmapedDict(str(total))  # type: ignore[no-untyped-call] # untyped there
    with suppress(RuntimeError):  # a file torn by a crash gives what can be read of it
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(file)):  # type: ignore[no-untyped-call]
            before, _ = sums.read_value(key)  # type: ignore[no-untyped-call]
            sums.write_value(key, before + value, 0.0)  # type: ignore[no-untyped-call]
    sums.close()  # type: ignore[no-untyped-call]


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
