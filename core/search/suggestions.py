"""What the search box offers: titles and authors of living books, heaviest first."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from core.search.autocomplete import Completer, Suggestion, folded
from core.search.late_titles import LateTitles
from core.search.starts import escape, marked_start, plain_start, start_in
from core.search.view import View

MOST = 10
FEWEST_LETTERS = 2
FORGIVING_FROM = 4
MOST_KEPT = 8_192

_PLAIN = re.compile(r"[ !#-%(-;=?-\[\]-~]*")
"""Texts of ASCII that neither HTML nor JSON write otherwise."""


class Offer(NamedTuple):
    """A suggestion as JSON around what is marked. same: alike for texts of which one is offered.
    letters: the text in lower case where it stands in HTML and JSON as it is, else ""."""

    suggestion: Suggestion
    same: tuple[str, str]
    letters: str
    before: str
    behind: str


_json = msgspec.json.Encoder()


def suggest(view: View, q: str) -> bytes:
    """Up to ten suggestions as a JSON array: `text`, `type` (title or author), `highlight`, and a
    title's book `id`.

    `highlight` is the text safe for HTML, with <mark> around what was typed. Where nothing starts
    with that, one slip in a word is forgiven, or a space too many or too few, and what was meant is
    marked.
    """
    typed = folded(q)
    letters = len(typed) - typed.count(" ")
    if letters < FEWEST_LETTERS:
        return b"[]"
    completer = view.share("completer", lambda: Completer(view.snapshot.static))
    # Some may be dead, or the same text again.
    limit = 2 * MOST
    starts = [typed]
    found = _heaviest(view, completer, completer.complete(typed, limit=limit), starts)
    if not found and letters >= FORGIVING_FROM:
        mended = completer.near(typed)
        # A longer beginning tells more precisely what to mark.
        starts = sorted((start for start, _ in mended), key=len, reverse=True)
        entries = completer.heaviest([at for _, at in mended], limit)
        found = _heaviest(view, completer, entries, starts)
    return f"[{','.join([_shown(one, starts) for one in found])}]".encode()


def _heaviest(
    view: View, completer: Completer, entries: Iterable[int], starts: Sequence[str]
) -> list[Offer]:
    """The ten heaviest of those found and of later books; equal texts once."""
    kept: dict[int, Offer] = view.share("offers", dict)
    found: list[Offer] = []
    for entry in entries:
        offer = kept.get(entry)
        if offer is None:
            if len(kept) >= MOST_KEPT:
                kept.clear()
            offer = kept[entry] = _offer(view, completer.suggestion(entry))
        found.append(offer)
    snapshot = view.snapshot
    if not snapshot.living == snapshot.base_rows == snapshot.rows:
        weighed = [*_living(view, found), *_late(view, starts)]
        found = [offer for _, offer in sorted(weighed, key=lambda each: -each[0])]
    distinct: dict[tuple[str, str], Offer] = {}
    for offer in found:
        distinct.setdefault(offer.same, offer)
        if len(distinct) == MOST:
            break
    return list(distinct.values())


def _living(view: View, found: Iterable[Offer]) -> list[tuple[float, Offer]]:
    """Without dead books, and what each weighs: authors what the best liked of their living books
    does."""
    snapshot = view.snapshot
    kept = []
    for offer in found:
        one = offer.suggestion
        if one.kind == "title":
            if snapshot.alive[one.ordinal]:
                kept.append((one.weight, offer))
        else:
            books = view.inverse("author").ordinals(one.ordinal)
            living = books[snapshot.alive[books]]
            if len(living):
                kept.append((float(snapshot.columns.popularity[living].max()), offer))
    return kept


def _late(view: View, starts: Sequence[str]) -> list[tuple[float, Offer]]:
    """Titles of the rows appended since the generation was built, and what each weighs."""
    snapshot = view.snapshot
    late = view.share("late titles", lambda: LateTitles(snapshot.base_rows))
    late.grow(snapshot)
    popularity, alive = snapshot.columns.popularity, snapshot.alive
    return [
        (weight, _offer(view, Suggestion(one.title, "title", one.ordinal, weight)))
        for one in late.starting(starts)
        if one.ordinal < snapshot.rows and alive[one.ordinal]
        for weight in (float(popularity[one.ordinal]),)
    ]


def _offer(view: View, one: Suggestion) -> Offer:
    book = "" if one.kind == "author" else f',"id":"{view.id_of(one.ordinal)}"'
    plain = _PLAIN.fullmatch(one.text)
    quote = '"' if plain else ""
    return Offer(
        one,
        (one.kind, one.text.casefold()),
        one.text.lower() if plain else "",
        f'{{"text":{_encoded(one.text)},"type":"{one.kind}","highlight":{quote}',
        f"{quote}{book}}}",
    )


def _shown(offer: Offer, starts: Sequence[str]) -> str:
    """With a mark around the first of the starts that the text goes on like."""
    text = offer.suggestion.text
    if not offer.letters:
        return f"{offer.before}{_encoded(_marked(text, starts))}{offer.behind}"
    for start in starts:
        first = plain_start(offer.letters, start)
        first, after = (first, first + len(start)) if first >= 0 else start_in(text, start)
        if after:
            marked = f"{text[:first]}<mark>{text[first:after]}</mark>{text[after:]}"
            return f"{offer.before}{marked}{offer.behind}"
    return f"{offer.before}{text}{offer.behind}"


def _marked(text: str, starts: Sequence[str]) -> str:
    for start in starts:
        if "<mark>" in (highlight := marked_start(text, start)):
            return highlight
    return escape(text)


def _encoded(text: str) -> str:
    return _json.encode(text).decode()
