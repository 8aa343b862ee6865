"""Answers as bytes: what the index holds encoded is spliced in, the rest is encoded here."""

from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.search.highlight import marked, passage
from core.search.ranking import Ranked
from core.search.snapshot import Snapshot
from core.search.understanding import Understood

_json = msgspec.json.Encoder()


class Text(Struct, frozen=True):
    """Those fields of a book's JSON that are highlighted."""

    class Author(Struct, frozen=True):
        name: str

    title: str
    description: str | None = None
    authors: tuple[Author, ...] = ()


_text = msgspec.json.Decoder(Text)


def hits(snapshot: Snapshot, ranked: Ranked, extras: list[dict[str, Any]] | None) -> bytes:
    """Books in list form with their score, and with what extras adds to each."""
    return scored(snapshot, ranked.keys, ranked.score, extras)


def scored(
    snapshot: Snapshot,
    keys: NDArray[np.int64],
    score: NDArray[np.float64],
    extras: list[dict[str, Any]] | None = None,
) -> bytes:
    """The same of books and scores alone."""
    scores = _json.encode(score.tolist())[1:-1].split(b",")
    if extras:
        scores = [
            b"%b,%b" % (score, _json.encode(extra)[1:-1]) if extra else score
            for score, extra in zip(scores, extras, strict=True)
        ]
    books = map(snapshot.open_list_json, keys.tolist())
    # Joining in C: twenty formats would cost three times as much.
    joined = b"},".join(map(b',"score":'.join, zip(books, scores, strict=False)))
    return joined and joined + b"}"


def plain(
    snapshot: Snapshot, keys: NDArray[np.int32], extras: list[dict[str, Any]] | None = None
) -> bytes:
    """Books in list form without a score, and with what extras adds to each."""
    if extras is None:
        return b",".join([snapshot.list_json(key) for key in keys.tolist()])
    return b",".join(
        [
            b"%b,%b" % (snapshot.open_list_json(key), _json.encode(extra)[1:])
            for key, extra in zip(keys.tolist(), extras, strict=True)
        ]
    )


def envelope(results: bytes, fields: dict[str, Any]) -> bytes:
    """The answer's object: its fields, then `results`."""
    return b'%b,"results":[%b]}' % (_json.encode(fields)[:-1], results)


def highlights(snapshot: Snapshot, key: int, query: Understood) -> dict[str, Any]:
    """`highlights` of one hit: title, authors and passage, as HTML with <mark>."""
    terms = frozenset(term for word in query.words for term, _ in word.alternatives)
    text = _text.decode(snapshot.detail_json(key))
    found: dict[str, Any] = {"title": marked(text.title, terms)}
    authors = [marked(author.name, terms) for author in text.authors]
    if any("<mark>" in author for author in authors):
        found["authors"] = authors
    if text.description and (best := passage(text.description, terms)):
        found["description"] = best
    return found


def explanation(ranked: Ranked, place: int) -> dict[str, Any]:
    """The parts of a score; value = weight × part, and the values add up to the score."""
    parts = {}
    for name in ("text", "popularity", "taste"):
        weight, part = getattr(ranked.weights, name), float(getattr(ranked, name)[place])
        parts[name] = {"weight": weight, "part": part, "value": weight * part}
    return parts
