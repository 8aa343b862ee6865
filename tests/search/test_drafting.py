"""Two rankings in one list: each book once, each team its best, the same on every page."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from benchmarks.synthetic import books as synthetic
from core.experiments.interleaving import NO_TEAM, team_draft
from core.kernel.ids import new_id
from core.search.drafting import Draft
from core.search.ranking import RERANKED, Weights
from core.search.request import SearchRequest
from core.search.rules import Rule, RuleBook
from core.search.service import Search

TEXT, POPULAR = Weights(1, 0, 0), Weights(0, 1, 0)
ASKED = SearchRequest(q="common", facets=(), size=100)
BOOKS = [
    replace(book, description=f"common {book.description}")
    for batch in synthetic(160, seed=21)
    for book in batch
]


@pytest.fixture
def search(index: Any) -> Search:
    made: Search = index(BOOKS)
    return made


def ids(body: bytes) -> list[str]:
    return [hit["id"] for hit in msgspec.json.decode(body)["results"]]


def drafted(search: Search, seed: int, **fields: Any) -> tuple[list[str], Draft, str]:
    draft = Draft((TEXT, POPULAR), seed)
    answer = search.search(replace(ASKED, **fields), draft=draft)
    return ids(answer.body), draft, answer.next_cursor


def test_best_books_are_drafted_by_two_rankings_and_the_rest_stands(search: Search) -> None:
    one = ids(search.search(ASKED, weights=TEXT).body)
    other = ids(search.search(ASKED, weights=POPULAR).body)
    assert one != other
    numbers = {book: number for number, book in enumerate(one)}
    best = [numbers[book] for book in one[:RERANKED]]
    liked = [numbers[book] for book in other[:RERANKED]]

    shown, draft, _ = drafted(search, 7)

    expected = team_draft(best, liked, RERANKED, seed=7)
    assert [numbers[book] for book in shown[:RERANKED]] == [item for item, _ in expected]
    assert list(draft.shown[:RERANKED]) == [team for _, team in expected]
    assert shown[RERANKED:] == one[RERANKED:]
    assert set(draft.shown[RERANKED:]) == {NO_TEAM}


def test_pages_and_cursors_go_on_in_the_same_draft(search: Search) -> None:
    whole, draft, _ = drafted(search, 3)

    first, page_one, cursor = drafted(search, 3, size=20)
    second, page_two, _ = drafted(search, 3, size=20, page=2)
    behind, by_cursor, _ = drafted(search, 3, size=20, cursor=cursor)

    assert first + second == whole[:40]
    assert behind == second
    assert page_one.shown + page_two.shown == draft.shown[:40]
    assert by_cursor.shown == b""


def test_another_seed_drafts_another_list_and_leaves_the_first_one_s_pages(search: Search) -> None:
    one, _, cursor = drafted(search, 1, size=20)
    other, _, _ = drafted(search, 2, size=20)

    behind, _, _ = drafted(search, 1, size=20, cursor=cursor)

    assert one != other
    assert behind == drafted(search, 1)[0][20:40]


@pytest.mark.parametrize("fields", [{"sort": "price"}, {"q": ""}])
def test_what_is_not_ordered_by_relevance_is_not_drafted(
    search: Search, fields: dict[str, Any]
) -> None:
    shown, draft, _ = drafted(search, 3, **fields)

    assert shown == ids(search.search(replace(ASKED, **fields)).body)
    assert draft.shown == b""


def test_where_a_rule_places_a_book_nothing_is_drafted(search: Search) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    pin = Rule(
        id=new_id(), query="common", action="pin", book_id=BOOKS[150].id, position=1,
        created_at=moment, updated_at=moment,
    )  # fmt: skip
    search.rules = lambda: RuleBook((), (pin,), 1)

    shown, draft, _ = drafted(search, 3)

    assert shown == ids(search.search(ASKED).body)
    assert draft.shown == b""


def test_queries_that_find_nothing_are_drafted_without_a_book(search: Search) -> None:
    shown, draft, _ = drafted(search, 3, q="zzqx", fuzzy="off")

    assert (shown, draft.shown) == ([], b"")
