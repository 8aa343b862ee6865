"""An erased reader is nowhere: no table, no file, no worker, no line, no model."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest

from api.processes import PARENT_VARIABLE
from api.settings import Settings, environment_of
from api.wiring.derived import store_folder
from core.kernel.ids import new_id
from ext.model_files import ModelReader

EMAIL = "zyzzyva.quokka@persons.example"
NAME = "Zyzzyva Featherstonehaugh"
PASSWORD = "a perch above the mine"
WORDS = ("zyzzyva", "quokka", "featherstonehaugh", "umbrellabird", "bandersnatch", "/jabberwock")
COMPANY = 40


def needles(reader_id: UUID, *secrets: str) -> dict[str, bytes]:
    """What must be found nowhere, as it may be written."""
    texts = (*WORDS, EMAIL, str(reader_id), reader_id.hex, *secrets)
    return {text: text.encode() for text in texts} | {"id in bytes": reader_id.bytes}


async def in_tables(pool: asyncpg.Pool, sought: dict[str, bytes]) -> list[str]:
    """Where something stands in any column of any row of any table."""
    found = []
    async with pool.acquire() as connection:
        tables = await connection.fetch(
            """select quote_ident(nspname) || '.' || quote_ident(relname) as name
               from pg_class join pg_namespace space on space.oid = relnamespace
               where relkind in ('r', 'm') and nspname not in ('pg_catalog', 'information_schema')
                 and nspname not like 'pg\\_toast%'"""
        )
        for table in tables:
            rows = await connection.fetch(f"select t::text as row from {table['name']} t")
            text = "\n".join(row["row"] for row in rows).lower()
            for name, needle in sought.items():
                plain = needle.decode("latin-1").lower()
                if (plain.isprintable() and plain in text) or needle.hex() in text:
                    found.append(f"{name} in {table['name']}")
    return found


def in_files(folder: Path, sought: dict[str, bytes]) -> list[str]:
    return [
        f"{name} in {file.relative_to(folder)}"
        for file in sorted(folder.rglob("*"))
        if file.is_file()
        for content in [file.read_bytes().lower()]
        for name, needle in sought.items()
        if needle.lower() in content
    ]


def texts(folder: Path, pattern: str) -> list[str]:
    return [file.read_text() for file in folder.glob(pattern)]


@pytest.fixture
async def company(shop: Any) -> None:
    """Other readers, who leave two books to the canary."""
    books = [(new_id(), shop.store.id, f"Book {number}", 100) for number in range(12)]
    readers = [(new_id(), shop.store.id, f"Reader {number}") for number in range(COMPANY)]
    await shop.pool.executemany(
        "insert into book (id, store_id, title, price_minor) values ($1, $2, $3, $4)", books
    )
    await shop.pool.executemany(
        "insert into reader (id, store_id, display_name) values ($1, $2, $3)", readers
    )
    await shop.pool.executemany(
        "insert into interaction (id, store_id, reader_id, book_id, kind, value)"
        " values ($1, $2, $3, $4, 'rating', 5)",
        [
            (new_id(), shop.store.id, reader[0], book[0])
            for place, reader in enumerate(readers)
            for number, book in enumerate(books)
            if (place + number) % 4
        ],
    )


def bookwheel(settings: Any, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "api.cli", *arguments],
        env={**os.environ, **environment_of(settings), PARENT_VARIABLE: str(os.getpid())},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return done.stdout + done.stderr


def readers_of(shop: Any, title: str) -> int:
    """Of how many readers of a book the model knows."""
    models = ModelReader(store_folder(shop.settings, shop.store) / "models")
    models.refresh()
    model = models.current()
    assert model is not None
    book = shop.ids[title].int
    row = [
        int(hi) << 64 | int(lo) == book or int(lo) << 64 | int(hi) == book
        for hi, lo in zip(model.hi.tolist(), model.lo.tolist(), strict=True)
    ]
    return int(model.readers[row.index(True)]) if True in row else 0


async def becomes(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(300):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.02)


@pytest.fixture
def jobs(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """`bookwheel work`, and the file that its lines go to."""
    log = tmp_path / "jobs.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.cli", "work"],
            env={**os.environ, **environment_of(settings), PARENT_VARIABLE: str(os.getpid())},
            stdout=output,
            stderr=output,
        )
        yield log
        process.terminate()
        process.wait(300)


async def tried(shop: Any, client: httpx.AsyncClient) -> None:
    """An experiment that every worker knows of by the time this ends."""
    variants = [{"name": "as is"}, {"name": "bold", "mix": {"personal": 1.0}}]
    draft = {"name": "shelf", "surface": "recommended", "variants": variants}
    reader = shop.signed_in("reader")
    await shop.client.post("/api/v1/experiments", json=draft, headers=shop.signed_in("staff"))

    async def known() -> bool:
        answer = await client.get("/api/v1/books/recommended", headers=reader)
        return "experiment" in answer.headers

    await becomes(known)


async def live(shop: Any, clients: list[httpx.AsyncClient], headers: dict[str, str]) -> None:
    """Everything that a reader can leave a trace by, at every worker."""
    dune, emma = (str(shop.ids[title]) for title in ("Dune", "Emma"))
    events = [
        {"id": str(new_id()), "kind": "purchase", "book_id": dune},
        {"id": str(new_id()), "kind": "search", "query": "umbrellabird"},
        {"id": str(new_id()), "kind": "page_view", "path": "/jabberwock"},
    ]
    review = {"rating": 5, "text": "Bandersnatch!"}
    consent = {"analytics": True, "version": "1"}
    one = clients[0]
    await one.post("/api/v1/events", json={"events": events}, headers=headers)
    await one.post(f"/api/v1/books/{emma}/reviews", json=review, headers=headers)
    await one.put("/api/v1/me/consent", json=consent, headers=headers)
    for client in (*clients, shop.client):
        await client.post("/api/v1/auth/login", json={"email": EMAIL, "password": "wrong"})
        await client.get("/api/v1/search?q=umbrellabird", headers=headers)
        await tried(shop, client)
        await client.get("/api/v1/books/recommended", headers=headers)
    await one.post("/api/v1/me/export", headers=headers)

    async def noted() -> bool:
        count = await shop.pool.fetchval("select count(*) from experiment_exposure")
        return bool(count == len(clients) + 1)

    await becomes(noted)

    async def exported() -> bool:
        state = (await one.get("/api/v1/me/export", headers=headers)).json()["state"]
        return bool(state == "ready")

    await becomes(exported)
    await shop.follow()


@pytest.mark.usefixtures("company")
async def test_erased_reader_is_nowhere(
    shop: Any, serving: Any, jobs: Path, tmp_path: Path
) -> None:
    clients = await serving(shop.settings, 2)
    account = {"email": EMAIL, "password": PASSWORD, "display_name": NAME}
    opened = (await clients[0].post("/api/v1/auth/register", json=account)).json()
    headers = {"authorization": f"Bearer {opened['access_token']}"}
    reader_id = UUID(opened["account"]["id"])
    readers = shop.services.for_store(None, None).readers
    await live(shop, clients, headers)
    printed = await asyncio.to_thread(bookwheel, shop.settings, "train", "--anyway")
    sought = needles(reader_id, opened["access_token"], opened["refresh_token"])
    assert {each.partition(" in ")[0] for each in await in_tables(shop.pool, sought)} >= {*WORDS}
    assert readers.knows(reader_id)
    assert (readers_of(shop, "Dune"), readers_of(shop, "Emma")) == (1, 1)

    receipt = await clients[1].request(
        "DELETE", "/api/v1/me", json={"password": PASSWORD}, headers=headers
    )
    await shop.follow()
    printed += await asyncio.to_thread(bookwheel, shop.settings, "train", "--anyway")

    assert receipt.status_code == 200
    # The chain of who did what keeps ids, which lead to nobody any more.
    assert await in_tables(shop.pool, sought) == [f"{reader_id} in public.audit_entry"]
    assert (readers_of(shop, "Dune"), readers_of(shop, "Emma")) == (0, 0)
    for client in (*clients, shop.client):

        async def refused(client: httpx.AsyncClient = client) -> bool:
            answer = await client.get("/api/v1/books/recommended", headers=headers)
            return answer.status_code == 401

        await becomes(refused)
        reviews = await client.get(f"/api/v1/books/{shop.ids['Emma']}/reviews")
        suggested = await client.get("/api/v1/search/autocomplete?q=umbrellabird")
        assert (reviews.json()["results"], suggested.json()) == ([], [])

    async def forgotten() -> bool:
        return not readers.knows(reader_id)

    await becomes(forgotten)

    async def written() -> bool:
        return all("autocomplete" in text for text in texts(tmp_path, "metrics-*.log"))

    await becomes(written)
    [lines] = texts(tmp_path, jobs.name)
    assert "privacy.export" in lines
    # The index, the models, what workers share, and the lines that every process has written.
    assert in_files(tmp_path, sought) == []
    assert [needle for needle in sought if needle.lower() in printed.lower()] == []
