"""What clients rely on: the table of routes, and answers that hold what is documented."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from api.routes.every import EVERY
from core.accounts.permissions import TABLE

AGREED = Path(__file__).with_name("routes.txt")


def route_table() -> str:
    """One line a route: methods, path, the permission it needs, name."""
    lines = [
        f"{','.join(each.methods):9} {re.sub(r':[a-z]+}', '}', each.path):45}"
        f" {each.documented.may:20} {each.name}"
        for each in EVERY
    ]
    return "\n".join(sorted(lines, key=lambda line: line.split()[1])) + "\n"


def test_table_of_routes_is_the_one_that_was_agreed() -> None:
    """A change here is a change for clients: write routes.txt anew only with that in mind."""
    assert route_table() == AGREED.read_text()


def undocumented(sent: Any, documented: Any, place: str = "") -> list[str]:
    """Keys that were sent and are lost in the documented type."""
    if isinstance(sent, dict) and isinstance(documented, dict):
        return [
            missing
            for key, value in sent.items()
            for missing in (
                undocumented(value, documented[key], f"{place}/{key}")
                if key in documented
                else [f"{place}/{key}"]
            )
            if value not in (None, "", [], {}, 0, False)
        ]
    if isinstance(sent, list) and isinstance(documented, list):
        pairs = enumerate(zip(sent, documented, strict=True))
        return [
            missing
            for number, (one, other) in pairs
            for missing in undocumented(one, other, f"{place}/{number}")
        ]
    return []


READS = (
    "/api/v1/search?q=austen&highlight=true&explain=true",
    "/api/v1/search?facets=category,price,rating,author,language,year,series,availability",
    "/api/v1/search/autocomplete?q=pers",
    "/api/v1/search/similar?book_id={Emma}",
    "/api/v1/books",
    "/api/v1/books?size=1&page=2",
    "/api/v1/books/{Persuasion}",
    "/api/v1/books/{Emma}/similar",
    "/api/v1/books/{Emma}/reviews",
    "/api/v1/books/trending",
    "/api/v1/books/popular",
    "/api/v1/books/bestsellers",
    "/api/v1/books/recommended",
    "/api/v1/authors",
    "/api/v1/categories?size=1",
    "/api/v1/publishers",
    "/api/v1/series",
    "/api/v1/search/preview?q=dune&weights=1,0,0&explain=true",
    "/api/v1/search/why-not?book_id={Dune}&q=dune",
    "/api/v1/search/why-not?book_id={Dune}&q=emma&price_max=1",
    "/livez",
    "/readyz",
    "/startupz",
    "/problems",
    "/problems/conflict",
)


@pytest.mark.parametrize("path", READS)
async def test_answers_hold_nothing_that_is_not_documented(shop: Any, path: str) -> None:
    """ASVS v5.0.0-15.3.1."""
    address = path.format(**shop.ids)
    roles = TABLE[told_of(address.partition("?")[0]).may].roles
    needed = {} if "anonymous" in roles else shop.signed_in(roles[0])

    answer = await shop.client.get(address, headers=needed)

    told = told_of(address.partition("?")[0])
    assert answer.status_code == 200
    decoded = msgspec.json.decode(answer.content, type=told.answer)
    assert undocumented(answer.json(), msgspec.to_builtins(decoded)) == []


def told_of(path: str) -> Any:
    """What is documented of the route that answers GET there: the most literal one."""
    found = [
        each
        for each in EVERY
        if "GET" in each.methods and re.fullmatch(re.sub(r"\{\w+:\w+\}", "[^/]+", each.path), path)
    ]
    return min(found, key=lambda each: each.path.count("{")).documented
