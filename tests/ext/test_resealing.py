"""Keys of sealed fields change while others read and write them (ASVS v5.0.0 11.1.1, 11.2.2)."""

import asyncio
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from msgspec import Struct

from core.kernel.ids import new_id
from core.privacy.sealing import Place
from ext.field_encryption import FieldKeys, rotate
from ext.postgres.resealing import NoPlainKey, prefixes_in_use, reseal, sealed_columns

ROWS = 300


class Notes(Struct):
    """A table of sealed texts; written: what each row holds."""

    pool: asyncpg.Pool
    written: dict[UUID, bytes]

    async def write(self, keys: FieldKeys, row: UUID, text: bytes) -> None:
        sealed = keys.seal(text, place(row))
        async with self.pool.acquire() as connection:
            await connection.execute(
                """insert into note (id, text_sealed) values ($1, $2)
                   on conflict (id) do update set text_sealed = excluded.text_sealed""",
                row,
                sealed,
            )
        self.written[row] = text

    async def read(self, keys: FieldKeys, row: UUID) -> bytes:
        async with self.pool.acquire() as connection:
            sealed = await connection.fetchval("select text_sealed from note where id = $1", row)
        return keys.open(sealed, place(row))

    async def stale(self, keys: FieldKeys) -> int:
        prefix = keys.current_prefix()
        async with self.pool.acquire() as connection:
            rows = await connection.fetch("select text_sealed from note")
        return sum(not row[0].startswith(prefix) for row in rows)


def place(row: UUID) -> Place:
    return Place("note", "text_sealed", row)


def unheard(stage: str, share: float) -> None: ...


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "fields.key"


@pytest.fixture
async def notes(pool: asyncpg.Pool, file: Path) -> Notes:
    async with pool.acquire() as connection:
        await connection.execute("create table note (id uuid primary key, text_sealed bytea)")
    made = Notes(pool, {})
    keys = FieldKeys(file)
    for number in range(ROWS):
        await made.write(keys, new_id(), b"note %d" % number)
    return made


async def test_every_value_is_sealed_anew_and_progress_is_told(notes: Notes, file: Path) -> None:
    keys = FieldKeys(file)
    rotate(file)
    heard: list[tuple[str, float]] = []

    resealed = await reseal(notes.pool, keys, lambda *told: heard.append(told), batch=100)

    assert (resealed.done, resealed.unreadable) == (ROWS, ())
    assert heard[:3] == [("note.text_sealed", share / 3) for share in (1, 2, 3)]
    assert await notes.stale(keys) == 0
    assert {row: await notes.read(keys, row) for row in notes.written} == notes.written
    assert await prefixes_in_use(notes.pool, 5) == {keys.current_prefix()}


async def test_three_rotations_under_load_fail_no_read_and_lose_no_write(
    notes: Notes, file: Path
) -> None:
    done = asyncio.Event()
    rows = list(notes.written)
    counted = {"reads": 0, "writes": 0}

    async def reading(part: int) -> None:
        keys = FieldKeys(file)  # as another process has them
        while not done.is_set():
            for row in rows[part::4]:
                assert (await notes.read(keys, row)).startswith(b"note")
                counted["reads"] += 1

    async def writing(part: int) -> None:
        keys = FieldKeys(file)
        while not done.is_set():
            for row in rows[part::4]:
                await notes.write(keys, row, b"note changed %d" % counted["writes"])
                counted["writes"] += 1

    async def rotating() -> None:
        for _ in range(3):
            rotate(file)
            resealed = await reseal(notes.pool, FieldKeys(file), unheard, batch=20)
            assert resealed.unreadable == ()
        done.set()

    async with asyncio.TaskGroup() as group:
        for part in range(2):
            group.create_task(reading(part))
            group.create_task(writing(part))
        group.create_task(rotating())

    keys = FieldKeys(file)
    assert counted["reads"] > ROWS
    assert counted["writes"] > ROWS
    assert {row: await notes.read(keys, row) for row in rows} == notes.written
    assert (await reseal(notes.pool, keys, unheard)).done == 0
    assert await notes.stale(keys) == 0


async def test_value_that_no_key_opens_is_told_and_the_others_are_done(
    notes: Notes, file: Path, tmp_path: Path
) -> None:
    lost = list(notes.written)[7]
    await notes.write(FieldKeys(tmp_path / "lost" / "fields.key"), lost, b"unreadable")
    rotate(file)

    resealed = await reseal(notes.pool, FieldKeys(file), unheard)

    assert (resealed.done, resealed.unreadable) == (ROWS - 1, (place(lost),))


async def test_every_sealed_column_of_the_schema_can_be_resealed(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        for column in await sealed_columns(connection):
            assert column.key
        await connection.execute(
            "create table pair (a int, b int, text_sealed bytea, primary key (a, b))"
        )
        with pytest.raises(NoPlainKey, match="pair"):
            await sealed_columns(connection)


async def test_command_rotates_the_key_of_fields_and_seals_them_anew(
    notes: Notes, file: Path, tmp_path: Path, database_url: str
) -> None:
    keys = FieldKeys(file)
    [old] = keys.ids()

    def bookwheel(*arguments: str) -> str:
        main = [sys.executable, "-m", "api.cli", "keys", *arguments, "--data-dir", str(tmp_path)]
        command = [*main, "--database-url", database_url]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    told = await asyncio.to_thread(bookwheel, "rotate", "--fields")
    again = await asyncio.to_thread(bookwheel, "reseal")
    forgotten = await asyncio.to_thread(bookwheel, "forget")

    assert keys.ids()[1:] == [old]
    assert f"key {keys.ids()[0]} " in told
    assert f"{ROWS} fields sealed anew" in told
    assert "0 fields sealed anew" in again
    assert forgotten == "no key can be forgotten yet\n"
    assert await notes.stale(keys) == 0
