"""What the search box offers: titles and authors of living books, heaviest first."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct

from core.search.autocomplete import MOST_KEPT, Completer, Suggestion, folded
from core.search.starts import marked_start
from core.search.view import View

MOST = 10
FEWEST_LETTERS = 2
FORGIVING_FROM = 4


class _Titled(Struct, frozen=True):
    title: str


_title = msgspec.json.Decoder(_Titled)
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
    completer = view.keep("completer", lambda: Completer(view.snapshot.static))
    # Some may be dead, or the same text again.
    limit = 2 * MOST
    found = _heaviest(view, completer.complete(typed, limit=limit), [typed])
    starts = [typed]
    if not found and letters >= FORGIVING_FROM:
        mended = completer.near(typed)
        # A longer beginning tells more precisely what to mark.
        starts = sorted((start for start, _ in mended), key=len, reverse=True)
        found = _heaviest(view, completer.heaviest([at for _, at in mended], limit), starts)
    return b"[%b]" % b",".join([_shown(view, one, starts) for one in found])


def _heaviest(view: View, found: Iterator[Suggestion], starts: Sequence[str]) -> list[Suggestion]:
    """The ten heaviest of those found and of later books; equal texts once."""
    snapshot = view.snapshot
    if not snapshot.living == snapshot.base_rows == snapshot.rows:
        changed = [*_living(view, found), *_late(view, starts)]
        found = iter(sorted(changed, key=lambda one: -one.weight))
    distinct: dict[tuple[str, str], Suggestion] = {}
    for one in found:
        distinct.setdefault((one.kind, one.text.casefold()), one)
        if len(distinct) == MOST:
            break
    return list(distinct.values())


def _living(view: View, found: Iterable[Suggestion]) -> list[Suggestion]:
    """Without dead books; authors weigh what the best liked of their living books does."""
    snapshot = view.snapshot
    kept = []
    for one in found:
        if one.kind == "title":
            if snapshot.alive[one.ordinal]:
                kept.append(one)
        else:
            books = view.inverse("author").ordinals(one.ordinal)
            living = books[snapshot.alive[books]]
            if len(living):
                weight = float(snapshot.columns.popularity[living].max())
                kept.append(one._replace(weight=weight))
    return kept


def _late(view: View, starts: Sequence[str]) -> list[Suggestion]:
    """Titles of the rows appended since the generation was built."""
    late = view.keep("late titles", lambda: _late_titles(view))
    popularity, alive = view.snapshot.columns.popularity, view.snapshot.alive
    return [
        Suggestion(title, "title", ordinal, float(popularity[ordinal]))
        for ordinal, title, words in late
        if alive[ordinal] and any(f" {start}" in f" {words}" for start in starts)
    ]


def _late_titles(view: View) -> list[tuple[int, str, str]]:
    """With their folded form."""
    rows = range(view.snapshot.base_rows, view.snapshot.rows)
    titles = [(row, _title.decode(view.snapshot.list_json(row)).title) for row in rows]
    return [(row, title, folded(title)) for row, title in titles]


def _shown(view: View, one: Suggestion, starts: Sequence[str]) -> bytes:
    highlight = marked_start(one.text, starts[0])
    for start in starts[1:]:
        if "<mark>" in highlight:
            break
        highlight = marked_start(one.text, start)
    kept: dict[tuple[str, int], tuple[bytes, bytes]] = view.keep("shown suggestions", dict)
    around = kept.get((one.kind, one.ordinal))
    if around is None:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        around = kept[one.kind, one.ordinal] = _around(view, one)
    return _json.encode(highlight).join(around)


def _around(view: View, one: Suggestion) -> tuple[bytes, bytes]:
    """What stands before the highlight, and behind it."""
    before = b'{"text":%b,"type":"%b","highlight":' % (_json.encode(one.text), one.kind.encode())
    if one.kind == "author":
        return before, b"}"
    return before, b',"id":%b}' % _json.encode(view.id_of(one.ordinal))
