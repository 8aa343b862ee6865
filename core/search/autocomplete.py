"""Suggestions while a person types: titles and authors, any word may start with what stands."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.search.analysis import terms_of
from core.search.ordering import stable_order
from core.search.spelling import SHORTEST

KEY_BYTES = 24
BLOCK = 256
BEST = 10
MOST_WORDS = 12
"""Words of a title that may start a suggestion; nobody types the thirteenth first."""

MOST_RESPELT = 8
_NEWLINE, _SPACE = 10, 32
_AT_ONCE = 1 << 20

Kind = Literal["title", "author"]


class Suggestion(NamedTuple):
    """ordinal: the book's row, for a title; the author's code, for an author."""

    text: str
    kind: Kind
    ordinal: int


def folded(text: str) -> str:
    """The form that is compared: folded words with one space between."""
    return " ".join(terms_of(text))


def build(
    titles: Sequence[str],
    title_weights: NDArray[np.float32],
    authors: Sequence[str],
    author_weights: NDArray[np.float32],
    *,
    folded_titles: Sequence[str] | None = None,
) -> dict[str, NDArray[Any]]:
    """Sort the word starts of every title and author, with the best of each block beside them.

    Weights are popularities; position in a sequence is the ordinal, the author's code.
    `complete.keys` (m,) holds the first 24 bytes from each word start on, ascending;
    `complete.entries` (m,) int32 whose they are; `complete.best` (blocks, 10) int32 the
    positions of each block of 256 that weigh most; `complete.text`, `.start`, `.weight` the
    entries themselves, titles first; `complete.titles` (1,) how many those are.
    folded_titles: where they are known already.
    """
    texts = [*titles, *authors]
    weight = np.concatenate((title_weights, author_weights)).astype(np.float32)
    starts = folded_titles if folded_titles is not None else [folded(title) for title in titles]
    table, owners = word_starts([*starts, *(folded(author) for author in authors)])
    order = _order(table)
    owners = owners[order]
    encoded = [text.encode() for text in texts]
    start = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in encoded], out=start[1:])
    return {
        "complete.keys": table[order],
        "complete.entries": owners,
        "complete.best": _best(weight[owners]),
        "complete.text": np.frombuffer(b"".join(encoded), np.uint8),
        "complete.start": start,
        "complete.weight": weight,
        "complete.titles": np.array([len(titles)], np.int64),
    }


def word_starts(texts: Sequence[str]) -> tuple[NDArray[np.bytes_], NDArray[np.int32]]:
    """The first bytes from each word on, up to the end of its text, and the text's position."""
    raw = np.frombuffer(("\n".join(texts) + "\n").encode() + bytes(KEY_BYTES), np.uint8)
    line_end = np.flatnonzero(raw == _NEWLINE)
    breaks = np.flatnonzero((raw == _NEWLINE) | (raw == _SPACE))
    first = np.concatenate((np.zeros(1, np.int64), breaks[:-1] + 1))
    owner = np.searchsorted(line_end, first)
    line_start = np.concatenate((np.zeros(1, np.int64), line_end[:-1] + 1))
    place = np.arange(len(first)) - np.searchsorted(first, line_start)[owner]
    kept = (place < MOST_WORDS) & (first < line_end[owner])
    first, owner = first[kept], owner[kept]
    length = line_end[owner] - first
    table = np.zeros(len(first), f"S{KEY_BYTES}")
    windows = np.lib.stride_tricks.sliding_window_view(raw, KEY_BYTES)
    for low in range(0, len(first), _AT_ONCE):
        part = slice(low, low + _AT_ONCE)
        keys = windows[first[part]]
        keys[np.arange(KEY_BYTES) >= length[part, None]] = 0
        table[part] = keys.view(table.dtype).ravel()
    return table, owner.astype(np.int32)


def _order(table: NDArray[np.bytes_]) -> NDArray[np.int64]:
    """As a stable argsort of the keys, by eight bytes at a time: several times faster."""
    words = table.view(">u8").reshape(-1, KEY_BYTES // 8).astype(np.uint64)
    order = stable_order(words[:, 0])
    leading = words[order, 0]
    same = np.zeros(len(order) + 1, np.bool_)
    same[1:-1] = leading[1:] == leading[:-1]
    tied = np.flatnonzero(same[1:] | same[:-1])
    among = order[tied]
    order[tied] = among[np.lexsort(words[among].T[::-1])]
    return order


def _best(weights: NDArray[np.float32]) -> NDArray[np.int32]:
    """Positions of the heaviest ten of each block of 256, (blocks, 10), padded with -1."""
    blocks = -(-len(weights) // BLOCK)
    padded = np.full(blocks * BLOCK, -np.inf, np.float32)
    padded[: len(weights)] = weights
    grid = padded.reshape(blocks, BLOCK)
    place = np.argpartition(-grid, BEST, axis=1)[:, :BEST]
    position = (place + np.arange(blocks)[:, None] * BLOCK).astype(np.int32)
    position[np.take_along_axis(grid, place, axis=1) == -np.inf] = -1
    return position


class Completer:
    """Look-ups over the arrays that `build` made."""

    def __init__(self, static: dict[str, NDArray[Any]]) -> None:
        self._keys = static.get("complete.keys", np.zeros(0, f"S{KEY_BYTES}"))
        self._entries = static.get("complete.entries", np.zeros(0, np.int32))
        self._best = static.get("complete.best", np.zeros((0, BEST), np.int32))
        self._text = static.get("complete.text", np.zeros(0, np.uint8))
        self._start = static.get("complete.start", np.zeros(1, np.int64))
        self._weight = static.get("complete.weight", np.zeros(0, np.float32))
        self._titles = int(static.get("complete.titles", np.zeros(1, np.int64))[0])

    def complete(self, typed: str, *, limit: int) -> list[Suggestion]:
        """Entries with a word start at which the folded text goes on like `typed`.

        The heaviest first. One entry stands once; tombstones are the caller's to drop.
        """
        prefix = typed.encode()
        first, after = self._range(prefix[:KEY_BYTES])
        entries = self._entries[self._heaviest(first, after, limit)]
        if len(prefix) > KEY_BYTES:
            # The key ends before what was typed does: the entry itself decides.
            entries = entries[[typed in folded(self._entry(entry)) for entry in entries.tolist()]]
        found = dict.fromkeys(entries[np.argsort(-self._weight[entries], kind="stable")].tolist())
        return [self._suggestion(entry) for entry in list(found)[:limit]]

    def known(self, prefixes: list[str]) -> list[str]:
        """Those of the prefixes that any word start goes on from, the most frequent first."""
        if not prefixes:
            return []
        encoded = [prefix.encode()[:KEY_BYTES] for prefix in prefixes]
        low = np.searchsorted(self._keys, np.array(encoded, f"S{KEY_BYTES}"))
        ceilings = np.array([_ceiling(prefix) for prefix in encoded], f"S{KEY_BYTES}")
        high = np.searchsorted(self._keys, ceilings, "right")
        order = np.argsort(low - high, kind="stable")
        return [prefixes[i] for i in order[: np.count_nonzero(high > low)]]

    def _range(self, prefix: bytes) -> tuple[int, int]:
        low, high = np.array([prefix, _ceiling(prefix)], f"S{KEY_BYTES}")
        return (
            int(np.searchsorted(self._keys, low, "left")),
            int(np.searchsorted(self._keys, high, "right")),
        )

    def _heaviest(self, first: int, after: int, limit: int) -> NDArray[np.int64]:
        """Positions in [first, after) that may hold the heaviest entries.

        Whole blocks bring their ten best; an entry may stand several times in a block (each of
        its words may begin alike), so three times the limit is kept before repeats fall out.
        """
        low, high = -(-first // BLOCK), after // BLOCK
        if high - low < 2:
            position = np.arange(first, after)
        else:
            inner = self._best[low:high].ravel()
            edges = np.concatenate((np.arange(first, low * BLOCK), np.arange(high * BLOCK, after)))
            position = np.concatenate((inner[inner >= 0].astype(np.int64), edges))
        if len(position) > 4 * limit:
            weight = self._weight[self._entries[position]]
            position = position[np.argpartition(-weight, 3 * limit)[: 3 * limit]]
        return position

    def _entry(self, entry: int) -> str:
        return self._text[self._start[entry] : self._start[entry + 1]].tobytes().decode()

    def _suggestion(self, entry: int) -> Suggestion:
        if entry < self._titles:
            return Suggestion(self._entry(entry), "title", entry)
        return Suggestion(self._entry(entry), "author", entry - self._titles)


def _ceiling(prefix: bytes) -> bytes:
    """A key above every key that starts with the prefix: UTF-8 never holds the byte 0xff."""
    return prefix.ljust(KEY_BYTES, b"\xff")


def respelt(typed: str, completer: Completer) -> list[str]:
    """What one slip away from `typed` starts a word: the last word of 4 letters or more mended.

    The eight most frequent; those that begin as typed alone, where there are any. Slips: a letter
    too many, too few, another, two swapped. Letters tried are a to z, or those
    of the typed text where it is written in another script.
    """
    head, _, last = typed.rpartition(" ")
    if len(last) <= SHORTEST:
        return []
    letters = sorted({chr(code) for code in range(97, 123)} | {x for x in last if x.isalpha()})
    parts = [(last[:i], last[i:]) for i in range(len(last) + 1)]
    slips = {a + b[1:] for a, b in parts if b}
    slips |= {a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1}
    slips |= {a + letter + b[1:] for a, b in parts if b for letter in letters}
    slips |= {a + letter + b for a, b in parts for letter in letters}
    slips.discard(last)
    lead = f"{head} " if head else ""
    known = completer.known([lead + slip for slip in sorted(slips) if len(slip) >= SHORTEST])
    alike = [prefix for prefix in known if prefix[len(lead)] == last[0]]
    return (alike or known)[:MOST_RESPELT]
