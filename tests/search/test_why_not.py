"""The reason named is the true one: without it the book is there, and its place is the one told."""

import json
import random
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from core.catalogue.book import BookNotFound
from core.kernel.ids import new_id
from core.search.ranking import Weights
from core.search.request import SearchRequest, parse
from core.search.rules import Rule, RuleBook
from core.search.service import Search
from core.search.why_not import Verdict, why_not

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = "garden river winter stone glass letters island silver harbour fox".split()
SUBJECTS = ("Drama", "Poetry", "Nature")


def asked(**fields: Any) -> SearchRequest:
    return parse([(name, str(value)) for name, value in fields.items()], SearchRequest)


def order(search: Search, request: SearchRequest) -> list[UUID]:
    """Every book of the answer, over all its pages."""
    found: list[UUID] = []
    for page in range(1, 100):
        answer = json.loads(search.search(replace(request, page=page, size=7)).body)
        found += [UUID(hit["id"]) for hit in answer["results"]]
        if len(answer["results"]) < 7:
            return found
    raise AssertionError("the answer has no end")


@pytest.fixture
def books(make: Any) -> list[Any]:
    drawn = random.Random(3)
    return [
        make(
            " ".join(drawn.sample(WORDS, drawn.randint(1, 3))).title(),
            f"{drawn.choice('ABCD')} Writer",
            categories=(drawn.choice(SUBJECTS),),
            price=drawn.randint(3, 30) * 100,
            rating=drawn.choice((0.0, 2.5, 4.5)),
            reviews=drawn.randint(0, 300),
            stock=drawn.choice((0, 4)),
            published=drawn.choice((None, "1950", "2004-05-01")),
            language=drawn.choice(("en", "de", None)),
            description=" ".join(drawn.sample(WORDS, 4)),
        )
        for _ in range(80)
    ]


def drawn_request(drawn: random.Random) -> SearchRequest:
    fields: dict[str, Any] = {"facets": ""}
    if drawn.random() < 0.9:
        fields["q"] = " ".join(drawn.sample([*WORDS, "gardn", "zzyzx"], drawn.randint(1, 4)))
    choices: dict[str, Any] = {
        "category": drawn.choice(SUBJECTS),
        "author": f"{drawn.choice('ABCD')} Writer",
        "price_max": drawn.randint(5, 30),
        "price_min": drawn.randint(1, 5),
        "rating_min": 2,
        "year_min": 1960,
        "in_stock": "true",
        "language": "en",
    }
    for name in drawn.sample(sorted(choices), drawn.choice((0, 0, 1, 2, 3))):
        fields[name] = choices[name]
    fields["match"] = drawn.choice(("most", "most", "all", "any"))
    fields["sort"] = drawn.choice(("relevance", "relevance", "price", "rating", "date"))
    return asked(**fields)


def _given(rules: RuleBook) -> RuleBook:
    return rules


def drawn_rules(drawn: random.Random, q: str, books: list[Any]) -> RuleBook:
    rules = []
    for book in drawn.sample(books, drawn.choice((0, 2, 6))):
        action: Any = drawn.choice(("pin", "bury", "hide"))
        rules.append(
            Rule(
                id=new_id(),
                query=q,
                match=drawn.choice(("exact", "words")),
                action=action,
                book_id=book.id,
                position=drawn.randint(1, 9) if action == "pin" else None,
                created_at=MOMENT,
                updated_at=MOMENT,
            )
        )
    return RuleBook((), rules) if q else RuleBook()


def check(search: Search, request: SearchRequest, verdict: Verdict, rules: RuleBook) -> None:
    book_id, listed = verdict.book_id, order(search, request)
    assert verdict.shown == (book_id in listed)
    assert verdict.count == len(listed)
    if verdict.shown:
        assert verdict.reasons == ()
        assert verdict.rank == listed.index(book_id) + 1
        return
    assert verdict.reasons
    lifted = {
        name: () if isinstance(getattr(request, name), tuple) else None
        for reason in verdict.reasons
        if reason.cause in {"filter", "stock"}
        for name in reason.asked
    }
    spared = rules.without({r.name for r in verdict.reasons if r.cause == "rule"})
    freed = Search(search.views, weights=Weights(), secret=b"test", rules=lambda: spared)
    free = replace(request, **lifted)
    words = [reason for reason in verdict.reasons if reason.cause == "words"]
    if words:
        assert book_id not in order(freed, free)
        holds_one = bool(words[0].found)
        assert (book_id in order(freed, replace(free, match="any"))) == holds_one
    else:
        assert verdict.without is not None
        assert verdict.without.rank == order(freed, free).index(book_id) + 1
        for name in lifted:
            # Each alone is enough to keep it out.
            one = replace(request, **{other: v for other, v in lifted.items() if other != name})
            if _other_side(name) not in lifted:
                assert book_id not in order(freed, one)


def _other_side(name: str) -> str:
    """The range's other end, which may be what keeps the book out."""
    stem, _, end = name.rpartition("_")
    return f"{stem}_{'max' if end == 'min' else 'min'}"


@pytest.mark.parametrize("seed", range(40))
def test_the_reason_named_is_the_true_one(index: Any, books: list[Any], seed: int) -> None:
    drawn = random.Random(seed)
    plain = index(books)
    for _ in range(5):
        request = drawn_request(drawn)
        rules = drawn_rules(drawn, request.q, books)
        search = Search(
            plain.views, weights=Weights(), secret=b"test", rules=partial(_given, rules)
        )
        for book in drawn.sample(books, 6):
            check(search, request, why_not(search, request, book.id), rules)


def test_each_reason_is_told_in_words_and_numbers(index: Any, make: Any) -> None:
    emma = make("Emma", "Jane Austen", price=1250, stock=0, categories=("Classics",))
    search = index([emma, make("Dune", "Frank Herbert")])

    verdict = why_not(
        search,
        asked(q="emma dragons", match="all", price_max="9.99", in_stock="true", category="SF"),
        emma.id,
    )

    assert [reason.cause for reason in verdict.reasons] == ["filter", "filter", "stock"]
    assert verdict.told == (
        "Its category is Classics, category=SF was asked for."
        " Its price is 12.50 EUR, price_max=9.99 was asked for."
        " 0 are in stock, in_stock=true was asked for."
    )
    assert verdict.without is not None
    assert verdict.without.rank == 1


def test_missing_words_are_named(index: Any, make: Any) -> None:
    emma = make("Emma", "Jane Austen")
    search = index([emma, make("Dune Messiah", "Frank Herbert")])

    verdict = why_not(search, asked(q="dune emma messiah", match="all"), emma.id)

    [reason] = verdict.reasons
    assert (reason.cause, reason.found, reason.asked) == ("words", 1, 3)
    assert reason.missing == ("dune", "messiah")
    assert verdict.without is None


def test_a_book_the_index_does_not_hold_is_not_found(index: Any, make: Any) -> None:
    search = index([make("Emma")])

    with pytest.raises(BookNotFound):
        why_not(search, asked(q="emma"), new_id())
