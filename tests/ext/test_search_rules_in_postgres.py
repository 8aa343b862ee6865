"""Synonyms and rules in PostgreSQL, and how workers come to know them."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from core.catalogue.book import Book
from core.catalogue.draft import BookDraft
from core.kernel.errors import Invalid, Unavailable
from core.kernel.ids import new_id
from core.search.rules import (
    DuplicateRule,
    RuleChanged,
    RuleDraft,
    RuleNotFound,
    SynonymDraft,
)
from core.stores.store import Store
from ext.postgres.books import BookRepository
from ext.postgres.pool import open_pool
from ext.postgres.rule_books import RuleBooks
from ext.postgres.search_rules import rule_rows, synonym_rows
from ext.postgres.stores import create_store


@pytest.fixture
async def emma(pool: asyncpg.Pool, store: Store) -> Book:
    return (await BookRepository(pool).create(store, BookDraft(title="Emma", price="5"))).book


async def test_a_change_is_seen_at_the_next_look(
    pool: asyncpg.Pool, store: Store, tmp_path: Path
) -> None:
    books = RuleBooks(pool, tmp_path / "rules.json")
    await books.refresh()
    made = await synonym_rows(pool).create(store, SynonymDraft(("tv", "television")))

    changed = await books.refresh()

    assert changed
    assert [each.targets for each in books.of(store.id).meanings_in(["tv"])] == [(("television",),)]
    assert not await books.refresh()
    await synonym_rows(pool).delete(store, made.id, made.version)
    assert await books.refresh()
    assert not books.of(store.id)


async def test_rules_stay_while_the_database_is_away(
    pool: asyncpg.Pool, store: Store, emma: Book, tmp_path: Path
) -> None:
    draft = RuleDraft(query="emma", action="hide", book_id=emma.id)
    rule = await rule_rows(pool).create(store, draft)
    await RuleBooks(pool, tmp_path / "rules.json").refresh()
    away = await open_pool("postgresql://nobody@127.0.0.1:9/none")

    books = RuleBooks(away, tmp_path / "rules.json")

    with pytest.raises(Unavailable):
        await books.refresh()
    assert books.of(store.id).rules_for(["emma"]) == [rule]


async def test_stores_do_not_see_one_anothers_rules(
    pool: asyncpg.Pool, store: Store, emma: Book, tmp_path: Path
) -> None:
    other = await create_store(pool, slug="other", name="Other", currency="EUR")
    rule = await rule_rows(pool).create(
        store, RuleDraft(query="emma", action="pin", book_id=emma.id, position=1)
    )

    books = RuleBooks(pool, tmp_path / "rules.json")
    await books.refresh()

    assert not books.of(other.id)
    with pytest.raises(RuleNotFound):
        await rule_rows(pool).get(other, rule.id)
    with pytest.raises(Invalid, match="book_id"):
        await rule_rows(pool).create(other, RuleDraft(query="emma", action="hide", book_id=emma.id))


async def test_a_change_of_another_version_is_refused(
    pool: asyncpg.Pool, store: Store, emma: Book
) -> None:
    rows = rule_rows(pool)
    draft = RuleDraft(query="Emma", action="pin", book_id=emma.id, position=1)
    rule = await rows.create(store, draft)
    moved = RuleDraft(query="Emma", action="pin", book_id=emma.id, position=3)

    changed = await rows.replace(store, rule.id, moved, rule.version)

    assert (changed.position, changed.version) == (3, 2)
    with pytest.raises(RuleChanged, match="version 2, not 1"):
        await rows.replace(store, rule.id, draft, 1)
    with pytest.raises(RuleChanged):
        await rows.delete(store, rule.id, 1)


async def test_one_book_has_one_rule_for_a_query(
    pool: asyncpg.Pool, store: Store, emma: Book
) -> None:
    rows = rule_rows(pool)
    await rows.create(store, RuleDraft(query="Jane Austen", action="hide", book_id=emma.id))
    twice = [
        rows.create(store, RuleDraft(query="jane  AUSTEN", action="bury", book_id=emma.id))
        for _ in range(3)
    ]

    refused = await asyncio.gather(*twice, return_exceptions=True)

    assert [type(each) for each in refused] == [DuplicateRule] * 3
    other_words = RuleDraft(query="austen jane", action="bury", book_id=emma.id)
    assert (await rows.create(store, other_words)).action == "bury"


async def test_rules_go_with_their_book(pool: asyncpg.Pool, store: Store, emma: Book) -> None:
    await rule_rows(pool).create(store, RuleDraft(query="x", action="hide", book_id=emma.id))

    await BookRepository(pool).delete(store, emma.id, emma.version)

    assert (await rule_rows(pool).page(store)).count == 0


@pytest.mark.parametrize(
    ("draft", "pointer"),
    [
        (SynonymDraft(("tv",)), "/terms"),
        (SynonymDraft(("tv", "TV")), "/terms/1"),
        (SynonymDraft(("tv",), ("Tv",)), "/targets/0"),
        (SynonymDraft(("tv", " ")), "/terms/1"),
        (SynonymDraft(("tv", "a b c d e f g")), "/terms/1"),
        (SynonymDraft(("tv", "x\0")), "/terms/1"),
        (SynonymDraft(tuple("abcdefghi")), "/terms"),
    ],
)
async def test_a_set_that_says_nothing_is_refused(
    pool: asyncpg.Pool, store: Store, draft: SynonymDraft, pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await synonym_rows(pool).create(store, draft)

    assert pointer in [fault.pointer for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"query": "!", "action": "hide"}, "/query"),
        ({"query": "x", "action": "pin"}, "/position"),
        ({"query": "x", "action": "pin", "position": 101}, "/position"),
        ({"query": "x", "action": "bury", "position": 1}, "/position"),
        ({"query": "x", "action": "hide"}, "/book_id"),
    ],
)
async def test_a_rule_that_cannot_hold_is_refused(
    pool: asyncpg.Pool, store: Store, fields: dict[str, object], pointer: str
) -> None:
    draft = RuleDraft(**{"book_id": new_id(), **fields})  # type: ignore[arg-type]

    with pytest.raises(Invalid) as refused:
        await rule_rows(pool).create(store, draft)

    assert [fault.pointer for fault in refused.value.faults] == [pointer]
