"""What a real worker writes about persons: nothing that names one (ASVS v5.0.0 16.2.5)."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

EMAIL = "canary.reader@persons.example"
NAME = "Canary Featherstonehaugh"
PASSWORD = "a perch above the mine"
CLIENT = "198.51.100.77"


@pytest.fixture
async def client(shop: Any, serving: Any) -> httpx.AsyncClient:
    """Of one worker that believes where we say we come from."""
    settings = replace(shop.settings, trusted_proxies=("127.0.0.0/8",), poll_ms=20)
    [made] = await serving(settings)
    made.headers["x-forwarded-for"] = CLIENT
    opened: httpx.AsyncClient = made
    return opened


async def written(folder: Path, awaited: str) -> str:
    """What the worker has written, once it holds the line that is awaited."""

    def look() -> str:
        return next(folder.glob("*.log")).read_text()

    async with asyncio.timeout(300):
        while True:
            text = await asyncio.to_thread(look)
            if awaited in text:
                return text
            await asyncio.sleep(0.02)


async def test_no_line_names_a_person(client: httpx.AsyncClient, tmp_path: Path) -> None:
    account = {"email": EMAIL, "password": PASSWORD, "display_name": NAME}
    opened = (await client.post("/api/v1/auth/register", json=account)).json()
    headers = {"authorization": f"Bearer {opened['access_token']}"}
    await client.get("/api/v1/me", headers=headers)
    await client.get(
        f"/nowhere/{EMAIL}/{opened['refresh_token']}",
        headers={"user-agent": f"robot (+mailto:{EMAIL})", "x-request-id": EMAIL},
    )
    await client.get(f"/api/v1/books/{opened['access_token']}", headers=headers)

    await client.get("/livez?last")

    output = await written(tmp_path, '"/livez"')
    lines = [json.loads(line) for line in output.splitlines()]
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
        assert secret not in output


async def test_traceback_quotes_no_row_and_the_problem_nothing(
    shop: Any, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    async with shop.pool.acquire() as connection:
        await connection.execute(
            "alter table reader add constraint unforeseen check (email not like 'canary%')"
        )
    account = {"email": EMAIL, "password": PASSWORD, "display_name": f"{NAME}"}

    answer = await client.post("/api/v1/auth/register", json=account)
    output = await written(tmp_path, '"/api/v1/auth/register"')

    assert answer.status_code == 500
    assert '"level": "error"' in output
    assert "unforeseen" in output  # the constraint's name helps, the row's values do not
    for secret in (EMAIL, NAME, PASSWORD, CLIENT, "argon2id"):
        assert secret not in output
        assert secret not in answer.text


async def test_problem_repeats_no_address(client: httpx.AsyncClient) -> None:
    account = {"email": EMAIL, "password": PASSWORD}
    await client.post("/api/v1/auth/register", json=account)

    again = await client.post("/api/v1/auth/register", json=account)

    assert EMAIL not in again.text
