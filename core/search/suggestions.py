"""What the search box offers: titles and authors of living books, heaviest first."""

from typing import Any

import msgspec
from msgspec import Struct

from core.search.autocomplete import Completer, Suggestion, folded, respelt
from core.search.starts import marked_start
from core.search.view import View

MOST = 10
FEWEST_LETTERS = 2
FORGIVING_FROM = 4


class _Late(Struct, frozen=True):
    title: str


_late = msgspec.json.Decoder(_Late)


def suggest(view: View, q: str) -> list[dict[str, Any]]:
    """Up to ten suggestions: `text`, `type` (title or author), and a title's book `id`.

    `highlight` is the text safe for HTML, with <mark> around what was typed. Where nothing starts
    with that, one slip in the last word is forgiven and what was meant is marked.
    """
    typed = folded(q)
    if len(typed.replace(" ", "")) < FEWEST_LETTERS:
        return []
    completer = view.keep("completer", lambda: Completer(view.snapshot.static))
    found = [(one, typed) for one in _living(view, completer, typed)]
    if not found and len(typed.rpartition(" ")[2]) >= FORGIVING_FROM:
        for mended in respelt(typed, completer):
            found += [(one, mended) for one in _living(view, completer, mended)]
    distinct = {(one.kind, folded(one.text)): (one, start) for one, start in reversed(found)}
    best = sorted(distinct.values(), key=lambda each: -_weight(view, each[0]))
    return [_shown(view, suggestion, start) for suggestion, start in best[:MOST]]


def _living(view: View, completer: Completer, typed: str) -> list[Suggestion]:
    alive = view.snapshot.alive
    found = [
        one
        for one in completer.complete(typed, limit=2 * MOST)
        if one.kind == "author" or alive[one.ordinal]
    ]
    late = view.keep("late titles", lambda: _late_titles(view))
    return found + [
        Suggestion(title, "title", ordinal)
        for ordinal, title, words in late
        if alive[ordinal] and (words.startswith(typed) or f" {typed}" in words)
    ]


def _late_titles(view: View) -> list[tuple[int, str, str]]:
    """Titles of the rows appended since the generation was built, with their folded form."""
    rows = range(view.snapshot.base_rows, view.snapshot.rows)
    titles = [(row, _late.decode(view.snapshot.list_json(row)).title) for row in rows]
    return [(row, title, folded(title)) for row, title in titles]


def _weight(view: View, suggestion: Suggestion) -> float:
    """A title weighs its popularity, an author that of the best liked book."""
    popularity = view.snapshot.columns.popularity
    if suggestion.kind == "title":
        return float(popularity[suggestion.ordinal])
    books = view.inverse("author").ordinals(suggestion.ordinal)
    living = books[view.snapshot.alive[books]]
    return float(popularity[living].max(initial=0.0))


def _shown(view: View, suggestion: Suggestion, start: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "text": suggestion.text,
        "type": suggestion.kind,
        "highlight": marked_start(suggestion.text, start),
    }
    if suggestion.kind == "title":
        shown["id"] = view.id_of(suggestion.ordinal)
    return shown
