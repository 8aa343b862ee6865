"""One JSON line a request: whole, bounded, safe to show, never in the way."""

import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.asgi.access_log import AccessLine, AccessLog, printable


@pytest.fixture
def line() -> Callable[[str], AccessLine]:
    def make(path: str) -> AccessLine:
        return AccessLine(
            time=datetime(2026, 11, 21, tzinfo=UTC),
            level="info",
            method="GET",
            path=path,
            route="/livez",
            status=200,
            duration_ms=0.25,
            bytes=18,
            request_id="abc",
        )

    return make


def test_lines_are_written_at_close(tmp_path: Path, line: Callable[[str], AccessLine]) -> None:
    with (tmp_path / "log").open("wb") as file:
        log = AccessLog(file.fileno(), seconds=60)
        log.write(line("/one"))
        log.write(line("/two"))
        log.close()

    lines = (tmp_path / "log").read_text().splitlines()
    assert [json.loads(each)["path"] for each in lines] == ["/one", "/two"]
    assert json.loads(lines[0])["time"] == "2026-11-21T00:00:00Z"


def test_lines_are_written_without_waiting_for_more(line: Callable[[str], AccessLine]) -> None:
    reader, writer = os.pipe()
    log = AccessLog(writer, seconds=0.01)

    log.write(line("/one"))
    written = os.read(reader, 4096)

    log.close()
    os.close(reader)
    os.close(writer)
    assert json.loads(written)["path"] == "/one"


def test_stuck_reader_costs_lines_and_not_answers(line: Callable[[str], AccessLine]) -> None:
    reader, writer = os.pipe()
    log = AccessLog(writer, seconds=0.01, limit=500)
    for number in range(5000):  # far more than a pipe and the queue hold
        log.write(line(f"/{number}"))
    dropped = log.dropped
    received: list[bytes] = []
    draining = threading.Thread(
        target=lambda: received.extend(iter(lambda: os.read(reader, 65536), b""))
    )

    draining.start()
    log.close()
    os.close(writer)
    draining.join()
    os.close(reader)

    told = [json.loads(each) for each in b"".join(received).splitlines()]
    assert dropped > 0
    assert any("dropped" in each.get("message", "") for each in told)


def test_reader_that_left_does_not_break_the_log(line: Callable[[str], AccessLine]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    log = AccessLog(writer, seconds=60)

    log.write(line("/one"))
    log.close()

    os.close(writer)
    assert log.dropped == 0


@given(st.binary(max_size=1000))
def test_what_a_client_sent_is_printable_and_bounded(sent: bytes) -> None:
    text = printable(sent)

    assert text.isprintable()
    assert text.isascii()
    assert len(text) <= 300 * 4


def test_agents_are_kept_as_they_are() -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"

    assert printable(agent.encode()) == agent
