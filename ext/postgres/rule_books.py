"""The rules and popular queries that a worker serves by: looked at often, read when their version
changed, kept."""

import asyncio
import contextlib
import os
from pathlib import Path
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from core.search.popular_queries import NO_QUERIES, PopularQueries, PopularQuery
from core.search.rules import NO_RULES, Rule, RuleBook, SynonymSet
from ext.postgres.pool import read, transaction_of
from ext.postgres.popular_queries import popular_of
from ext.postgres.search_rules import rule_rows, synonym_rows


class Kept(Struct, frozen=True):
    """One store's, as they are remembered between two lives of a worker."""

    version: int
    synonyms: tuple[SynonymSet, ...]
    rules: tuple[Rule, ...]
    popular: tuple[PopularQuery, ...] = ()


_kept = msgspec.json.Decoder(dict[str, Kept])


class RuleBooks:
    """Every store's rules as last seen; while the database is away they stay.

    remembered: a file with them, for a worker that starts while the database is away.
    """

    def __init__(self, pool: asyncpg.Pool, remembered: Path) -> None:
        self._pool = pool
        self._remembered = remembered
        self._synonyms, self._rules = synonym_rows(pool), rule_rows(pool)
        self._kept: dict[UUID, Kept] = {}
        self._books: dict[UUID, RuleBook] = {}
        self._popular: dict[UUID, PopularQueries] = {}
        self._looking = asyncio.Lock()
        self._recall()

    def of(self, store_id: UUID) -> RuleBook:
        return self._books.get(store_id, NO_RULES)

    def popular_of(self, store_id: UUID) -> PopularQueries:
        return self._popular.get(store_id, NO_QUERIES)

    async def refresh(self) -> bool:
        """Look for changes, and take them; whether there were any. Raises DatabaseUnavailable."""
        async with self._looking:
            versions = await read(self._pool, _versions)
            changed = [
                store_id
                for store_id, version in versions.items()
                if store_id not in self._kept or self._kept[store_id].version != version
            ]
            if not changed:
                return False
            for store_id, kept in (await self._load(changed)).items():
                self._take(store_id, kept)
            await asyncio.to_thread(self._remember)
            return True

    async def _load(self, store_ids: list[UUID]) -> dict[UUID, Kept]:
        # One snapshot: a version never comes with the rules of another.
        async with transaction_of(self._pool, "repeatable_read") as connection:
            versions = await _versions(connection)
            return {
                store_id: Kept(
                    versions.get(store_id, 0),
                    tuple(await self._synonyms.every(connection, store_id)),
                    tuple(await self._rules.every(connection, store_id)),
                    tuple(await popular_of(connection, store_id)),
                )
                for store_id in store_ids
            }

    def _take(self, store_id: UUID, kept: Kept) -> None:
        self._kept[store_id] = kept
        self._books[store_id] = RuleBook(kept.synonyms, kept.rules, kept.version)
        self._popular[store_id] = PopularQueries(kept.popular)

    def _recall(self) -> None:
        with contextlib.suppress(OSError, msgspec.DecodeError, ValueError):
            for store_id, kept in _kept.decode(self._remembered.read_bytes()).items():
                self._take(UUID(store_id), kept)

    def _remember(self) -> None:
        draft = self._remembered.with_suffix(f".{os.getpid()}")
        kept = {str(store_id): kept for store_id, kept in self._kept.items()}
        with contextlib.suppress(OSError):  # a full disk must not stop the reads
            self._remembered.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(msgspec.json.encode(kept))
            draft.replace(self._remembered)


async def _versions(connection: asyncpg.Connection) -> dict[UUID, int]:
    rows = await connection.fetch("select store_id, version from search_rules_version")
    return {row["store_id"]: row["version"] for row in rows}
