"""Rules of the staff: pinned, buried and hidden books, on any page and with any filter."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.kernel.ids import new_id
from core.search.merchandising import slots
from core.search.ranking import Weights
from core.search.request import SearchRequest, parse
from core.search.rules import Action, QueryMatch, Rule, RuleBook
from core.search.service import Search

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


def rule(
    query: str,
    action: Action,
    book_id: UUID,
    position: int | None = None,
    match: QueryMatch = "exact",
) -> Rule:
    return Rule(
        id=new_id(),
        query=query,
        match=match,
        action=action,
        book_id=book_id,
        position=position,
        created_at=MOMENT,
        updated_at=MOMENT,
    )


def told(search: Search, *rules: Rule) -> Search:
    """The same index, searched by these rules."""
    book = RuleBook((), rules)
    return Search(search.views, weights=Weights(), secret=b"test", rules=lambda: book)


def answer(search: Search, **fields: Any) -> dict[str, Any]:
    pairs = [(name, str(value)) for name, value in fields.items()]
    found: dict[str, Any] = json.loads(search.search(parse(pairs, SearchRequest)).body)
    return found


def titles(search: Search, **fields: Any) -> list[str]:
    return [hit["title"] for hit in answer(search, **fields)["results"]]


@pytest.fixture
def ids() -> dict[str, UUID]:
    return {}


@pytest.fixture
def shop(index: Any, make: Any, ids: dict[str, UUID]) -> Search:
    """Thirty books about trees, ever less popular, and one about stones."""
    books = [
        make(
            f"Trees {name}",
            categories=("Even" if number % 2 == 0 else "Odd",),
            rating=4.0,
            reviews=3000 - 100 * number,
            price=100 * number + 100,
            stock=number % 3,
        )
        for number, name in enumerate(NAMES)
    ]
    books.append(make("Stones", categories=("Even",), price=50))
    ids.update({book.title: book.id for book in books})
    searched: Search = index(books)
    return searched


NAMES = [f"{tens}{ones}" for tens in "abc" for ones in "abcdefghij"]


def test_a_pinned_book_takes_its_place(shop: Search, ids: dict[str, UUID]) -> None:
    plain = titles(shop, q="trees")

    pinned = titles(told(shop, rule("Trees", "pin", ids["Trees ch"], 2)), q="trees")

    assert pinned == [plain[0], "Trees ch", *plain[1:19]]


def test_a_pinned_book_need_not_hold_the_words(shop: Search, ids: dict[str, UUID]) -> None:
    search = told(shop, rule("trees", "pin", ids["Stones"], 1))

    found = answer(search, q="trees", explain="true")

    assert found["results"][0]["title"] == "Stones"
    assert found["count"] == 31
    assert sum(each["count"] for each in found["facets"]["categories"]) == 31


def test_a_hidden_book_leaves_count_and_facets(shop: Search, ids: dict[str, UUID]) -> None:
    search = told(shop, rule("trees", "hide", ids["Trees aa"]))

    for sort in ("relevance", "price", "popular"):
        found = answer(search, q="trees", sort=sort, size=100)
        assert found["count"] == len(found["results"]) == 29
        assert "Trees aa" not in [hit["title"] for hit in found["results"]]
        assert sum(each["count"] for each in found["facets"]["categories"]) == 29


def test_a_buried_book_comes_last_on_any_page(shop: Search, ids: dict[str, UUID]) -> None:
    search = told(shop, rule("trees", "bury", ids["Trees aa"]))

    assert "Trees aa" not in titles(search, q="trees", size=29)
    assert titles(search, q="trees", size=10, page=3)[-1] == "Trees aa"


def test_a_pinned_book_that_a_filter_excludes_is_not_shown(
    shop: Search, ids: dict[str, UUID]
) -> None:
    search = told(shop, rule("trees", "pin", ids["Trees ab"], 1))

    assert titles(search, q="trees")[0] == "Trees ab"
    assert titles(search, q="trees", category="Even") == titles(shop, q="trees", category="Even")


def test_a_rule_for_the_exact_query_meets_no_other(shop: Search, ids: dict[str, UUID]) -> None:
    search = told(shop, rule("trees", "hide", ids["Trees aa"]))

    assert titles(search, q="trees aa")[0] == "Trees aa"
    assert titles(search, q="TREES!")[0] == "Trees ab"


def test_a_rule_for_words_meets_every_query_that_holds_them(
    shop: Search, ids: dict[str, UUID]
) -> None:
    search = told(shop, rule("aa trees", "hide", ids["Trees aa"], match="words"))

    assert "Trees aa" not in titles(search, q="big trees by aa")
    assert "Trees aa" in titles(search, q="trees", size=100)


def test_hiding_goes_before_pinning(shop: Search, ids: dict[str, UUID]) -> None:
    search = told(
        shop,
        rule("trees", "pin", ids["Trees cc"], 1),
        rule("trees", "hide", ids["Trees cc"], match="words"),
    )

    assert "Trees cc" not in titles(search, q="trees", size=100)


def test_rules_for_books_that_are_gone_do_nothing(shop: Search) -> None:
    search = told(shop, rule("trees", "pin", new_id(), 1), rule("trees", "hide", new_id()))

    assert titles(search, q="trees") == titles(shop, q="trees")


actions = st.lists(
    st.tuples(
        st.sampled_from(("pin", "bury", "hide")),
        st.sampled_from([*(f"Trees {name}" for name in NAMES), "Stones"]),
        st.integers(1, 40),
    ),
    max_size=6,
    unique_by=lambda each: each[1],
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    actions=actions,
    size=st.integers(1, 12),
    filters=st.sampled_from(({}, {"category": "Even"}, {"in_stock": "true"}, {"price_max": "9"})),
)
def test_pages_join_to_the_order_that_the_rules_ask_for(
    shop: Search,
    ids: dict[str, UUID],
    actions: list[tuple[Action, str, int]],
    size: int,
    filters: dict[str, str],
) -> None:
    search = told(
        shop,
        *(
            rule("trees", action, ids[title], place if action == "pin" else None)
            for action, title, place in actions
        ),
    )
    by = {wanted: [title for action, title, _ in actions if action == wanted]
          for wanted in ("pin", "bury", "hide")}  # fmt: skip
    plain = titles(shop, q="trees", size=100, **filters)
    passing = set(titles(shop, size=100, **filters))

    pages, page, cursor = [], 1, None
    while True:
        place = {"cursor": cursor} if cursor else {"page": page}
        found = answer(search, q="trees", size=size, **place, **filters)
        pages += [hit["title"] for hit in found["results"]]
        page, cursor = page + 1, found["next_cursor"]
        if not cursor:
            break

    rest = [title for title in plain if title not in by["pin"] + by["bury"] + by["hide"]]
    sunk = [title for title in plain if title in by["bury"]]
    assert found["count"] == len(pages) == len(set(pages))
    assert [title for title in pages if title not in by["pin"]] == rest + sunk
    assert {title for title in pages if title in by["pin"]} == passing.intersection(by["pin"])
    lone = [(title, place) for action, title, place in actions if action == "pin"]
    if len(lone) == 1 and lone[0][0] in passing:
        assert pages.index(lone[0][0]) == min(lone[0][1], len(pages)) - 1


@given(places=st.lists(st.integers(1, 50), max_size=8), more=st.integers(0, 30))
def test_pins_never_share_a_place(places: list[int], more: int) -> None:
    pins = [rule("x", "pin", new_id(), place) for place in sorted(places)]

    taken = slots(pins, len(pins) + more)

    assert len(set(taken)) == len(taken)
    assert taken == sorted(taken)
    assert all(0 <= place < len(pins) + more for place in taken)
