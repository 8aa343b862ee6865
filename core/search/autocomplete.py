"""Suggestions while a person types: titles and authors, any word may start with what stands."""

from collections.abc import Sequence
from itertools import chain
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.search import heaviest, slips
from core.search.analysis import terms_of, words_of
from core.search.heaviest import Heaviest, Range, entry_of, weight_of
from core.search.ordering import stable_order
from core.search.slips import Slips, ends_alike
from core.search.spelling import SHORTEST

KEY_BYTES = 24
MOST_WORDS = 12
"""Words of a title that may start a suggestion; nobody types the thirteenth first."""

MOST_RESPELT = 8
MOST_JOINED = 24
"""Mended beginnings that are looked for together with the other words."""
LONGEST_SLIPPED = slips.LONGEST - 1
MOST_MENDED = 3
"""Words that are looked at for a slip, the last ones."""
MOST_READ = 256
"""Keys that are read for a slip behind the first letters of a word."""
_NEWLINE, _SPACE = 10, 32
_AT_ONCE = 1 << 20
_EIGHT = 8
# Of eight bytes, the first 0 to 8.
_LEADING = np.array([(1 << 8 * size) - 1 for size in range(_EIGHT + 1)], np.uint64)

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


def all_folded(texts: Sequence[str]) -> list[str]:
    """The same of many texts, in a tenth of the time."""
    return [" ".join(words.split()) for words in words_of(texts)]


def build(
    titles: Sequence[str],
    title_weights: NDArray[np.float32],
    authors: Sequence[str],
    author_weights: NDArray[np.float32],
    *,
    folded_titles: Sequence[str] | None = None,
) -> dict[str, NDArray[Any]]:
    """Sort the word starts of every title and author, with the heaviest beside them.

    Weights are popularities; position in a sequence is the ordinal, the author's code.
    `complete.keys` (m,) holds the first 24 bytes from each word start on, ascending;
    `complete.ranked` whose they are and what those weigh (`core.search.heaviest`);
    `complete.text`, `.start` the entries themselves, titles first; `complete.titles` (1,) how many
    those are.
    folded_titles: where they are known already.
    """
    weight = np.concatenate((title_weights, author_weights)).astype(np.float32)
    starts = folded_titles if folded_titles is not None else all_folded(titles)
    table, owners = word_starts([*starts, *all_folded(authors)])
    order = _order(table)
    owners = owners[order]
    keys = table[order]
    encoded = [text.encode() for text in chain(titles, authors)]
    start = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), out=start[1:])
    return {
        "complete.keys": keys,
        **heaviest.build("complete", heaviest.numbers(owners, weight[owners])),
        "complete.text": np.frombuffer(b"".join(encoded), np.uint8),
        "complete.start": start,
        "complete.titles": np.array([len(titles)], np.int64),
        **slips.build(keys),
    }


def word_starts(texts: Sequence[str]) -> tuple[NDArray[np.bytes_], NDArray[np.int32]]:
    """The first bytes from each word on, up to the end of its text, and the text's position."""
    raw = np.frombuffer(("\n".join(texts) + "\n").encode() + bytes(KEY_BYTES), np.uint8)
    breaks = np.flatnonzero((raw == _NEWLINE) | (raw == _SPACE))
    ends_text = raw[breaks] == _NEWLINE
    owner = np.cumsum(ends_text) - ends_text
    first = np.zeros(len(breaks), np.int64)
    first[1:] = breaks[:-1] + 1
    last_word = np.flatnonzero(ends_text)
    first_word = np.zeros(len(last_word), np.int64)
    first_word[1:] = last_word[:-1] + 1
    length = breaks[last_word][owner] - first
    kept = (np.arange(len(breaks)) - first_word[owner] < MOST_WORDS) & (length > 0)
    first, length = first[kept], length[kept]
    table = np.empty((len(first), KEY_BYTES // _EIGHT), "<u8")
    eights = np.ndarray((len(raw) - _EIGHT + 1,), "<u8", raw.data, 0, (1,))
    for low in range(0, len(first), _AT_ONCE):
        part = slice(low, low + _AT_ONCE)
        for column, done in enumerate(range(0, KEY_BYTES, _EIGHT)):
            left = np.clip(length[part] - done, 0, _EIGHT)
            table[part, column] = eights[first[part] + done] & _LEADING[left]
    return table.view(f"S{KEY_BYTES}").ravel(), owner[kept].astype(np.int32)


def _order(table: NDArray[np.bytes_]) -> NDArray[np.int64]:
    """As a stable argsort of the keys, by four bytes at a time, the last first: several times
    faster."""
    order = np.arange(len(table))
    for part in table.view(">u4").reshape(-1, KEY_BYTES // 4).T[::-1]:
        order = order[stable_order(part[order])]
    return order


class Completer:
    """Look-ups over the arrays that `build` made."""

    def __init__(self, static: dict[str, NDArray[Any]]) -> None:
        self._keys = static.get("complete.keys", np.zeros(0, f"S{KEY_BYTES}"))
        self._heaviest = Heaviest("complete", static)
        self._text = static.get("complete.text", np.zeros(0, np.uint8))
        self._start = static.get("complete.start", np.zeros(1, np.int64))
        self._titles = int(static.get("complete.titles", np.zeros(1, np.int64))[0])
        self._slips = Slips(static)

    def complete(self, typed: str, *, limit: int) -> list[int]:
        """Entries with a word start at which the folded text goes on like `typed`.

        The heaviest first, each once; tombstones are the caller's to drop. See `suggestion`.
        """
        found = self.heaviest(self.ranges([typed]), limit)
        if len(typed.encode()) > KEY_BYTES:
            # The key ends before what was typed does: the entry itself decides.
            return [one for one in found if typed in folded(self.suggestion(one).text)]
        return found

    def ranges(self, prefixes: Sequence[str]) -> list[Range]:
        """Where the keys that go on like each prefix start and end."""
        encoded = [prefix.encode()[:KEY_BYTES] for prefix in prefixes]
        bounds = [*encoded, *map(_ceiling, encoded)]
        found = self._keys.searchsorted(np.array(bounds, self._keys.dtype)).tolist()
        return list(zip(found[: len(encoded)], found[len(encoded) :], strict=True))

    def heaviest(self, ranges: Sequence[Range], limit: int) -> list[int]:
        """The heaviest entries of the ranges, the largest of which come first, each once."""
        return self._heaviest.of(ranges, limit)

    def suggestion(self, found: int) -> Suggestion:
        """What stands behind an entry that was found."""
        entry = entry_of(found)
        text = self._text[self._start[entry] : self._start[entry + 1]].tobytes().decode()
        if entry < self._titles:
            return Suggestion(text, "title", entry, weight_of(found))
        return Suggestion(text, "author", entry - self._titles, weight_of(found))

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


def _ceiling(prefix: bytes) -> bytes:
    """A key above every key that starts with the prefix: UTF-8 never holds the byte 0xff."""
    if len(prefix) < KEY_BYTES:
        return prefix.ljust(KEY_BYTES, b"\xff")
    return prefix[:-1] + bytes([prefix[-1] + 1])
