"""The dictionary of a build: terms and their codes, found by the hash of a term's bytes."""

import secrets
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ext.tantivy_search.rows import Coded

_SPACE, _NEWLINE = 32, 10
_WORD_BYTES = 8
_SMALLEST = 1 << 16
_ABSENT = -1
# Of a word of eight bytes, those of its first 0 to 8.
_FIRST = np.array([(1 << 8 * size) - 1 for size in range(_WORD_BYTES + 1)], np.uint64)

Numbers = NDArray[np.uint64]
Places = NDArray[np.int64]


class _Words(NamedTuple):
    """Words in a buffer: word i is raw[first[i] : first[i] + size[i]], then comes a gap."""

    raw: NDArray[np.uint8]
    first: Places
    size: Places


class Dictionary:
    """Codes in order of first appearance. Not for several threads.

    No term is a Python object before it is asked for: a word of a book costs some 40 ns, a
    tenth of what splitting a text and looking each word up takes. Terms of up to eight bytes
    are told apart for certain, longer ones by 64 bits: among ten million two are taken for one
    with a chance of one in 10⁵, and the seed is drawn anew for each build, so that nobody can
    bring it about.
    """

    def __init__(self) -> None:
        self._seed = np.uint64(secrets.randbits(64))
        self._factor = np.uint64(secrets.randbits(64) | 1)
        self._slots = _Slots(_SMALLEST)
        self._texts: list[bytes] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def terms(self) -> list[str]:
        """All terms, by code."""
        return b"".join(self._texts).decode().split()

    def codes(self, rows: Sequence[str]) -> Coded:
        """A `TermCoder`: terms that are met for the first time get the next codes."""
        # A gap before and behind every word; room to read eight bytes from any of them.
        data = " {}\n".format("\n".join(rows)).encode() + bytes(_WORD_BYTES)
        raw = np.frombuffer(data, np.uint8)
        whole = raw[:-_WORD_BYTES]
        gap = whole <= _SPACE
        edges = np.flatnonzero(gap[1:] != gap[:-1]) + 1
        words = _Words(raw, edges[::2], edges[1::2] - edges[::2])
        row_ends = np.searchsorted(words.first, np.flatnonzero(whole == _NEWLINE))
        lengths = np.diff(row_ends, prepend=0)[: len(rows)]
        return lengths, self._codes(words)

    def _codes(self, words: _Words) -> NDArray[np.int32]:
        keys = self._keys(words)
        codes = self._slots.find(keys)
        missing = np.flatnonzero(codes == _ABSENT)
        if len(missing):
            fresh, first, which = np.unique(keys[missing], return_index=True, return_inverse=True)
            order = np.argsort(first)
            given = np.empty(len(fresh), np.int32)
            given[order] = np.arange(self._count, self._count + len(fresh), dtype=np.int32)
            codes[missing] = given[which]
            self._add(words, missing[first[order]], fresh[order])
        return codes

    def _keys(self, words: _Words) -> Numbers:
        """Never 0, for that is an empty slot."""
        eights = np.ndarray((len(words.raw) - _WORD_BYTES + 1,), "<u8", words.raw.data, 0, (1,))
        keys = eights[words.first] & _FIRST[np.minimum(words.size, _WORD_BYTES)]
        done = _WORD_BYTES
        long = np.flatnonzero(words.size > done)
        while len(long):
            left = np.minimum(words.size[long] - done, _WORD_BYTES)
            part = eights[words.first[long] + done] & _FIRST[left]
            keys[long] = self._mixed(keys[long]) + part * self._factor
            done += _WORD_BYTES
            long = long[words.size[long] > done]
        keys = self._mixed(keys)
        keys[keys == 0] = 1
        return keys

    def _mixed(self, keys: Numbers) -> Numbers:
        """One to one, so that short words never share a key."""
        keys = (keys ^ self._seed) * self._factor
        keys ^= keys >> np.uint64(32)
        return keys * self._factor

    def _add(self, words: _Words, fresh: Places, keys: Numbers) -> None:
        size = words.size[fresh] + 1  # the gap behind it parts it from the next
        after = np.cumsum(size)
        places = np.repeat(words.first[fresh] - (after - size), size) + np.arange(after[-1])
        self._texts.append(words.raw[places].tobytes())
        codes = np.arange(self._count, self._count + len(fresh), dtype=np.int32)
        self._count += len(fresh)
        if 2 * self._count > len(self._slots.keys):
            former = self._slots
            self._slots = _Slots(4 * len(former.keys))
            full = np.flatnonzero(former.keys)
            self._slots.put(former.keys[full], former.codes[full])
        self._slots.put(keys, codes)


class _Slots:
    """An open-addressing table of keys and their codes; a power of two, at most half full."""

    def __init__(self, size: int) -> None:
        self.keys = np.zeros(size, np.uint64)
        self.codes = np.zeros(size, np.int32)
        self._shift = np.uint64(64 - (size - 1).bit_length())

    def _home(self, keys: Numbers) -> Places:
        return (keys >> self._shift).astype(np.int64)

    def find(self, keys: Numbers) -> NDArray[np.int32]:
        """The keys' codes, _ABSENT where there is none."""
        slot = self._home(keys)
        held = self.keys[slot]
        codes = np.where(held == keys, self.codes[slot], np.int32(_ABSENT))
        going = np.flatnonzero((held != keys) & (held != 0))
        while len(going):
            slot[going] = (slot[going] + 1) % len(self.keys)
            held = self.keys[slot[going]]
            same = held == keys[going]
            codes[going[same]] = self.codes[slot[going[same]]]
            going = going[~same & (held != 0)]
        return codes

    def put(self, keys: Numbers, codes: NDArray[np.int32]) -> None:
        """Distinct keys that are not there yet."""
        slot = self._home(keys)
        while len(keys):
            free = np.flatnonzero(self.keys[slot] == 0)
            self.keys[slot[free]] = keys[free]
            self.codes[slot[free]] = codes[free]
            # Of several that want one slot the last has it.
            left = self.keys[slot] != keys
            keys, codes, slot = keys[left], codes[left], (slot[left] + 1) % len(self.keys)
