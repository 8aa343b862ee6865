"""Requests leave when they are due, and every one of them is accounted for."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import numpy as np
import pytest

from ext.http_load import send
from ext.process_usage import listeners, usage_of

HEAD = b"GET /%d HTTP/1.1\r\nhost: x\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
Answer = Callable[[bytes], Awaitable[bytes]]


@asynccontextmanager
async def server(answer: Answer) -> AsyncIterator[tuple[str, int]]:
    """answer: gives the bytes for a request's line, b"" to hang up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (line := await reader.readline()).startswith(b"GET"):
                await reader.readuntil(b"\r\n\r\n")
                if not (body := await answer(line)):
                    break
                writer.write(body)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    listening = socket.create_server(("127.0.0.1", 0))
    async with await asyncio.start_server(serve, sock=listening):
        yield "127.0.0.1", listening.getsockname()[1]


async def test_every_request_is_answered_once() -> None:
    seen: list[bytes] = []

    async def answer(line: bytes) -> bytes:
        seen.append(line.split()[1])
        return OK

    async with server(answer) as address:
        found = await send(
            address, [HEAD % number for number in range(50)], np.zeros(50), connections=4
        )

    assert sorted(seen) == sorted(b"/%d" % number for number in range(50))
    assert found.statuses.tolist() == [200] * 50
    assert found.lasted > 0


async def test_waiting_behind_a_slow_answer_counts() -> None:
    held = asyncio.Event()

    async def answer(line: bytes) -> bytes:
        if b"/0" in line:
            asyncio.get_running_loop().call_later(0.3, held.set)
            await held.wait()
        return OK

    async with server(answer) as address:
        found = await send(address, [HEAD % n for n in range(3)], np.zeros(3), connections=1)

    # All were due at once and share one connection: none was answered before the first.
    assert (found.seconds >= 0.25).all()


async def test_no_request_leaves_before_it_is_due() -> None:
    loop = asyncio.get_running_loop()
    came: list[float] = []

    async def answer(line: bytes) -> bytes:
        came.append(loop.time())
        return OK

    due = np.linspace(0.0, 0.2, 5)
    async with server(answer) as address:
        began = loop.time()
        await send(address, [HEAD % n for n in range(5)], due, connections=2)

    # Each may come late, and so may the first: what counts is when sending began.
    assert len(came) == 5
    assert (np.sort(came) - began >= due - 0.001).all()


async def test_connection_that_breaks_is_a_failure_and_opened_anew() -> None:
    async def answer(line: bytes) -> bytes:
        return b"" if line.split()[1] == b"/1" else OK

    async with server(answer) as address:
        found = await send(address, [HEAD % n for n in range(6)], np.zeros(6), connections=1)

    assert found.statuses.tolist() == [200, 0, 200, 200, 200, 200]


async def test_nobody_listening_is_an_error() -> None:
    with socket.socket() as deaf:  # keeps the port from others and does not listen
        deaf.bind(("127.0.0.1", 0))

        with pytest.raises(ConnectionRefusedError):
            await send(deaf.getsockname(), [HEAD % 1], np.zeros(1), connections=1)


def test_processes_behind_a_port_are_found_and_measured() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        found = listeners(listening.getsockname()[1])

    assert len(found) == 1
    used = usage_of(found)
    assert used.memory_mb > 10
    assert used.cpu_seconds > 0
