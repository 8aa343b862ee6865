"""Piccolo on a connection that the caller has opened: no connecting at import, no hidden pool."""

import contextlib
import os
from collections.abc import AsyncIterator, Sequence
from contextvars import ContextVar
from typing import Any

import asyncpg
from piccolo.engine import engine_finder
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

CONF = "ext.postgres.piccolo_conf"

_bound: ContextVar[asyncpg.Connection | None] = ContextVar("piccolo_connection", default=None)


@contextlib.asynccontextmanager
async def piccolo_on(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Run the Piccolo queries of this task, and of no other, on `connection`.

    Do not gather() within: PostgreSQL speaks to one query at a time on a connection.
    """
    # Piccolo finds its engine by this variable alone.
    os.environ.setdefault("PICCOLO_CONF", CONF)
    token = _bound.set(connection)
    try:
        yield
    finally:
        _bound.reset(token)


class BoundTransaction(PostgresTransaction):
    """Begins on the bound connection and gives it back open, whatever COMMIT answers."""

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> bool:
        if self._parent is not None:
            return False
        try:
            if error is not None:
                if not self._rolled_back:
                    await self.transaction.rollback()
            elif not self._committed and not self._rolled_back:
                await self.transaction.commit()
        finally:
            self.engine.current_transaction.reset(self.context)
            if self.connection is not _bound.get():
                await self.connection.close()
        return False


class BoundEngine(PostgresEngine):
    """Connects to BOOKWHEEL_DATABASE_URL where nothing is bound: for the `piccolo` command."""

    def __init__(self) -> None:
        super().__init__(config={"database": "bookwheel"})

    async def check_version(self) -> None:
        """Piccolo would connect here, at import."""

    async def prep_database(self) -> None:
        """No extension is needed."""

    async def get_new_connection(self) -> asyncpg.Connection:
        bound = _bound.get()
        if bound is not None:
            return bound
        return await asyncpg.connect(os.environ.get("BOOKWHEEL_DATABASE_URL"))

    def transaction(self, allow_nested: bool = True) -> BoundTransaction:
        return BoundTransaction(self, allow_nested)

    async def _run_in_new_connection(
        self, query: str, args: Sequence[Any] | None = None
    ) -> list[asyncpg.Record]:
        connection = await self.get_new_connection()
        try:
            return list(await connection.fetch(query, *(args or ())))
        finally:
            if connection is not _bound.get():
                await connection.close()


@contextlib.asynccontextmanager
async def piccolo_transaction() -> AsyncIterator[None]:
    """A transaction on the connection of `piccolo_on`."""
    async with _engine().transaction():
        yield


async def run_script(sql: str) -> None:
    """Run statements one after the other in the transaction that a migration stands in."""
    transaction = _engine().current_transaction.get()
    if transaction is None:
        raise RuntimeError("a script runs inside a migration's transaction only")
    await transaction.connection.execute(sql)


def _engine() -> BoundEngine:
    engine = engine_finder(CONF)
    if not isinstance(engine, BoundEngine):
        raise TypeError(f"{CONF} holds {engine!r}, not our engine")
    return engine
