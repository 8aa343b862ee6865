"""The text index of a build, row by row. Run as a program it is a process that writes one.

Arguments: the index's folder, and a folder in which each line of its input names a file: some
rows' `Texts`, which it takes and deletes. At the line "commit" it commits, answers "done" and ends;
where the input ends before, it ends without.
"""

import os
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import tantivy
from msgspec import Struct

from ext.tantivy_search.schema import build_schema, documents

HEAP_BYTES = 1_000_000_000
"""One indexing thread with room for every posting makes one segment; little of it is touched
unless the catalogue is large."""
COMMIT, DONE = b"commit\n", b"done\n"


class Texts(Struct, frozen=True, array_like=True, gc=False):
    """See `core.search.entries.Entries`."""

    words: Sequence[str]
    full_title: Sequence[str]
    author: Sequence[str]
    series: Sequence[str]


class TextWriter:
    """Takes rows in order; not for several threads."""

    def __init__(self, folder: Path) -> None:
        self._writer = tantivy.Index(build_schema(), path=str(folder)).writer(HEAP_BYTES, 1)
        self._rows = 0

    def add(self, texts: Texts) -> None:
        for document in documents(self._rows, texts):
            self._writer.add_document(document)
        self._rows += len(texts.words)

    def commit(self) -> None:
        self._writer.commit()
        self._writer.wait_merging_threads()


def write(folder: Path, spool: Path, lines: Iterable[bytes]) -> bool:
    """Whether it was told to commit, and did."""
    writer, decoder = TextWriter(folder), msgspec.msgpack.Decoder(Texts)
    for line in lines:
        if line == COMMIT:
            writer.commit()
            return True
        file = spool / line.decode().rstrip()
        writer.add(decoder.decode(file.read_bytes()))
        file.unlink()
    return False


def main() -> None:
    # Whoever started this one decides what an interrupt means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder, spool = map(Path, sys.argv[1:])
    if not write(folder, spool, sys.stdin.buffer):
        os._exit(1)  # at once: the folder is about to be removed
    sys.stdout.buffer.write(DONE)


if __name__ == "__main__":
    main()
