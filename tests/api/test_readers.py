"""Histories are kept for a moment, and their absence is no failure."""

import asyncio
from uuid import UUID

import numpy as np

from api.readers import Readers
from core.kernel.errors import Unavailable
from core.kernel.ids import new_id
from core.recommendations.history import NOTHING, History

ANNE = new_id()
SOMETHING = History(np.array([[1, 2]], np.uint64), np.ones(1, np.float32), np.ones(1, np.bool_))


class Database:
    def __init__(self) -> None:
        self.asked = 0
        self.away = False

    async def load(self, reader_id: UUID) -> History:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("refused")
        return SOMETHING


async def test_those_who_ask_at_once_share_one_question() -> None:
    database = Database()
    readers = Readers(database.load)

    found = await asyncio.gather(*(readers.history(ANNE) for _ in range(10)))

    assert database.asked == 1
    assert all(history is SOMETHING for history in found)


async def test_history_is_not_asked_for_again_at_once() -> None:
    database = Database()
    readers = Readers(database.load, kept_seconds=300)
    await readers.history(ANNE)

    await readers.history(ANNE)

    assert database.asked == 1


async def test_unknown_history_is_empty_while_the_database_is_away() -> None:
    database = Database()
    database.away = True

    assert await Readers(database.load).history(ANNE) is NOTHING


async def test_known_history_serves_while_the_database_is_away() -> None:
    database = Database()
    readers = Readers(database.load, kept_seconds=0)
    await readers.history(ANNE)

    database.away = True

    assert await readers.history(ANNE) is SOMETHING
    assert database.asked == 2


class Versions:
    def __init__(self) -> None:
        self.number = 0

    def of(self, reader_id: UUID) -> int:
        return self.number

    def changed(self, reader_id: UUID) -> None:
        self.number += 1


async def test_changed_reader_is_asked_for_anew() -> None:
    database = Database()
    readers = Readers(database.load, kept_seconds=300, versions=Versions())
    await readers.history(ANNE)

    readers.changed(ANNE)
    await readers.history(ANNE)
    await readers.history(ANNE)

    assert database.asked == 2


async def test_change_while_rows_are_on_their_way_is_not_missed() -> None:
    database = Database()
    readers = Readers(database.load, kept_seconds=300, versions=Versions())
    early = asyncio.create_task(readers.history(ANNE))
    await asyncio.sleep(0)

    readers.changed(ANNE)
    await readers.history(ANNE)
    await early

    await readers.history(ANNE)
    assert database.asked in (2, 3)
    asked = database.asked
    await readers.history(ANNE)
    assert database.asked == asked
