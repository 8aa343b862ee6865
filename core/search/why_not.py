"""Why a book is not among the results, or how far down it stands."""

from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import fields, replace

from core.catalogue.book import BookNotFound
from core.kernel.money import exponent
from core.search import browsing, filters, reasons, rendering
from core.search.asking import Asked, explained, ranked_places
from core.search.columns import NONE
from core.search.matching import words_held
from core.search.request import Filters, SearchRequest
from core.search.service import Search

DEEPEST = 10_000
"""Places down to which the engine orders books by their text."""
_NO_FILTERS = {field.name: field.default for field in fields(Filters)}
# The parameters of each filter, as `filters.TESTS` names them.
_PARAMETERS: dict[str, tuple[str, ...]] = {
    "price": ("price_min", "price_max"),
    "year": ("year_min", "year_max"),
    "rating": ("rating_min",),
    "availability": ("in_stock",),
}

Cause = Literal["words", "filter", "stock", "rule", "status", "index"]


class Reason(Struct, frozen=True, omit_defaults=True):
    """One thing that keeps a book out; told: a sentence.

    name: the filter's, or the id of the rule. asked and found: what the filter wants and the book
    has; of words, how many were needed and how many it holds. missing: words it does not hold.
    """

    cause: Cause
    told: str
    name: str = ""
    asked: Any = None
    found: Any = None
    missing: tuple[str, ...] = ()


class Place(Struct, frozen=True, omit_defaults=True):
    """rank: from 1; None behind the first 10,000. explain and because: as of a hit."""

    rank: int | None
    told: str
    explain: dict[str, Any] | None = None
    because: tuple[str, ...] = ()


class Verdict(Struct, frozen=True, kw_only=True):
    """reasons: all that keep the book out, none when it is shown.

    rank and the rest speak of the place it has; where filters or rules keep it out, `without`
    tells the place it would have without them.
    """

    book_id: UUID
    title: str
    shown: bool
    count: int
    rank: int | None = None
    told: str
    reasons: tuple[Reason, ...] = ()
    explain: dict[str, Any] | None = None
    because: tuple[str, ...] = ()
    without: Place | None = None
    index_version: str


def why_not(search: Search, request: SearchRequest, book_id: UUID) -> Verdict:
    """Tell of one book what the request makes of it. Raises BookNotFound for none in the index."""
    request = replace(request, page=1, cursor="")
    asked = search.ask(request)
    snapshot = asked.view.snapshot
    key = snapshot.ordinal_of(book_id)
    if key == NONE:
        raise BookNotFound(f"the index holds no book with the id {book_id}")
    told = reasons.told_of(snapshot.detail_json(key))
    found = _reasons(asked, key)
    place = None if found else _place(asked, key)
    without = None
    if found and all(reason.cause != "words" for reason in found):
        without = _place(_spared(search, asked, key, found), key)
    return Verdict(
        book_id=book_id,
        title=told.title,
        shown=place is not None,
        count=asked.count,
        rank=place.rank if place else None,
        told=place.told if place else " ".join(reason.told for reason in found),
        reasons=tuple(found),
        explain=place.explain if place else None,
        because=place.because if place else (),
        without=without,
        index_version=snapshot.version,
    )


def _reasons(asked: Asked, key: int) -> list[Reason]:
    decree = asked.decree
    pinned = decree is not None and key in decree.pinned
    found = []
    if not pinned and not _among(asked.matched.keys, key):
        found.append(_of_words(asked, key))
    found += [
        _of_filter(asked, name, key)
        for name, active, test in filters.TESTS
        if active(asked.request) and not test(asked.view, asked.request, np.array([key]))[0]
    ]
    if decree is not None and (rule := decree.hidden.get(key)):
        found.append(Reason("rule", reasons.of_rule(rule), name=str(rule.id)))
    return found


def _of_words(asked: Asked, key: int) -> Reason:
    query, matched = asked.query, asked.matched
    if not query.words:
        return Reason("words", "The catalogue knows none of the words.", missing=query.ignored)
    holds = [
        bool(words_held(asked.view, replace(query, words=(word,), codes=(codes,)), _one(key))[0])
        for word, codes in zip(query.words, query.codes, strict=True)
    ]
    missing = tuple(
        word.alternatives[0][0] for word, held in zip(query.words, holds, strict=True) if not held
    )
    needed, held = matched.minimum, sum(holds)
    quoted = ", ".join(f"“{word}”" for word in missing)
    told = f"It holds {held} of the {len(holds)} words, {needed} are needed; {quoted} is missing."
    return Reason("words", told, name=matched.step, asked=needed, found=held, missing=missing)


def _of_filter(asked: Asked, name: str, key: int) -> Reason:
    wanted = {
        parameter: value
        for parameter in _PARAMETERS.get(name, (name,))
        if (value := getattr(asked.request, parameter)) != _NO_FILTERS[parameter]
    }
    book = msgspec.json.decode(asked.view.snapshot.detail_json(key))
    has = _has(name, book)
    rule = ", ".join(f"{parameter}={_said(value)}" for parameter, value in wanted.items())
    if name == "availability":
        stock = int(asked.view.snapshot.columns.stock[key])
        return Reason(
            "stock", f"{stock} are in stock, {rule} was asked for.", name, wanted, {"stock": stock}
        )
    told = f"Its {name} is {_said(has)}, {rule} was asked for."
    return Reason("filter", told, name, wanted, has)


def _has(name: str, book: dict[str, Any]) -> Any:
    """What of the book a filter looks at, as its JSON tells it."""
    if name in {"category", "author"}:
        plural = {"category": "categories", "author": "authors"}[name]
        return [named["name"] for named in book[plural]]
    if name in {"publisher", "series"}:
        return book[name] and book[name]["name"]
    field = {"rating": "average_rating", "year": "published"}.get(name, name)
    return book.get(field)


def _said(value: Any) -> str:
    if value is None or value == []:
        return "not known"
    if isinstance(value, (list, tuple)):
        return " or ".join(map(str, value)) if isinstance(value, tuple) else ", ".join(value)
    if isinstance(value, dict):
        price = Decimal(value["amount_minor"]).scaleb(-exponent(value["currency"]))
        return f"{price} {value['currency']}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _spared(search: Search, asked: Asked, key: int, found: list[Reason]) -> Asked:
    """The question without the filters that keep this book out, and no rule hiding it."""
    lifted = {
        parameter: _NO_FILTERS[parameter]
        for reason in found
        if reason.cause in {"filter", "stock"}
        for parameter in _PARAMETERS.get(reason.name, (reason.name,))
    }
    request = replace(asked.request, **lifted)
    rules = search.rules().without({reason.name for reason in found if reason.cause == "rule"})
    spared = search.ask(request, rules=rules)
    # Another rule may hide it as well, or bring it to another place: the next question tells.
    while spared.decree is not None and (rule := spared.decree.hidden.get(key)):
        rules = rules.without({str(rule.id)})
        spared = search.ask(request, rules=rules)
    return spared


def _place(asked: Asked, key: int) -> Place:
    count = asked.count
    if not (asked.query.words and asked.request.sort == "relevance"):
        keys = asked.matches.keys if asked.chosen is None else asked.chosen
        order = browsing.listed(asked.view, keys, asked.request.sort, first=0, count=len(keys))
        rank = int(np.flatnonzero(order == key)[0]) + 1
        return Place(rank, _told(rank, count))
    depth = 128
    while True:
        ranked = ranked_places(asked, slice(0, min(depth, count, DEEPEST)))
        here = np.flatnonzero(ranked.keys == key)
        if len(here):
            place = int(here[0])
            return Place(
                place + 1,
                _told(place + 1, count),
                rendering.explanation(ranked, place),
                tuple(explained(asked, ranked, place)),
            )
        if depth >= min(count, DEEPEST):
            return Place(None, f"It stands behind the first {DEEPEST:,} of {count:,} books.")
        depth *= 4


def _told(rank: int, count: int) -> str:
    return f"It has place {rank:,} of {count:,}."


def _one(key: int) -> Any:
    return np.array([key], np.int32)


def _among(keys: Any, key: int) -> bool:
    place = int(np.searchsorted(keys, key))
    return place < len(keys) and int(keys[place]) == key
