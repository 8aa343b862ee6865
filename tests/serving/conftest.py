"""A store as its operator runs it: `bookwheel serve` with two workers beside `index follow`."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID

import asyncpg
import httpx
import pytest
from msgspec import Struct

from api.processes import PARENT_VARIABLE
from api.settings import Settings, environment_of
from api.wiring.accounts import signing_key_file
from core.accounts.principal import Principal
from core.catalogue.draft import draft_from
from core.kernel.ids import new_id
from core.stores.store import Store
from ext.jwt_tokens import JwtTokens, signing_key
from ext.postgres.books import BookRepository

START_SECONDS = 600
ADDRESS = re.compile(r"serves on (http://127\.0\.0\.1:\d+)\n")
TITLES = ("Dune", "Emma", "Persuasion", "Éloge de l'ombre", "Harry Potter and the Goblet of Fire")


class Server(Struct, frozen=True):
    """url: where both workers accept. staff: headers of a member of staff. ids: by title."""

    url: str
    process: int
    staff: dict[str, str]
    ids: dict[str, UUID]
    log: Path

    def workers(self) -> set[int]:
        """Process ids of the workers that live."""
        return {
            int(line.split()[0])
            for line in subprocess.run(
                ["ps", "-o", "pid=,stat=", "--ppid", str(self.process)],
                capture_output=True,
                text=True,
                check=False,
            ).stdout.splitlines()
            if "Z" not in line.split()[1]
        }

    def client(self) -> httpx.AsyncClient:
        """Whose every request comes by a connection of its own, so that either worker answers."""
        alone = httpx.Limits(max_keepalive_connections=0)
        return httpx.AsyncClient(base_url=self.url, timeout=300, limits=alone)


@pytest.fixture
async def server(
    tmp_path: Path, database_url: str, pool: asyncpg.Pool, store: Store
) -> AsyncIterator[Server]:
    settings = Settings(
        data_dir=tmp_path,
        database_url=database_url,
        port=0,
        workers=2,
        limits=False,
        access_log=False,
        search_budget_ms=60_000,  # a busy machine answers late, and then in full
        answer_seconds=300,
    )
    repository, ids = BookRepository(pool), {}
    for title in TITLES:
        draft = draft_from(
            {"title": title, "price": "9.99", "authors": ["A. Writer"], "categories": ["Classics"],
             "description": f"{title} and what came of it.", "stock": 3}
        )  # fmt: skip
        ids[title] = (await repository.create(store, draft)).book.id
    tokens = JwtTokens(signing_key(signing_key_file(settings)), seconds=36_000)
    staff = {"authorization": f"Bearer {tokens.issue(Principal(new_id(), store.id, 'staff'))}"}
    log = tmp_path / "log"
    with (
        running(settings, log, "index", "follow"),
        running(settings, log, "serve") as serving,
    ):
        async with asyncio.timeout(START_SECONDS):
            while not (told := ADDRESS.search(log.read_text())):  # noqa: ASYNC110 # it comes up
                await asyncio.sleep(0.05)
            url = told[1]
            while not await answers(url):  # noqa: ASYNC110 # its workers do
                await asyncio.sleep(0.05)
        yield Server(url, serving.pid, staff, ids, log)


@contextlib.contextmanager
def running(settings: Settings, log: Path, *command: str) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("ab") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", *command],
            env={**os.environ, **environment_of(settings), PARENT_VARIABLE: str(os.getpid())},
            stdout=told,
            stderr=told,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(300)


async def answers(url: str) -> bool:
    async with httpx.AsyncClient(base_url=url) as client:
        with contextlib.suppress(httpx.TransportError):
            return (await client.get("/api/v1/search?q=dune")).status_code == 200
    return False
