"""What a real worker writes about persons: nothing that names one."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from api.settings import environment_of

EMAIL = "canary.reader@persons.example"
NAME = "Canary Featherstonehaugh"
PASSWORD = "a perch above the mine"
CLIENT = "198.51.100.77"


class Server:
    """One worker; output: both of its streams."""

    def __init__(self, settings: Any, folder: Path) -> None:
        self.output = folder / "output"
        with (
            socket.create_server(("127.0.0.1", 0)) as listening,
            self.output.open("wb") as output,
        ):
            self._process = subprocess.Popen(
                [sys.executable, "-m", "api.worker", "--fd", str(listening.fileno())],
                env={
                    **os.environ,
                    **environment_of(settings),
                    "PROMETHEUS_MULTIPROC_DIR": str(folder),
                },
                pass_fds=(listening.fileno(),),
                stdout=output,
                stderr=output,
            )
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self.client = httpx.AsyncClient(
            base_url=url, timeout=30, headers={"x-forwarded-for": CLIENT}
        )

    async def ready(self) -> None:
        async with asyncio.timeout(30):
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await self.client.get("/readyz")).status_code == 200:
                        return
                await asyncio.sleep(0.02)

    async def stop(self) -> str:
        """Everything it has written."""
        await self.client.aclose()
        self._process.terminate()
        await asyncio.to_thread(self._process.wait, 30)
        return self.output.read_text()


@pytest.fixture
async def server(shop: Any, tmp_path: Path) -> AsyncIterator[Server]:
    settings = replace(shop.settings, trusted_proxies=("127.0.0.0/8",))
    made = Server(settings, tmp_path)
    await made.ready()
    yield made
    await made.stop()


async def test_no_line_names_a_person(shop: Any, server: Server) -> None:
    account = {"email": EMAIL, "password": PASSWORD, "display_name": NAME}
    opened = (await server.client.post("/api/v1/auth/register", json=account)).json()
    headers = {"authorization": f"Bearer {opened['access_token']}"}
    await server.client.get("/api/v1/me", headers=headers)
    await server.client.get(
        f"/nowhere/{EMAIL}/{opened['refresh_token']}",
        headers={"user-agent": f"robot (+mailto:{EMAIL})", "x-request-id": EMAIL},
    )
    await server.client.get(f"/api/v1/books/{opened['access_token']}", headers=headers)

    written = await server.stop()

    lines = [json.loads(line) for line in written.splitlines()]
    registered = next(line for line in lines if line["path"] == "/api/v1/auth/register")
    assert registered["client"] == "198.51.100.0/24"
    assert [line["reader"] for line in lines if line["path"] == "/api/v1/me"]
    assert any(line["path"] == "/nowhere/[e-mail]/[token]" for line in lines)
    assert any(line["user_agent"] == "robot (+mailto:[e-mail])" for line in lines)
    for secret in (
        EMAIL,
        NAME,
        PASSWORD,
        CLIENT,
        opened["account"]["id"],
        opened["access_token"],
        opened["refresh_token"],
    ):
        assert secret not in written


async def test_traceback_quotes_no_row_and_the_problem_nothing(shop: Any, server: Server) -> None:
    async with shop.pool.acquire() as connection:
        await connection.execute(
            "alter table reader add constraint unforeseen check (email not like 'canary%')"
        )
    account = {"email": EMAIL, "password": PASSWORD, "display_name": f"{NAME}"}

    answer = await server.client.post("/api/v1/auth/register", json=account)
    written = await server.stop()

    assert answer.status_code == 500
    assert '"level": "error"' in written
    assert "unforeseen" in written  # the constraint's name helps, the row's values do not
    for secret in (EMAIL, NAME, PASSWORD, CLIENT, "argon2id"):
        assert secret not in written
        assert secret not in answer.text


async def test_problem_repeats_no_address(shop: Any, server: Server) -> None:
    account = {"email": EMAIL, "password": PASSWORD}
    await server.client.post("/api/v1/auth/register", json=account)

    again = await server.client.post("/api/v1/auth/register", json=account)

    assert EMAIL not in again.text
