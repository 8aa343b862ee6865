"""Builds a whole generation beside the one that is served."""

import os
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.catalogue.book import Book
from core.search.columns import RAGGED_TYPES, ROW_TYPES, VOCABULARIES
from core.search.entries import entries_of, is_listed
from core.search.snapshot import Horizon
from ext.tantivy_search import head, layout, manifest, verified
from ext.tantivy_search.derived import Derived, Gathered, derive
from ext.tantivy_search.dictionary import Dictionary
from ext.tantivy_search.files import set_capacity
from ext.tantivy_search.manifest import Checked, Manifest
from ext.tantivy_search.names import ends_file, text_file
from ext.tantivy_search.rows import Rows, rows_of
from ext.tantivy_search.text_building import TextBuilder

PORTION = 2_000
"""Books analysed at a time: what comes of so many stays in the processor's cache."""

MOST_THREADS = 4
"""Threads that finish a generation: as many parts take about as long as the longest."""

_DERIVED = ("popularity", "card")
_PLAIN = {**{name: kind for name, kind in ROW_TYPES.items() if name not in _DERIVED}}
_PLAIN[layout.LIST_LENGTH] = "<i4"


class Codes(dict[str, int]):
    """Codes in order of first appearance."""

    def __missing__(self, name: str) -> int:
        self[name] = code = len(self)
        return code


class GenerationBuilder:
    """Takes books batch by batch, then checks, names and seals the generation.

    Not for several threads; everything it makes lies in `.gN.tmp` until `finish`.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.name = layout.next_name(folder)
        self._path = folder / f".{self.name}.tmp"
        (self._path / layout.STATIC).mkdir(parents=True)
        self._text = TextBuilder(self._path / layout.TANTIVY, self._path / layout.SPOOL)
        self._codes = {name: Codes() for name in VOCABULARIES}
        self._coders = {name: codes.__getitem__ for name, codes in self._codes.items()}
        self._dictionary = Dictionary()
        self._files: dict[str, BinaryIO] = {}
        self._lengths: dict[str, list[NDArray[np.int64]]] = {}
        self._titles: list[str] = []
        self._folded: list[str] = []
        self.rows = 0

    def add(self, books: Sequence[Book]) -> None:
        """Append books; each id at most once over all batches. Hidden ones are left out."""
        for first in range(0, len(books), PORTION):
            self._take([book for book in books[first : first + PORTION] if is_listed(book)])

    def finish(self, horizon: Horizon, cursor: str) -> Path:
        """Seal the generation and give it its name; `layout.switch` makes it the current one."""
        for file in self._files.values():
            file.close()
        whole = {self._path / name for name in self._files}
        whole.discard(layout.values_file(self._path, layout.TERMS))  # posting lists replace it
        gathered = self._gathered()
        counts = {name: len(known) for name, known in gathered.names.items()}
        with ThreadPoolExecutor(1 + _processors(), "index-builder") as threads:
            # What is left of the text is serialised beside this.
            committed = threads.submit(self._text.commit)
            checked = {path: threads.submit(_settled, path) for path in whole}
            derived = derive(self._path, gathered, threads)
            committed.result()
            self._write_head(derived, counts, horizon, cursor)
            files = self._built()
            capacity = self._reserve(derived.lengths, counts)
            for path, length in files.items():
                if path not in checked:
                    checked[path] = threads.submit(manifest.checksum, path, length)
            checksums = {
                str(path.relative_to(self._path)): checked[path].result() for path in files
            }
            list(threads.map(layout.sync_file, self._path.rglob("*")))
        built = Manifest(
            layout.FORMAT, manifest.analysis_version(), self.rows, capacity, counts,
            derived.store, checksums,
        )  # fmt: skip
        manifest.write(self._path, built)
        layout.sync_file(self._path / layout.MANIFEST)
        verified.mark(self._path, built)
        return self._publish()

    def _gathered(self) -> Gathered:
        lengths = {
            name: np.concatenate([*self._lengths.get(name, []), np.zeros(0, np.int64)])
            for name in (*RAGGED_TYPES, layout.DOCUMENTS)
        }
        known: dict[str, Sequence[str]] = {name: list(codes) for name, codes in self._codes.items()}
        known[layout.TERMS] = self._dictionary.terms()
        return Gathered(self.rows, known, lengths, self._titles, self._folded)

    def _write_head(
        self, derived: Derived, counts: Mapping[str, int], horizon: Horizon, cursor: str
    ) -> None:
        lengths = dict(derived.lengths)
        documents = lengths.pop(layout.DOCUMENTS)
        head.create(
            self._path / layout.HEAD,
            head.Published(
                commit=0, rows=self.rows, deletes=0, documents=documents, lengths=lengths,
                names={name: (count, derived.text_sizes[name]) for name, count in counts.items()},
                horizon=head.bounded(horizon), cursor=cursor,
            ),
        )  # fmt: skip

    def abandon(self) -> None:
        self._text.abandon()
        for file in self._files.values():
            file.close()
        shutil.rmtree(self._path, ignore_errors=True)

    def _take(self, books: Sequence[Book]) -> None:
        entries = entries_of(books)
        self._text.add(entries)
        self._write(rows_of(entries, self._coders, self._dictionary.codes))
        self._titles += [book.title for book in books]
        self._folded += [" ".join(words.split()) for words in entries.title]
        self.rows += len(books)

    def _write(self, rows: Rows) -> None:
        for name, values in rows.plain.items():
            self._file(f"{name}.col").write(values.astype(_PLAIN[name], copy=False).tobytes())
        for name, (lengths, codes) in rows.ragged.items():
            self._file(f"{name}.values").write(codes.tobytes())
            self._lengths.setdefault(name, []).append(lengths)
        self._file(f"{layout.DOCUMENTS}.values").write(rows.documents)
        self._lengths.setdefault(layout.DOCUMENTS, []).append(rows.document_lengths)

    def _file(self, name: str) -> BinaryIO:
        if name not in self._files:
            self._files[name] = (self._path / name).open("wb")
        return self._files[name]

    def _built(self) -> dict[Path, int]:
        """Files to be checked, and their lengths: the head has checksums of its own."""
        return {
            path: path.stat().st_size
            for path in sorted(self._path.rglob("*"))
            if path.is_file() and path.name != layout.HEAD and not path.name.startswith(".")
            and not path.name.endswith((".lock", "meta.json"))
        }  # fmt: skip

    def _reserve(self, lengths: Mapping[str, int], counts: Mapping[str, int]) -> int:
        """Give the files that grow their final length; returns the rows there is room for."""
        spare = min(self.rows * 3 // 10 + 10_000, 50_000 + self.rows // 10)
        capacity = self.rows + spare
        for name, kind in {**ROW_TYPES, **_PLAIN}.items():
            set_capacity(self._touch(f"{name}.col"), capacity * np.dtype(kind).itemsize)
        set_capacity(self._touch(layout.DELETES), 4 * capacity)
        for name in RAGGED_TYPES:
            values = 1 << 22 if name == layout.TERMS else 1 << 20
            path = self._touch(f"{name}.values")
            set_capacity(path, 2 * path.stat().st_size + 4 * (values + 64 * spare))
            set_capacity(layout.start_file(self._path, name), 8 * (capacity + 1))
        set_capacity(
            self._touch(f"{layout.DOCUMENTS}.values"), 2 * lengths[layout.DOCUMENTS] + 4096 * spare
        )
        set_capacity(layout.start_file(self._path, layout.DOCUMENTS), 8 * (capacity + 1))
        for name, count in counts.items():
            text, ends = text_file(self._path, name), ends_file(self._path, name)
            fresh = spare * (32 if name == layout.TERMS else 4)
            set_capacity(text, 2 * text.stat().st_size + 24 * fresh)
            set_capacity(ends, 8 * (2 * count + fresh))
        return capacity

    def _touch(self, name: str) -> Path:
        path = self._path / name
        path.touch()
        return path

    def _publish(self) -> Path:
        layout.sync_folder(self._path)
        final = self._folder / self.name
        self._path.rename(final)
        layout.sync_folder(self._folder)
        return final


def _settled(path: Path) -> Checked:
    """The checksum of a file that is whole, brought to the disk while others are made."""
    layout.sync_file(path)
    return manifest.checksum(path)


def _processors() -> int:
    ours = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(MOST_THREADS, ours or 1)
