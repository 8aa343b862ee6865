"""Names and their codes: a built part, mapped and found by hash, and the names added since."""

import zlib
from collections.abc import Callable, Iterable
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.search.analysis import fold
from core.search.columns import NONE
from core.search.ordering import stable_order
from ext.tantivy_search.files import Growing, Mapped, load_array

_REMEMBERED = 8192
_KNOWN = 1 << 16


def text_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.names.text"


def ends_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.names.ends"


def same(name: str) -> str:
    """The key of names that are found only by exactly themselves."""
    return name


def write_names(folder: Path, name: str, names: Iterable[str], key: Callable[[str], str]) -> int:
    """Write the built part: texts, where each ends, and codes sorted by the key's hash.

    Returns the bytes of all texts.
    """
    names = list(names)
    encoded = [text.encode() for text in names]
    text_file(folder, name).write_bytes(b"".join(encoded))
    ends = np.fromiter(accumulate(map(len, encoded)), np.int64, len(encoded))
    ends_file(folder, name).write_bytes(ends.tobytes())
    keys = encoded if key is same else [key(text).encode() for text in names]
    hashes = np.fromiter(map(zlib.crc32, keys), np.uint32, len(keys))
    order = stable_order(hashes).astype(np.int32)
    np.save(folder / f"{name}.names.hashes.npy", hashes[order])
    np.save(folder / f"{name}.names.codes.npy", order)
    return int(ends[-1]) if len(ends) else 0


def _hash(key: str) -> int:
    return zlib.crc32(key.encode())


class Names:
    """All names of a generation; a `Vocabulary` shows those of one snapshot.

    key: names with the same key are found by each other: `fold`, or `same`.
    """

    def __init__(self, folder: Path, name: str, built: int, key: Callable[[str], str]) -> None:
        self._text = Mapped(text_file(folder, name)).bytes
        self._ends = Mapped(ends_file(folder, name)).view("q")
        self._hashes: NDArray[np.uint32] = load_array(folder / f"{name}.names.hashes.npy")
        self._codes: NDArray[np.int32] = load_array(folder / f"{name}.names.codes.npy")
        self._key = key
        self._added: dict[str, list[int]] = {}
        self._remembered: dict[str, list[int]] = {}
        self.count = built

    def grow(self, count: int) -> None:
        """Learn the names published since."""
        for code in range(self.count, count):
            self._added.setdefault(self._key(self.name(code)), []).append(code)
        self.count = max(self.count, count)

    def name(self, code: int) -> str:
        start = self._ends[code - 1] if code else 0
        return self._text[start : self._ends[code]].decode()

    def code(self, name: str, count: int) -> int:
        """The code of exactly this name, else the first of a name with its key, else NONE.

        count: codes from here on are not known yet to the one who asks.
        """
        key = self._key(name)
        codes = self._built(key)
        if key in self._added:
            codes = [code for code in codes + self._added[key] if code < count]
        if len(codes) > 1:
            return next((code for code in codes if self.name(code) == name), codes[0])
        return codes[0] if codes else NONE

    def _built(self, key: str) -> list[int]:
        codes = self._remembered.get(key)
        if codes is None:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            codes = self._remembered[key] = self._look_up(key)
        return codes

    def _look_up(self, key: str) -> list[int]:
        wanted = np.uint32(_hash(key))
        first = int(self._hashes.searchsorted(wanted, "left"))
        after = int(self._hashes.searchsorted(wanted, "right"))
        found = [int(code) for code in self._codes[first:after]]
        return sorted(code for code in found if self._key(self.name(code)) == key)


class Vocabulary:
    """The names one snapshot knows: the first `count` codes."""

    def __init__(self, names: Names, count: int) -> None:
        self._names = names
        self._count = count

    def __len__(self) -> int:
        return self._count

    def name(self, code: int) -> str:
        return self._names.name(code)

    def code(self, name: str) -> int:
        return self._names.code(name, self._count)


class NameWriter:
    """Adds names behind the published ones."""

    def __init__(self, folder: Path, name: str, names: Names, count: int, size: int) -> None:
        self._names = names
        self._text = Growing(text_file(folder, name), 1)
        self._ends = Growing(ends_file(folder, name), 8)
        self.count, self.size = count, size
        self._known: dict[str, int] = {}

    def code(self, name: str) -> int:
        """The code of exactly this name, a new one if need be."""
        code = self._known.get(name)
        if code is None:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            code = self._names.code(name, self.count)
            if code == NONE or self._names.name(code) != name:
                code = self._add(name)
            self._known[name] = code
        return code

    def _add(self, name: str) -> int:
        text = name.encode()
        self._text.write(self.size, text)
        self.size += len(text)
        self._ends.write(self.count, self.size.to_bytes(8, "little"))
        self.count += 1
        self._names.grow(self.count)
        return self.count - 1

    def files(self) -> tuple[Growing, Growing]:
        return self._text, self._ends


def keys() -> dict[str, Callable[[str], str]]:
    """How the names of each column are found."""
    folded = dict.fromkeys(("category", "author", "publisher", "series", "language"), fold)
    return {**folded, "terms": same}
