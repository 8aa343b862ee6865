"""Synonyms and rules of search as staff keep them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar
from uuid import UUID

import asyncpg
from msgspec import Struct
from msgspec.structs import asdict

from core.catalogue.book import BookNotFound
from core.kernel.errors import Fault, Invalid
from core.kernel.ids import new_id
from core.search.rules import (
    DuplicateRule,
    Rule,
    RuleChanged,
    RuleDraft,
    RuleNotFound,
    RulePage,
    SynonymDraft,
    SynonymSet,
    TooManyRules,
    accepted_rule,
    accepted_synonyms,
    query_key,
)
from core.stores.store import Store
from ext.postgres.audit import record
from ext.postgres.pool import read, transaction_of

Draft = TypeVar("Draft")
Entry = TypeVar("Entry", bound=SynonymSet | Rule)
Check = Callable[[asyncpg.Connection, Store, Draft, UUID], Awaitable[None]]

MOST_KEPT = 5_000
"""Synonym sets, and rules, that a store may have: every worker holds them all in memory."""


class Kind(Struct, Generic[Draft, Entry], frozen=True):
    """What tells synonyms from rules.

    accepted: the draft as it will be stored, raises Invalid. values: by column. check: raises
    what the draft may not be beside the store's other rows.
    """

    table: str
    noun: str
    columns: tuple[str, ...]
    accepted: Callable[[Draft], Draft]
    values: Callable[[Draft], Mapping[str, Any]]
    entry: Callable[[Mapping[str, Any]], Entry]
    check: Check[Draft]


class RuleRows(Generic[Draft, Entry]):
    """The rows of one kind. Every write counts the store's version up in its transaction."""

    def __init__(self, pool: asyncpg.Pool, kind: Kind[Draft, Entry]) -> None:
        self._pool = pool
        self._kind = kind
        fields = ", ".join(("id", *kind.columns, "version", "created_at", "updated_at"))
        self._select = f"select {fields} from {kind.table}"

    async def page(self, store: Store, *, page: int = 1, size: int = 20) -> RulePage[Entry]:
        """Newest first, page counted from 1."""

        async def work(connection: asyncpg.Connection) -> RulePage[Entry]:
            count = await connection.fetchval(
                f"select count(*) from {self._kind.table} where store_id = $1", store.id
            )
            rows = await connection.fetch(
                f"{self._select} where store_id = $1 order by id desc limit $2 offset $3",
                store.id,
                size,
                (page - 1) * size,
            )
            return RulePage(tuple(map(self._kind.entry, rows)), count)

        return await read(self._pool, work)

    async def get(self, store: Store, entry_id: UUID) -> Entry:
        """Raises RuleNotFound."""
        return await read(self._pool, lambda connection: self._one(connection, store, entry_id))

    async def create(self, store: Store, draft: Draft) -> Entry:
        """Raises Invalid, DuplicateRule, TooManyRules."""
        draft, entry_id = self._kind.accepted(draft), new_id()
        async with transaction_of(self._pool) as connection:
            await count_up(connection, store)
            kept = await connection.fetchval(
                f"select count(*) from {self._kind.table} where store_id = $1", store.id
            )
            if kept >= MOST_KEPT:
                raise TooManyRules(
                    f"the store has {kept} {self._kind.noun}s already", remedy="remove one first"
                )
            await self._kind.check(connection, store, draft, entry_id)
            values = self._kind.values(draft)
            await connection.execute(
                f"insert into {self._kind.table} (id, store_id, {', '.join(values)})"
                f" values ($1, $2, {_marks(len(values))})",
                entry_id,
                store.id,
                *values.values(),
            )
            made = await self._one(connection, store, entry_id)
            await record(connection, store.id, f"{self._kind.table}.create", entry_id)
            return made

    async def replace(self, store: Store, entry_id: UUID, draft: Draft, version: int) -> Entry:
        """Raises Invalid, RuleNotFound, RuleChanged for another version, DuplicateRule."""
        draft = self._kind.accepted(draft)
        async with transaction_of(self._pool) as connection:
            await count_up(connection, store)
            await self._expect(connection, store, entry_id, version)
            await self._kind.check(connection, store, draft, entry_id)
            values = self._kind.values(draft)
            await connection.execute(
                f"update {self._kind.table} set ({', '.join(values)}, version, updated_at)"
                f" = ({_marks(len(values))}, version + 1, now()) where id = $1 and store_id = $2",
                entry_id,
                store.id,
                *values.values(),
            )
            made = await self._one(connection, store, entry_id)
            action = f"{self._kind.table}.replace"
            await record(connection, store.id, action, entry_id, version=version)
            return made

    async def delete(self, store: Store, entry_id: UUID, version: int) -> None:
        """Raises RuleNotFound, RuleChanged."""
        async with transaction_of(self._pool) as connection:
            await count_up(connection, store)
            await self._expect(connection, store, entry_id, version)
            await connection.execute(
                f"delete from {self._kind.table} where store_id = $1 and id = $2",
                store.id,
                entry_id,
            )
            action = f"{self._kind.table}.delete"
            await record(connection, store.id, action, entry_id, version=version)

    async def every(self, connection: asyncpg.Connection, store_id: UUID) -> list[Entry]:
        """All of a store's, oldest first."""
        rows = await connection.fetch(f"{self._select} where store_id = $1 order by id", store_id)
        return list(map(self._kind.entry, rows))

    async def _expect(
        self, connection: asyncpg.Connection, store: Store, entry_id: UUID, version: int
    ) -> None:
        current = (await self._one(connection, store, entry_id)).version
        if current != version:
            raise RuleChanged(
                f"the {self._kind.noun} is at version {current}, not {version}",
                remedy="read it again and retry",
            )

    async def _one(self, connection: asyncpg.Connection, store: Store, entry_id: UUID) -> Entry:
        row = await connection.fetchrow(
            f"{self._select} where id = $1 and store_id = $2", entry_id, store.id
        )
        if row is None:
            raise RuleNotFound(f"no {self._kind.noun} has the id {entry_id}")
        return self._kind.entry(row)


def synonym_rows(pool: asyncpg.Pool) -> RuleRows[SynonymDraft, SynonymSet]:
    return RuleRows(pool, SYNONYMS)


def rule_rows(pool: asyncpg.Pool) -> RuleRows[RuleDraft, Rule]:
    return RuleRows(pool, RULES)


def _synonyms(row: Mapping[str, Any]) -> SynonymSet:
    phrases = {"terms": tuple(row["terms"]), "targets": tuple(row["targets"])}
    return SynonymSet(**dict(row) | phrases)


def _rule_values(draft: RuleDraft) -> Mapping[str, Any]:
    return {**asdict(draft), "query_key": query_key(draft.query, draft.match)}


async def _anything(
    connection: asyncpg.Connection, store: Store, draft: SynonymDraft, entry_id: UUID
) -> None:
    """Sets may overlap: a word then means all that any of them says."""


async def _one_for_a_book(
    connection: asyncpg.Connection, store: Store, draft: RuleDraft, entry_id: UUID
) -> None:
    known = await connection.fetchval(
        "select exists (select from book where id = $1 and store_id = $2)",
        draft.book_id,
        store.id,
    )
    if not known:
        fault = Fault("/book_id", f"no book has the id {draft.book_id}")
        raise Invalid("cannot keep the rule: see /book_id", faults=(fault,))
    # No other writer of the store is under way: see `count_up`.
    other = await connection.fetchval(
        "select id from search_rule where store_id = $1 and query_key = $2 and match = $3"
        " and book_id = $4 and id <> $5",
        store.id,
        query_key(draft.query, draft.match),
        draft.match,
        draft.book_id,
        entry_id,
    )
    if other is not None:
        raise DuplicateRule(
            f"the rule {other} says where this book goes for {draft.query!r}",
            remedy="change that one",
        )


SYNONYMS = Kind(
    "synonym_set",
    "synonym set",
    ("terms", "targets"),
    accepted_synonyms,
    asdict,
    _synonyms,
    _anything,
)
RULES = Kind(
    "search_rule",
    "rule",
    ("query", "match", "action", "book_id", "position"),
    accepted_rule,
    _rule_values,
    lambda row: Rule(**dict(row)),
    _one_for_a_book,
)


async def title_and_status(pool: asyncpg.Pool, store: Store, book_id: UUID) -> tuple[str, str]:
    """Of any book of the store, hidden ones too. Raises BookNotFound."""

    async def work(connection: asyncpg.Connection) -> tuple[str, str]:
        row = await connection.fetchrow(
            "select title, status from book where id = $1 and store_id = $2", book_id, store.id
        )
        if row is None:
            raise BookNotFound(f"no book has the id {book_id}")
        return row["title"], row["status"]

    return await read(pool, work)


async def count_up(connection: asyncpg.Connection, store: Store) -> None:
    """Count the store's version up; its row lock makes the store's writers wait for one another."""
    await connection.execute(
        """insert into search_rules_version as kept (store_id, version) values ($1, 1)
           on conflict (store_id) do update set version = kept.version + 1""",
        store.id,
    )


def _marks(count: int) -> str:
    """$3, $4, … for count values behind the first two."""
    return ", ".join(f"${i + 3}" for i in range(count))
