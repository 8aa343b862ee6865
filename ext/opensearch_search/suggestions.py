"""What the search box offers, asked of the cluster: as `core.search.suggestions` answers."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from core.search.autocomplete import folded
from core.search.spelling import distance
from core.search.starts import marked_start
from core.search.suggestions import FEWEST_LETTERS, FORGIVING_FROM, MOST
from ext.opensearch_search.client import Cluster
from ext.opensearch_search.documents import LONGEST_START, MOST_START, word_starts
from ext.opensearch_search.questions import BOOK
from ext.opensearch_search.window import hits_of

LOOKED_AT = 60
"""Books of which titles, and authors, are offered; the most popular are."""

_TITLE, _AUTHOR = ("starts", "beginnings"), ("author_starts", "author_beginnings")


class _Text(Struct, frozen=True):
    class Author(Struct, frozen=True):
        name: str

    title: str
    authors: tuple[Author, ...] = ()


_text = msgspec.json.Decoder(_Text)


class _Offer(Struct, frozen=True):
    """start: what was typed, or meant. value: what it is sorted by, the lowest first."""

    text: str
    kind: str
    start: str
    value: float
    book: str = ""


async def suggest(cluster: Cluster, alias: str, q: str) -> list[dict[str, Any]]:
    """Up to ten suggestions; see `core.search.suggestions.suggest`."""
    typed = folded(q)
    if len(typed.replace(" ", "")) < FEWEST_LETTERS:
        return []
    offers = await _offers(cluster, alias, typed, slip=False)
    if not offers and len(typed.rpartition(" ")[2]) >= FORGIVING_FROM:
        offers = await _offers(cluster, alias, typed, slip=True)
    best: dict[tuple[str, str], _Offer] = {}
    for offer in sorted(offers, key=lambda offer: offer.value):
        best.setdefault((offer.kind, folded(offer.text)), offer)
    return [_shown(offer) for offer in list(best.values())[:MOST]]


async def _offers(cluster: Cluster, alias: str, typed: str, *, slip: bool) -> list[_Offer]:
    lines: list[Any] = []
    for fields in (_TITLE, _AUTHOR):
        target = {"index": alias, "allow_partial_search_results": False}
        lines += [target, _question(fields, typed, slip=slip)]
    titles, authors = map(hits_of, await cluster.ask_many(lines))
    offers = []
    for hit in titles:
        title = _text.decode(hit.source.list + "}").title
        if start := _start(title, typed, slip=slip):
            offers.append(_Offer(title, "title", start, float(hit.sort[0]), hit.id))
    for hit in authors:
        offers += [
            _Offer(author.name, "author", start, float(hit.sort[0]))
            for author in _text.decode(hit.source.list + "}").authors
            if (start := _start(author.name, typed, slip=slip))
        ]
    return offers


def _question(fields: tuple[str, str], typed: str, *, slip: bool) -> dict[str, Any]:
    """Books with a word that goes on like what was typed, the most popular first."""
    starts, beginnings = fields
    if not slip:
        ways: list[Any] = [{"prefix": {starts: typed[:MOST_START]}}]
    else:
        head, _, last = typed.rpartition(" ")
        near = {"value": last[:LONGEST_START], "fuzziness": 1, "max_expansions": 200}
        ways = [{"fuzzy": {beginnings: near}}]
        if head:
            ways.append({"prefix": {starts: f"{head} "[:MOST_START]}})
    return {
        "query": {"bool": {"filter": [BOOK, *ways]}},
        "sort": [{"by_popular": "asc"}, {"id": "asc"}],
        "_source": ["list"],
        "size": LOOKED_AT,
    }


def _start(text: str, typed: str, *, slip: bool) -> str:
    """What of a text's word starts was typed, or is one slip away from it; "" for nothing."""
    found = word_starts([text])
    if not slip:
        short = typed[:MOST_START]
        return typed if any(start.startswith(short) for start in found) else ""
    return next(iter(_mended(found, typed)), "")


def _mended(starts: Iterable[str], typed: str) -> Iterable[str]:
    head, _, last = typed.rpartition(" ")
    lead = f"{head} " if head else ""
    for start in starts:
        if start.startswith(lead):
            word = start[len(lead) :].partition(" ")[0]
            for length in (len(last), len(last) - 1, len(last) + 1):
                if length <= len(word) and distance(last, word[:length]) == 1:
                    yield lead + word[:length]


def _shown(offer: _Offer) -> dict[str, Any]:
    shown = {
        "text": offer.text,
        "type": offer.kind,
        "highlight": marked_start(offer.text, offer.start),
    }
    if offer.book:
        shown["id"] = str(UUID(offer.book))
    return shown
