"""What a generation has published since it was built: one small mapped file, never torn.

bytes 0–7: sequence; even: at rest, odd: the writer is committing. 8–15: 1 once another
generation has taken over. 16–23: when the writer last knew that nothing was missing, in nanoseconds
of Unix time, 0 before. From byte 4096 on two slots of equal size; the state published at
sequence s lies in slot (s // 2) % 2, so the writer fills one slot while readers use the other.
"""

import mmap
import struct
import zlib
from pathlib import Path

import msgspec
from msgspec import Struct

from core.search.snapshot import Horizon, IndexUnavailable

_FIRST_SLOT = 4096
_SLOT_BYTES = 256 * 1024
_SIZE = _FIRST_SLOT + 2 * _SLOT_BYTES
_PREFIX = struct.Struct("<II")
MOST_RUNNING = 2000
"""Running transactions a published horizon lists; with more it is drawn back to the oldest."""


class Published(Struct, frozen=True):
    """commit: changes of content so far; rows and deletes: items valid in the columns' files.

    documents: bytes of documents; lengths: items valid in the files of ragged columns; names:
    how many each vocabulary has, and bytes of their texts. cursor: where the change feed goes
    on. boot: the boot of the machine that wrote what may not be on disk yet, "" for nothing.
    """

    commit: int
    rows: int
    deletes: int
    documents: int
    lengths: dict[str, int]
    names: dict[str, tuple[int, int]]
    horizon: Horizon
    cursor: str
    boot: str = ""


def bounded(horizon: Horizon) -> Horizon:
    """A horizon that fits: fewer transactions are claimed to be contained, never more."""
    if len(horizon.running) <= MOST_RUNNING:
        return horizon
    return Horizon(horizon.xmin, horizon.xmin)


class Head:
    """One side of the file: the writer opens it writable, readers do not."""

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
        try:
            with path.open("r+b" if writable else "rb") as file:
                self._map = mmap.mmap(file.fileno(), _SIZE, access=access)
        except (OSError, ValueError) as error:
            raise IndexUnavailable(f"{path}: {error}", remedy="rebuild the index") from error
        self._numbers = memoryview(self._map)[:24].cast("q")

    @property
    def sequence(self) -> int:
        return self._numbers[0]

    @property
    def retired(self) -> bool:
        return self._numbers[1] != 0

    @property
    def complete_at_ns(self) -> int:
        """Everything committed before this Unix time is in the index; 0 when nobody knows."""
        return self._numbers[2]

    def complete(self, at_ns: int) -> None:
        self._numbers[2] = at_ns

    def read(self) -> tuple[int, Published]:
        """The last state published and its (even) sequence, also while the writer commits."""
        while True:
            sequence = self.sequence // 2 * 2
            offset = _FIRST_SLOT + sequence // 2 % 2 * _SLOT_BYTES
            size, checksum = _PREFIX.unpack_from(self._map, offset)
            data = self._map[offset + _PREFIX.size : offset + _PREFIX.size + size]
            # The slot is written again at the earliest during the commit after the next.
            if self.sequence > sequence + 1:
                continue
            if zlib.crc32(data) != checksum:
                raise IndexUnavailable("the head of the index is torn", remedy="rebuild the index")
            return sequence, msgspec.json.decode(data, type=Published)

    def begin(self) -> None:
        """Tell readers that text index and head may differ until `publish`."""
        self._numbers[0] |= 1

    def publish(self, state: Published) -> None:
        sequence = (self.sequence // 2 + 1) * 2
        self._fill(sequence, state)
        self._numbers[0] = sequence

    def settle(self) -> None:
        """Go back to rest at the last state, after a commit that a crash cut short."""
        self._numbers[0] = self.sequence // 2 * 2

    def retire(self) -> None:
        self._numbers[1] = 1

    def sync(self) -> None:
        self._map.flush()

    def _fill(self, sequence: int, state: Published) -> None:
        data = msgspec.json.encode(state)
        if len(data) > _SLOT_BYTES - _PREFIX.size:
            raise IndexUnavailable(
                f"the feed's cursor has {len(state.cursor)} characters",
                remedy="end long transactions, then rebuild the index",
            )
        offset = _FIRST_SLOT + sequence // 2 % 2 * _SLOT_BYTES
        _PREFIX.pack_into(self._map, offset, len(data), zlib.crc32(data))
        start = offset + _PREFIX.size
        self._map[start : start + len(data)] = data


def create(path: Path, state: Published) -> None:
    """Write the head of a new generation, at rest."""
    with path.open("wb") as file:
        file.truncate(_SIZE)
    head = Head(path, writable=True)
    head._fill(0, state)
    head.sync()
