"""Suggestions while a person types: titles and authors, any word may start with what stands."""

from collections.abc import Iterator, Sequence
from itertools import islice, starmap
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.search import slips
from core.search.analysis import terms_of
from core.search.ordering import stable_order
from core.search.slips import Slips, ends_alike
from core.search.spelling import SHORTEST

KEY_BYTES = 24
BLOCK = 256
BLOCKS = 16
BEST = 10
MOST_WORDS = 12
"""Words of a title that may start a suggestion; nobody types the thirteenth first."""

MOST_RESPELT = 8
MOST_KEPT = 8_192
MOST_JOINED = 24
"""Mended beginnings that are looked for together with the other words."""
LONGEST_SLIPPED = slips.LONGEST - 1
MOST_MENDED = 3
"""Words that are looked at for a slip, the last ones."""
MOST_READ = 256
"""Keys that are read for a slip behind the first letters of a word."""
_NEWLINE, _SPACE = 10, 32
_AT_ONCE = 1 << 20

Kind = Literal["title", "author"]


class Suggestion(NamedTuple):
    """ordinal: the book's row, for a title; the author's code, for an author. weight: its
    popularity when the generation was built."""

    text: str
    kind: Kind
    ordinal: int
    weight: float


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
    `complete.entries` (m,) int32 whose they are, `complete.weights` (m,) what those weigh;
    `complete.best` (blocks, 10) int32 the heaviest entries of each block of 256, -1 for none, and
    `complete.best_weights` beside them, `complete.most` and `complete.most_weights` the same of
    each 16 blocks; `complete.text`, `.start`, `.weight` the entries themselves, titles first;
    `complete.titles` (1,) how many those are.
    folded_titles: where they are known already.
    """
    texts = [*titles, *authors]
    weight = np.concatenate((title_weights, author_weights)).astype(np.float32)
    starts = folded_titles if folded_titles is not None else [folded(title) for title in titles]
    table, owners = word_starts([*starts, *(folded(author) for author in authors)])
    order = _order(table)
    owners = owners[order]
    keys = table[order]
    best, best_weights = _heaviest_of(owners, weight[owners], BLOCK)
    most, most_weights = _heaviest_of(best.ravel(), best_weights.ravel(), BLOCKS * BEST)
    encoded = [text.encode() for text in texts]
    start = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in encoded], out=start[1:])
    return {
        "complete.keys": keys,
        "complete.entries": owners,
        "complete.weights": weight[owners],
        "complete.best": best,
        "complete.best_weights": best_weights,
        "complete.most": most,
        "complete.most_weights": most_weights,
        "complete.text": np.frombuffer(b"".join(encoded), np.uint8),
        "complete.start": start,
        "complete.weight": weight,
        "complete.titles": np.array([len(titles)], np.int64),
        **slips.build(keys),
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


def _heaviest_of(
    entries: NDArray[np.int32], weights: NDArray[np.float32], block: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The heaviest ten of each block, each entry once, and their weights; (blocks, 10), padded
    with -1 and -∞."""
    blocks = -(-len(weights) // block)
    grid = np.full(blocks * block, -np.inf, np.float32)
    grid[: len(weights)] = weights
    owners = np.full(blocks * block, -1, np.int32)
    owners[: len(entries)] = entries
    by_block, weigh = owners.reshape(blocks, block), grid.reshape(blocks, block)
    # Several words of one title may begin alike: it must not take the places of others.
    order = np.argsort(by_block, axis=1)
    alike = np.take_along_axis(by_block, order, axis=1)
    rows, again = np.nonzero(alike[:, 1:] == alike[:, :-1])
    repeats = rows, order[rows, again + 1]
    by_block[repeats], weigh[repeats] = -1, -np.inf
    place = np.argpartition(-weigh, BEST, axis=1)[:, :BEST]
    best = np.take_along_axis(by_block, place, axis=1)
    return best, np.take_along_axis(weigh, place, axis=1)


Range = tuple[int, int]


class Completer:
    """Look-ups over the arrays that `build` made."""

    def __init__(self, static: dict[str, NDArray[Any]]) -> None:
        entries, weights = np.zeros(0, np.int32), np.zeros(0, np.float32)
        self._keys = static.get("complete.keys", np.zeros(0, f"S{KEY_BYTES}"))
        self._levels = (
            (static.get("complete.entries", entries), static.get("complete.weights", weights)),
            *(
                (
                    static.get(f"complete.{name}", entries).reshape(-1),
                    static.get(f"complete.{name}_weights", weights).reshape(-1),
                )
                for name in ("best", "most")
            ),
        )
        self._text = static.get("complete.text", np.zeros(0, np.uint8))
        self._start = static.get("complete.start", np.zeros(1, np.int64))
        self._titles = int(static.get("complete.titles", np.zeros(1, np.int64))[0])
        self._slips = Slips(static)
        self._made: dict[int, Suggestion] = {}

    def complete(self, typed: str, *, limit: int) -> Iterator[Suggestion]:
        """Entries with a word start at which the folded text goes on like `typed`.

        The heaviest first. One entry stands once; tombstones are the caller's to drop.
        """
        found = self.heaviest(self.ranges([typed]), limit)
        if len(typed.encode()) > KEY_BYTES:
            # The key ends before what was typed does: the entry itself decides.
            return (one for one in found if typed in folded(one.text))
        return found

    def ranges(self, prefixes: Sequence[str]) -> list[Range]:
        """Where the keys that go on like each prefix start and end."""
        encoded = [prefix.encode()[:KEY_BYTES] for prefix in prefixes]
        bounds = [*encoded, *map(_ceiling, encoded)]
        found = self._keys.searchsorted(np.array(bounds, self._keys.dtype)).tolist()
        return list(zip(found[: len(encoded)], found[len(encoded) :], strict=True))

    def heaviest(self, ranges: Sequence[Range], limit: int) -> Iterator[Suggestion]:
        """The heaviest entries of the ranges, the largest of which come first, each once."""
        outer: list[Range] = []
        for low, high in ranges:
            if not any(first <= low and high <= after for first, after in outer):
                outer.append((low, high))
        pieces = [piece for low, high in outer for piece in self._pieces(low, high, 0)]
        if not pieces:
            return iter(())
        entries = np.concatenate([self._levels[level][0][part] for level, part in pieces])
        weights = np.concatenate([self._levels[level][1][part] for level, part in pieces])
        kept = 3 * limit
        found = _once(entries, weights, kept)
        # An entry may stand several times: several of its words may begin alike.
        while len(found) < limit and kept < len(entries):
            kept *= 4
            found = _once(entries, weights, kept)
        return starmap(self._suggestion, islice(found.items(), limit))

    def _pieces(self, low: int, high: int, level: int) -> list[tuple[int, slice]]:
        """What of each level is to be looked at for a range: blocks bring their ten best."""
        size = BLOCK if level == 0 else BLOCKS * BEST
        first, after = -(-low // size), high // size
        if level == 2 or after - first < 2:
            return [(level, slice(low, high))] if low < high else []
        return [
            (level, slice(low, first * size)),
            *self._pieces(first * BEST, after * BEST, level + 1),
            (level, slice(after * size, high)),
        ]

    def near(self, typed: str) -> list[tuple[str, Range]]:
        """What starts words and is one slip in a word away from `typed`, and its ranges.

        Words of 4 letters or more, the last first. The most frequent eight; those that begin as
        typed alone, where there are any. Where there are none, those with a space more or less.
        """
        words = typed.split(" ")
        for place in reversed(range(max(0, len(words) - MOST_MENDED), len(words))):
            if len(words[place]) > SHORTEST:
                lead = "".join([f"{word} " for word in words[:place]])
                rest = "".join([f" {word}" for word in words[place + 1 :]])
                if found := self._mended(lead, words[place], rest):
                    return found[:MOST_RESPELT]
        apart = [
            f"{typed[:i]} {typed[i:]}"
            for i in range(2, len(typed) - 1)
            if " " not in typed[i - 2 : i + 2]
        ]
        joined = [typed[:i] + typed[i + 1 :] for i, letter in enumerate(typed) if letter == " "]
        return self._present(joined + apart)[:MOST_RESPELT]

    def _mended(self, lead: str, word: str, rest: str) -> list[tuple[str, Range]]:
        """With the slip in this word; lead, rest: what stands before and behind it."""
        start, end = word[:LONGEST_SLIPPED], word[LONGEST_SLIPPED:]
        alone = not (lead or end or rest)
        begun = self._slips.near(start, MOST_RESPELT if alone else MOST_JOINED, alike=alone)
        known = [self._keys[one.low].decode(errors="ignore")[: one.letters] for one in begun]
        if alone:
            return [(each, (one.low, one.high)) for each, one in zip(known, begun, strict=True)]
        found = self._present([f"{lead}{each}{end}{rest}" for each in known])
        if end:
            found += self._ended(lead, word, rest)
        first = len(lead)
        return [each for each in found if each[0][first] == word[0]] or found

    def _ended(self, lead: str, word: str, rest: str) -> list[tuple[str, Range]]:
        """With the slip behind the first letters of the word, which are right."""
        same = LONGEST_SLIPPED - 1
        ((low, high),) = self.ranges([lead + word[:same]])
        keys = self._keys[low : min(high, low + MOST_READ)].tolist()
        skipped = len(lead.encode())
        known = {key[skipped:].partition(b" ")[0].decode(errors="ignore") for key in keys}
        alike = [each for each in sorted(known) if ends_alike(word, each, same)]
        return self._present([f"{lead}{each}{rest}" for each in alike[:MOST_RESPELT]])

    def _present(self, prefixes: list[str]) -> list[tuple[str, Range]]:
        """Those of the prefixes that any word start goes on from, the most frequent first."""
        if not prefixes:
            return []
        each = zip(prefixes, self.ranges(prefixes), strict=True)
        present = [(prefix, (low, high)) for prefix, (low, high) in each if low < high]
        return sorted(present, key=lambda found: found[1][0] - found[1][1])

    def _suggestion(self, entry: int, weight: float) -> Suggestion:
        """Kept, for the popular ones are offered again and again."""
        made = self._made.get(entry)
        if made is None:
            text = self._text[self._start[entry] : self._start[entry + 1]].tobytes().decode()
            is_title = entry < self._titles
            made = Suggestion(
                text,
                "title" if is_title else "author",
                entry if is_title else entry - self._titles,
                weight,
            )
            if len(self._made) >= MOST_KEPT:
                self._made.clear()
            self._made[entry] = made
        return made


def _once(entries: NDArray[np.int32], weights: NDArray[np.float32], most: int) -> dict[int, float]:
    """The entries among the heaviest `most` places, each once, with their weights, in order."""
    if len(entries) > most:
        place = np.argpartition(-weights, most)[:most]
        entries, weights = entries[place], weights[place]
    order = np.lexsort((entries, -weights))
    found = dict(zip(entries[order].tolist(), weights[order].tolist(), strict=True))
    found.pop(-1, None)
    return found


def _ceiling(prefix: bytes) -> bytes:
    """A key above every key that starts with the prefix: UTF-8 never holds the byte 0xff."""
    return prefix.ljust(KEY_BYTES, b"\xff")
