"""An event told to one worker process counts at the next request to another."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.settings import environment_of
from core.kernel.ids import new_id

RECOMMENDED = "/api/v1/books/recommended"


def started(settings: Any, folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """A worker on a port of its own, and its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.worker", "--fd", str(listening.fileno())],
            env={
                **os.environ,
                **environment_of(settings),
                "PROMETHEUS_MULTIPROC_DIR": str(folder),
            },
            pass_fds=(listening.fileno(),),
            stdout=subprocess.DEVNULL,
        )
        return process, f"http://127.0.0.1:{listening.getsockname()[1]}"


async def ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get("/readyz")).status_code == 200:
                    return
            await asyncio.sleep(0.02)


@pytest.fixture
async def two(shop: Any, tmp_path: Path) -> AsyncIterator[list[httpx.AsyncClient]]:
    folders = [tmp_path / name for name in ("one", "other")]
    made = [started(shop.settings, folder) for folder in folders]
    clients = [httpx.AsyncClient(base_url=url, timeout=10) for _, url in made]
    try:
        for client in clients:
            await ready(client)
        yield clients
    finally:
        for client in clients:
            await client.aclose()
        for process, _ in made:
            process.kill()
            process.wait()


async def shown(client: httpx.AsyncClient, headers: dict[str, str]) -> list[str]:
    answer = await client.get(RECOMMENDED, headers=headers)
    return [book["id"] for book in answer.json()["results"]]


async def test_purchase_told_to_one_worker_counts_at_the_other_at_once(
    shop: Any, two: list[httpx.AsyncClient]
) -> None:
    one, other = two
    account = {"email": "anne@kellynch.example", "password": "a second spring"}
    signed_in = (await one.post("/api/v1/auth/register", json=account)).json()
    headers = {"authorization": f"Bearer {signed_in['access_token']}"}
    bought = str(shop.ids["Dune"])
    before = await shown(other, headers)

    batch = {"events": [{"id": str(new_id()), "kind": "purchase", "book_id": bought}]}
    told = await one.post("/api/v1/events", json=batch, headers=headers)
    after = await shown(other, headers)

    assert told.status_code == 202
    assert bought in before
    assert bought not in after
