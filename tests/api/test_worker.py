"""Real worker processes on one socket, as `bookwheel serve` runs them."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from api.processes import PARENT_VARIABLE
from api.settings import environment_of


class Workers:
    """Two workers that accept on one socket; their lines go to files."""

    def __init__(self, settings: Any, folder: Path) -> None:
        self.metrics = folder / "metrics"
        self.metrics.mkdir()
        self._folder = folder
        self._environment = {
            **os.environ,
            **environment_of(settings),
            PARENT_VARIABLE: str(os.getpid()),
            "PROMETHEUS_MULTIPROC_DIR": str(self.metrics),
        }
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.processes: list[subprocess.Popen[bytes]] = []
        for _ in range(2):
            self.start()

    def start(self) -> subprocess.Popen[bytes]:
        descriptor = self.listening.fileno()
        name = self._folder / f"worker-{len(self.processes)}"
        with name.with_suffix(".out").open("wb") as out, name.with_suffix(".err").open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, "-m", "api.worker", "--fd", str(descriptor)],
                env=self._environment,
                pass_fds=(descriptor,),
                stdout=out,
                stderr=err,
            )
        self.processes.append(process)
        return process

    def all_answered(self) -> bool:
        """Each worker has counted a request of its own."""
        pids = [process.pid for process in self.processes if process.poll() is None]
        return all(has_counted(self.metrics / f"histogram_{pid}.db") for pid in pids)

    def lines(self) -> list[dict[str, Any]]:
        texts = [file.read_text() for file in sorted(self._folder.glob("worker-*.out"))]
        return [json.loads(line) for text in texts for line in text.splitlines()]

    def errors(self) -> str:
        return "".join(file.read_text() for file in self._folder.glob("worker-*.err"))

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        self.listening.close()

    def ask(self, path: str) -> httpx.Response:
        """By a connection of its own, so that either worker may answer."""
        with httpx.Client(base_url=self.url, timeout=300, verify=False) as client:
            return client.get(path)


def has_counted(file: Path) -> bool:
    """The file opens with how many of its bytes are used: 8 while nothing is counted."""
    return file.exists() and int.from_bytes(file.read_bytes()[:4], sys.byteorder) > 8


async def eventually(condition: Callable[[], Any]) -> Any:
    async with asyncio.timeout(300):
        while True:
            with contextlib.suppress(httpx.TransportError):
                if found := await asyncio.to_thread(condition):
                    return found
            await asyncio.sleep(0.02)


Eventually = Callable[[Callable[[], Any]], Awaitable[Any]]


@pytest.fixture
async def workers(shop: Any, tmp_path: Path) -> AsyncIterator[Workers]:
    """Over the shop's database and index."""
    made = Workers(shop.settings, tmp_path)
    try:
        await eventually(lambda: made.ask("/readyz").status_code == 200 and made.all_answered())
        yield made
    finally:
        made.stop()


def counted(text: str, name: str, route: str) -> float:
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and sample.labels.get("route") == route
    )


async def test_metrics_are_those_of_all_workers_and_survive_their_death(workers: Workers) -> None:
    for _ in range(40):
        assert workers.ask("/api/v1/search?q=emma").status_code == 200

    before = workers.ask("/metrics").text
    workers.processes[0].kill()
    workers.processes[0].wait()
    workers.start()
    await eventually(lambda: list(workers.metrics.glob("histogram_dead.db")))
    after = workers.ask("/metrics").text

    name = "http_server_request_duration_seconds_count"
    assert counted(before, name, "/api/v1/search") == 40
    assert counted(after, name, "/api/v1/search") == 40
    dead = f"histogram_{workers.processes[0].pid}.db"
    assert not (workers.metrics / dead).exists()


async def test_terminated_worker_answers_what_it_began_and_ends_well(workers: Workers) -> None:
    one, other = workers.processes

    for number in range(20):
        assert workers.ask(f"/livez?{number}").status_code == 200
    one.send_signal(signal.SIGTERM)
    other.send_signal(signal.SIGTERM)
    statuses = [await asyncio.to_thread(process.wait, 300) for process in (one, other)]

    assert statuses == [0, 0]
    assert len([line for line in workers.lines() if line["path"] == "/livez"]) == 20
    assert workers.errors() == ""


async def test_request_under_way_is_answered_after_sigterm(workers: Workers) -> None:
    reader, writer = await asyncio.open_connection(*workers.listening.getsockname()[:2])
    body = b'{"q": "emma"}'

    writer.write(
        b"POST /api/v1/search HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
        b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n" % len(body)
    )
    begun = await reader.readuntil(b"\r\n\r\n")  # the route has asked for the body
    for process in workers.processes:
        process.terminate()
    await eventually(lambda: any(process.poll() is not None for process in workers.processes))
    writer.write(body)
    answer = await reader.read()
    writer.close()

    assert begun.startswith(b"HTTP/1.1 100")
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"count":1' in answer


async def test_access_lines_appear_while_the_worker_runs(workers: Workers) -> None:
    workers.ask("/api/v1/search?q=dune")

    lines = await eventually(
        lambda: [line for line in workers.lines() if line["route"] == "/api/v1/search"]
    )

    assert lines[0]["status"] == 200


HOSTILE = (
    (b"GET /livez HTTP/1.1\r\nhost: a\r\nx: " + b"y" * 40_000 + b"\r\n\r\n", 431),
    (b"GET /" + b"a" * 10_000_000, 431),
    (b"GET /api/v1/search?q=" + b"%28" * 20_000 + b" HTTP/1.1\r\nhost: a\r\n\r\n", 431),
    (b"nonsense\r\n\r\n", 400),
    (b"GET /\xff HTTP/1.1\r\nhost: a\r\n\r\n", 400),
    (b"GET /livez HTTP/1.1\r\n\r\n", 400),
    (b"GET /livez HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", 400),
    (b"POST /livez HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}", 400),
)


async def test_hostile_heads_are_refused_and_no_worker_dies(workers: Workers) -> None:
    def answered(sent: bytes) -> bytes:
        with socket.create_connection(workers.listening.getsockname(), timeout=10) as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(sent)
            with contextlib.suppress(ConnectionError):
                return connection.recv(65536)
        return b""

    for sent, status in HOSTILE:
        answer = await asyncio.to_thread(answered, sent)
        # Who goes on sending into a closed connection may not come to read the answer.
        cut_off = len(sent) > 10**6 and answer == b""
        assert answer.startswith(b"HTTP/1.1 %d" % status) or cut_off, sent[:50]

    assert [process.poll() for process in workers.processes] == [None, None]
    assert workers.ask("/livez").status_code == 200


async def test_client_of_http_1_0_need_not_name_a_host(workers: Workers) -> None:
    with socket.create_connection(workers.listening.getsockname(), timeout=10) as connection:
        connection.sendall(b"GET /livez HTTP/1.0\r\n\r\n")
        answer = await asyncio.to_thread(connection.recv, 65536)

    assert answer.startswith(b"HTTP/1.1 200")


async def test_index_that_appears_later_is_served(shop: Any, workers: Workers) -> None:
    draft = {"title": "Middlemarch", "price": "15"}
    token = (
        await shop.client.post("/api/v1/books", json=draft, headers=shop.signed_in("staff"))
    ).headers["index-version"]

    await shop.follow()

    for _ in range(10):  # whichever worker answers
        answer = workers.ask(f"/api/v1/search?q=middlemarch&min_version={token}")
        assert answer.json()["count"] == 1


@pytest.fixture
def started_without_database(shop: Any, tmp_path: Path) -> Iterator[Workers]:
    elsewhere = "postgresql://nobody@127.0.0.1:1/none"
    made = Workers(replace(shop.settings, database_url=elsewhere), tmp_path)
    yield made
    made.stop()


async def test_reads_are_served_while_the_database_is_away(
    started_without_database: Workers,
) -> None:
    workers = started_without_database
    await eventually(lambda: workers.ask("/readyz").status_code == 200)

    ready = workers.ask("/readyz").json()
    found = workers.ask("/api/v1/search?q=emma")
    names = workers.ask("/api/v1/authors")

    assert ready["status"] == "degraded"
    assert "database" in ready["missing"]
    assert found.json()["count"] == 1
    assert names.status_code == 503
    assert names.json()["type"] == "/problems/unavailable"


async def test_two_workers_count_one_quota(workers: Workers) -> None:
    def refresh(number: int) -> int:
        headers = {"x-forwarded-for": f"192.0.2.{number}"}
        # An SSL context takes longer than the request, and every 36 seconds one is given back.
        with httpx.Client(base_url=workers.url, timeout=300, verify=False) as client:
            body = {"refresh_token": "none"}
            return client.post("/api/v1/auth/refresh", json=body, headers=headers).status_code

    with ThreadPoolExecutor(12) as threads:
        statuses = list(threads.map(refresh, range(130)))

    assert (statuses.count(401), statuses.count(429)) == (100, 30)
