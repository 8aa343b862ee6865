"""The text index of a build, written beside it: by a process where the catalogue is large.

An interpreter runs one thread at a time: handing documents to Tantivy would wait for analysis and
analysis for it.
"""

import os
import subprocess
import sys
from pathlib import Path

import msgspec

from core.search.entries import Entries
from core.search.snapshot import IndexUnavailable
from ext.tantivy_search.text_writer import COMMIT, DONE, Texts, TextWriter

EARLY = 8_000
"""Books that are waited for: fewer are written sooner than a process starts."""

_encode = msgspec.msgpack.Encoder().encode


class TextBuilder:
    """Takes rows in order. Not for several threads, but `commit` may run in another.

    spool: a folder of its own for what the process has not taken yet.
    """

    def __init__(self, folder: Path, spool: Path) -> None:
        folder.mkdir()
        self._folder, self._spool = folder, spool
        self._early: list[Texts] = []
        self._process: _TextProcess | None = None

    def add(self, entries: Entries) -> None:
        texts = Texts(entries.words, entries.full_title, entries.author, entries.series)
        if self._process is not None:
            self._process.add(texts)
            return
        self._early.append(texts)
        if sum(len(each.words) for each in self._early) > EARLY:
            self._process = _TextProcess(self._folder, self._spool)
            for each in self._early:
                self._process.add(each)
            self._early.clear()

    def commit(self) -> None:
        """Write what is left; nothing may be added any more."""
        if self._process is not None:
            self._process.commit()
            return
        writer = TextWriter(self._folder)
        for each in self._early:
            writer.add(each)
        writer.commit()

    def abandon(self) -> None:
        if self._process is not None:
            self._process.kill()


class _TextProcess:
    """Raises IndexUnavailable where the process has ended."""

    def __init__(self, folder: Path, spool: Path) -> None:
        spool.mkdir()
        self._spool = spool
        self._sent = 0
        self._process = subprocess.Popen(  # noqa: S603 # ourselves
            [sys.executable, "-m", "ext.tantivy_search.text_writer", str(folder), str(spool)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Nothing waits in a buffer to be sent, in vain, when the pipe is closed.
            bufsize=0,
            # Where this program was started from may not be where it is found.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )

    def add(self, texts: Texts) -> None:
        # By a file: a pipe holds 64 KB and would make this process wait for the other.
        (self._spool / str(self._sent)).write_bytes(_encode(texts))
        self._tell(b"%d\n" % self._sent)
        self._sent += 1

    def commit(self) -> None:
        self._tell(COMMIT)
        told = self._process.stdout.readline() if self._process.stdout else b""
        self.kill()
        if told != DONE:
            raise _ended()
        self._spool.rmdir()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _tell(self, line: bytes) -> None:
        try:
            if self._process.stdin:
                self._process.stdin.write(line)
        except OSError as error:
            raise _ended() from error


def _ended() -> IndexUnavailable:
    return IndexUnavailable(
        "the process that writes the text index has ended",
        remedy="see its message above; short memory is the likeliest reason",
    )
