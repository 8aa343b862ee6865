"""The bodies of the questions that the cluster is asked: matching, scores, filters, facets."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from core.kernel.money import exponent
from core.search.analysis import fold
from core.search.buckets import PRICE_BOUNDS
from core.search.facets import ANSWER_NAMES, MOST_VALUES
from core.search.filters import TESTS
from core.search.request import Facet, Filters, Sort, minor_bound
from ext.opensearch_search.documents import NAMES
from ext.opensearch_search.understanding import Meant, Understanding

Json = dict[str, Any]

FIELDS: Final = (("all", 1.0), ("title", 0.5), ("names", 0.3), ("series_title", 0.2))
"""What a field adds to a score, as `core.search.snapshot.TextIndex` says."""
BOOK: Final[Json] = {"term": {"kind": "book"}}
EVERYTHING: Final[Json] = {"bool": {"filter": [BOOK]}}
RESULT: Final = [
    "list", "version", "heading", "category", "author", "language", "rating_x100", "reviews",
]  # fmt: skip
_SORTS: Final[dict[Sort, str]] = {
    "relevance": "by_popular", "popular": "by_popular", "price": "by_price",
    "price_asc": "by_price", "price_desc": "by_price_desc", "rating": "by_rating",
    "date": "by_date",
}  # fmt: skip
_MANY = 10_000
"""Values of a facet that each shard tells: counts are exact up to so many, see `facets_of`."""
_NAMED: Final[dict[Facet, str]] = {
    "category": "category", "author": "author", "language": "language", "series": "series",
}  # fmt: skip
Resolved = Mapping[tuple[str, str], bool]
"""By field and name: whether a book carries exactly this name."""


def matching(understanding: Understanding, minimum: int, *, entitled: bool) -> Json:
    """Books that hold at least `minimum` of the words; entitled: or whose whole title is asked.

    Each word's clause is named by its place, so that a hit tells which words it holds.
    """
    members = [_member(meant, str(place)) for place, meant in enumerate(understanding.meant)]
    ways: list[Json] = [{"bool": {"should": members, "minimum_should_match": minimum}}]
    if entitled:
        ways.append(_whole_title(understanding))
    return {
        "bool": {
            "filter": [BOOK, {"bool": {"should": ways, "minimum_should_match": 1}}],
            "should": [clause for meant in understanding.meant for clause in _scores(meant)],
        }
    }


def order_of(sort: Sort) -> list[Json]:
    return [{_SORTS[sort]: "asc"}, {"id": "asc"}]


BY_SCORE: Final[list[Json]] = [{"_score": "desc"}, {"id": "asc"}]


def _member(meant: Meant, name: str) -> Json:
    held: list[Json] = [{"terms": {"all": [term for term, _ in meant.word.alternatives]}}]
    if meant.stem:
        held.append({"term": {"stems": meant.stem}})
    return {"bool": {"should": held, "minimum_should_match": 1, "_name": name}}


def _scores(meant: Meant) -> list[Json]:
    clauses = [
        {"term": {field: {"value": term, "boost": weight * meant.word.boost * boost}}}
        for term, weight in meant.word.alternatives
        for field, boost in FIELDS
    ]
    if meant.stem:
        clauses.append({"term": {"stems": {"value": meant.stem, "boost": 0.5 * meant.word.boost}}})
    return clauses


def _whole_title(understanding: Understanding) -> Json:
    """As `core.search.matching.titles_within`."""
    terms = {term for meant in understanding.meant for term, _ in meant.word.alternatives}
    terms |= {term for term, _ in understanding.small}
    proper = sum(meant.word.proper for meant in understanding.meant)
    held = {"terms": sorted(terms), "minimum_should_match_field": "heading_size"}
    fewest = 1 if proper <= 2 else 2
    return {
        "bool": {
            "filter": [
                {"terms_set": {"heading": held}},
                {"range": {"heading_size": {"gte": fewest}}},
            ]
        }
    }


def filters_of(filters: Filters, currency: str, resolved: Resolved) -> dict[str, Json]:
    """By the name that facets ignore it by; see `core.search.filters.TESTS`."""
    found: dict[str, Json] = {}
    for name in NAMES:
        if names := getattr(filters, name):
            found[name] = _carrying(name, names, resolved)
    price = {}
    if filters.price_min is not None:
        price["gte"] = math.ceil(_minor(filters.price_min, currency))
    if filters.price_max is not None:
        price["lte"] = math.floor(_minor(filters.price_max, currency))
    year = {"gte": filters.year_min, "lte": filters.year_max}
    ranges = (
        ("price", "price_minor", price),
        ("rating", "rating_x100", {"gte": round((filters.rating_min or 0.0) * 100)}),
        ("year", "year", {end: value for end, value in year.items() if value is not None}),
        ("availability", "stock", {"gt": 0} if filters.in_stock else {"lte": 0}),
    )
    active = {name for name, asked, _ in TESTS if asked(filters)}
    found |= {name: {"range": {field: bounds}} for name, field, bounds in ranges if name in active}
    return found


def _minor(amount: Decimal, currency: str) -> float:
    """As the columns are compared: in binary."""
    return float(minor_bound(amount, currency))


def _carrying(field: str, names: Sequence[str], resolved: Resolved) -> Json:
    exact = [name for name in names if resolved[field, name]]
    others = [fold(name) for name in names if not resolved[field, name]]
    ways: list[Json] = []
    if exact:
        ways.append({"terms": {field: exact}})
    if others:
        ways.append({"terms": {f"{field}_key": others}})
    return {"bool": {"should": ways, "minimum_should_match": 1}}


def aggregations(
    wanted: Sequence[Facet], filters: dict[str, Json], currency: str, *, scored: bool
) -> Json:
    """What is counted beside the hits, over the books that match before any filter.

    matched: how many; best: the highest score; shown: the version of what was searched.
    """
    made: Json = {
        "matched": {"filter": BOOK},
        "state": {
            "global": {},
            "aggs": {"shown": {"terms": {"field": "shown", "size": 1}}},
        },
    }
    if scored:
        made["best"] = {"top_hits": {"size": 1, "_source": False}}
    for facet in wanted:
        others = [body for name, body in filters.items() if name != facet]
        made[f"facet.{facet}"] = {
            "filter": {"bool": {"filter": others}} if others else {"match_all": {}},
            "aggs": {"counts": _counter(facet, currency)},
        }
    return made


def _counter(facet: Facet, currency: str) -> Json:
    if facet in _NAMED:
        terms = {"field": _NAMED[facet], "size": MOST_VALUES, "shard_size": _MANY}
        return {"terms": terms}
    if facet == "price":
        scale = 10 ** exponent(currency)
        edges = [None, *(bound * scale for bound in PRICE_BOUNDS), None]
        return _ranges("price_minor", edges)
    if facet == "rating":
        return _ranges("rating_x100", [stars * 100 for stars in range(6)] + [None])
    if facet == "year":
        return {"histogram": {"field": "year", "interval": 10, "min_doc_count": 1}}
    return {"filters": {"filters": {"true": {"range": {"stock": {"gt": 0}}}}}}


def _ranges(field: str, edges: Sequence[int | None]) -> Json:
    ranges = [
        {"key": str(place)}
        | ({} if low is None else {"from": low})
        | ({} if high is None else {"to": high})
        for place, (low, high) in enumerate(pairwise(edges))
    ]
    return {"range": {"field": field, "ranges": ranges, "keyed": True}}


def counted(found: Json, wanted: Sequence[Facet]) -> tuple[Json, bool]:
    """The answer's facets, and whether each count is exact.

    A facet of several shards is not where a value may stand behind those that a shard told.
    """
    exact = True
    facets = {}
    for facet in wanted:
        filtered = found[f"facet.{facet}"]
        counts = filtered["counts"]
        exact = exact and not counts.get("doc_count_error_upper_bound")
        facets[ANSWER_NAMES[facet]] = _told(facet, counts["buckets"], filtered["doc_count"])
    return facets, exact


def _told(facet: Facet, buckets: Any, books: int) -> list[Json]:
    if facet in _NAMED:
        return [{"name": bucket["key"], "count": bucket["doc_count"]} for bucket in buckets]
    if facet == "price":
        edges = (None, *PRICE_BOUNDS, None)
        return [
            {"from": edges[i], "to": edges[i + 1], "count": buckets[str(i)]["doc_count"]}
            for i in range(len(PRICE_BOUNDS) + 1)
        ]
    if facet == "rating":
        return [
            {"rating": stars, "count": buckets[str(stars)]["doc_count"]}
            for stars in range(5, -1, -1)
        ]
    if facet == "year":
        decades = [(int(bucket["key"]), bucket["doc_count"]) for bucket in buckets]
        newest = sorted(decades, reverse=True)[:MOST_VALUES]
        return [{"from": ten, "to": ten + 9, "count": count} for ten, count in newest]
    available = buckets["true"]["doc_count"]
    return [
        {"in_stock": True, "count": available},
        {"in_stock": False, "count": books - available},
    ]
