"""Benchmarks measure what they say: turns, questions, engine calls and load are checked here."""

import asyncio
import socket
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from benchmarks.corpus import build, open_index, search_over, view_of
from benchmarks.drawn_model import drawn_books
from benchmarks.engine_calls import search_call
from benchmarks.load import Job, run
from benchmarks.pairs import times_of
from benchmarks.questions import mistyped, two_words
from benchmarks.synthetic import books
from benchmarks.table import Row, lines_of, microseconds
from core.search.columns import NONE
from core.search.request import SearchRequest
from ext.tantivy_search.published import PublishedSnapshot


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> PublishedSnapshot:
    folder: Path = tmp_path_factory.mktemp("index")
    build(folder, books(1_500))
    return open_index(folder)


@pytest.mark.parametrize(("count", "size"), [(400, 50), (8, 7), (1, 0)])
def test_a_drawn_list_names_no_book_twice_nor_its_own(count: int, size: int) -> None:
    drawn = drawn_books(np.random.default_rng(1), count, size)

    for book, others in enumerate(drawn.tolist()):
        assert len(others) == size
        assert set(others) <= set(range(count)) - {book}
        assert len(set(others)) == size


def test_quiet_time_is_the_best_round_of_each_question() -> None:
    # Two questions in three laps; a noisy neighbour took most of the second lap.
    rounds = [10.0, 20.0, 900.0, 800.0, 12.0, 22.0]

    times = times_of(rounds, 2)

    assert (times.quiet, times.mean, times.median) == (15.0, 15.0, 21.0)


def test_same_seed_draws_the_same_questions(snapshot: PublishedSnapshot) -> None:
    asked = two_words(snapshot, 60, seed=1)

    assert two_words(snapshot, 60, seed=1) == asked
    assert two_words(snapshot, 60, seed=2) != asked


def test_no_question_is_asked_twice_in_a_row(snapshot: PublishedSnapshot) -> None:
    asked = [question.q for question in two_words(snapshot, 60)]

    assert len(asked) == 60
    assert all(first != second for first, second in pairwise([*asked, asked[0]]))


def test_every_mistyped_question_has_an_unknown_word(snapshot: PublishedSnapshot) -> None:
    for asked in mistyped(snapshot, 40):
        codes = [snapshot.terms.code(word) for word in asked.q.split()]
        assert NONE in codes


def test_engine_call_finds_as_many_books_as_the_answer(snapshot: PublishedSnapshot) -> None:
    search = search_over(view_of(snapshot))
    engine = snapshot.generation.index.searcher()

    for question in two_words(snapshot, 20):
        request = SearchRequest(q=question.q)
        found = engine.search(*search_call(snapshot, search, request))

        assert found.count == search.search(request).count  # type: ignore[attr-defined] # no stub


@pytest.mark.parametrize("connections", [1, 4])
async def test_load_sends_each_request_in_turn(connections: int) -> None:
    seen: list[str] = []
    left = asyncio.Semaphore(0)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            seen.append(head)
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        writer.close()
        await writer.wait_closed()
        left.release()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = await asyncio.start_server(answer, sock=listening)
        port = listening.getsockname()[1]
        heads = [f"GET /{number} HTTP/1.1\r\nhost: x\r\n\r\n" for number in range(5)]

        result = await run(Job(port, heads, count=10, connections=connections))

        for _ in range(connections):
            await left.acquire()
        server.close()
    assert result.statuses == {200: 10}
    assert result.body_bytes == 20
    assert sorted(seen) == sorted(f"GET /{number} HTTP/1.1" for number in [*range(5)] * 2)


async def _head(reader: asyncio.StreamReader) -> str:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode().partition("\r\n")[0]
    except asyncio.IncompleteReadError:
        return ""


@pytest.mark.parametrize(
    ("value", "shown"), [(0.512, "0.512 µs"), (412.3, "412 µs"), (3_210.0, "3.21 ms")]
)
def test_times_are_shown_with_three_digits(value: float, shown: str) -> None:
    assert microseconds(value) == shown


def test_table_names_each_question_once() -> None:
    cells: Sequence[str] = ("a call", "2 µs", "1 µs loop", "2.0", "2.0", "2.0", "≤ 2.5")
    rows = [Row("How much?", tuple(cells)), Row("How much?", tuple(cells))]

    lines = list(lines_of(rows, 1_000))

    assert lines.count("How much?") == 1
    assert sum("a call" in line for line in lines) == 2
