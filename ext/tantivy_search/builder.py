"""Builds a whole generation beside the one that is served."""

import contextlib
import os
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import tantivy
from numpy.typing import NDArray

from core.catalogue.book import Book
from core.search import building, cards, forms
from core.search.columns import RAGGED_TYPES, ROW_TYPES, VOCABULARIES, Columns, Ragged
from core.search.entries import entries_of, is_listed
from core.search.popularity import Opinion, opinion, popularity
from core.search.snapshot import Horizon
from ext.tantivy_search import head, layout, manifest, names, postings
from ext.tantivy_search.dictionary import Dictionary
from ext.tantivy_search.files import set_capacity
from ext.tantivy_search.generation import RAGGED_COLUMNS
from ext.tantivy_search.manifest import Manifest
from ext.tantivy_search.rows import Rows, id_keys, rows_of
from ext.tantivy_search.schema import build_schema, documents
from ext.tantivy_search.stemming import stems

HEAP_BYTES = 1_000_000_000
"""One indexing thread with room for every posting makes one segment; little of it is touched
unless the catalogue is large."""

PORTION = 2_000
"""Books analysed at a time: what comes of so many stays in the processor's cache."""

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
        (self._path / layout.TANTIVY).mkdir()
        self._index = tantivy.Index(build_schema(), path=str(self._path / layout.TANTIVY))
        self._writer = self._index.writer(HEAP_BYTES, 1)
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
        with ThreadPoolExecutor(1, "commit") as aside:
            committed = aside.submit(self._commit)
            # All but the text takes as long as the commit, on another core.
            documents, counts, store = self._write_rest(horizon, cursor)
            committed.result()
        files = self._checksums()
        capacity = self._reserve(documents, counts)
        sealed = Manifest(
            layout.FORMAT, manifest.analysis_version(), self.rows, capacity, counts, store, files
        )
        manifest.write(self._path, sealed)
        return self._publish()

    def _commit(self) -> None:
        self._writer.commit()
        self._writer.wait_merging_threads()

    def _write_rest(self, horizon: Horizon, cursor: str) -> tuple[int, dict[str, int], Opinion]:
        """Returns bytes of documents, names by vocabulary, and what popularity is measured by."""
        terms = self._dictionary.terms()
        counts = {layout.TERMS: len(terms)} | {
            name: len(codes) for name, codes in self._codes.items()
        }
        text_sizes = self._write_names(terms)
        starts = {name: self._write_start(name) for name in (*RAGGED_TYPES, layout.DOCUMENTS)}
        store = self._write_derived(terms)
        lengths = {name: int(start[-1]) for name, start in starts.items() if name != layout.TERMS}
        documents = lengths.pop(layout.DOCUMENTS)
        self._empty_terms(lengths)
        head.create(
            self._path / layout.HEAD,
            head.Published(
                commit=0, rows=self.rows, deletes=0, documents=documents, lengths=lengths,
                names={name: (counts[name], text_sizes[name]) for name in counts},
                horizon=head.bounded(horizon), cursor=cursor,
            ),
        )  # fmt: skip
        return documents, counts, store

    def abandon(self) -> None:
        with contextlib.suppress(ValueError, RuntimeError):  # it was sealed already
            self._writer.rollback()
        for file in self._files.values():
            file.close()
        shutil.rmtree(self._path, ignore_errors=True)

    def _take(self, books: Sequence[Book]) -> None:
        entries = entries_of(books)
        for document in documents(self.rows, entries):
            self._writer.add_document(document)
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

    def _write_names(self, terms: Sequence[str]) -> dict[str, int]:
        keys = names.keys()
        return {
            name: names.write_names(self._path, name, texts, keys[name])
            for name, texts in {**self._codes, layout.TERMS: terms}.items()
        }

    def _write_start(self, name: str) -> NDArray[np.int64]:
        start = np.zeros(self.rows + 1, np.int64)
        np.cumsum(self._all_lengths(name), out=start[1:])
        layout.start_file(self._path, name).write_bytes(start.tobytes())
        return start

    def _all_lengths(self, name: str) -> NDArray[np.int64]:
        return np.concatenate([*self._lengths.get(name, []), np.zeros(0, np.int64)])

    def _write_derived(self, terms: Sequence[str]) -> Opinion:
        """Popularity, posting lists, the look-up of ids and core's static arrays."""
        ratings = self._column("rating_x100", "<i2") / 100
        reviews = self._column("reviews", "<i4")
        store = opinion(ratings, reviews)
        column = popularity(ratings, reviews, store)
        layout.column_file(self._path, "popularity").write_bytes(column.tobytes())
        titles = Ragged(
            np.fromfile(layout.start_file(self._path, "title_terms"), np.int64),
            self._values("title_terms"),
        )
        written = cards.build(titles, column)
        layout.column_file(self._path, "card").write_bytes(written.tobytes())
        frequency = postings.build(
            self._path,
            self._values(layout.TERMS),
            self._all_lengths(layout.TERMS),
            len(terms),
        )
        keys = id_keys(self._column("id_hi", "<u8"), self._column("id_lo", "<u8"))
        order = np.argsort(keys, kind="stable").astype(np.int32)
        np.save(self._path / "ids.keys.npy", keys[order])
        np.save(self._path / "ids.rows.npy", order)
        static = building.static_arrays(
            self._columns(),
            titles=self._titles,
            folded_titles=self._folded,
            authors=list(self._codes["author"]),
            series=list(self._codes["series"]),
            categories=len(self._codes["category"]),
            words=terms,
            frequencies=frequency,
            languages=forms.languages_of(
                self._values(layout.TERMS),
                self._all_lengths(layout.TERMS),
                self._column("language", "<i4"),
                list(self._codes["language"]),
                len(terms),
            ),
            stem=stems,
        )
        for name, values in static.items():
            np.save(self._path / layout.STATIC / f"{name}.npy", values)
        return store

    def _columns(self) -> Columns:
        arrays: dict[str, Any] = {
            name: self._column(name, kind) for name, kind in ROW_TYPES.items()
        }
        for name in RAGGED_COLUMNS:
            start = np.fromfile(layout.start_file(self._path, name), np.int64)
            arrays[name] = Ragged(start, self._values(name))
        return Columns(**arrays)

    def _column(self, name: str, kind: str) -> NDArray[Any]:
        path = layout.column_file(self._path, name)
        return np.fromfile(path, kind) if self.rows else np.zeros(0, kind)

    def _values(self, name: str) -> NDArray[np.int32]:
        path = layout.values_file(self._path, name)
        if not path.exists() or not path.stat().st_size:
            return np.zeros(0, np.int32)
        return np.asarray(np.memmap(path, "<i4", "r"))

    def _empty_terms(self, lengths: dict[str, int]) -> None:
        """Base rows have posting lists; from here on the file holds the terms of later rows."""
        lengths[layout.TERMS] = 0
        layout.values_file(self._path, layout.TERMS).write_bytes(b"")
        layout.start_file(self._path, layout.TERMS).write_bytes(bytes(8))

    def _checksums(self) -> dict[str, manifest.Checked]:
        """Every file but the head, which has checksums of its own, and Tantivy's own lists."""
        paths = [path for path in sorted(self._path.rglob("*")) if path.is_file()]
        return {
            str(path.relative_to(self._path)): manifest.checksum(path)
            for path in paths
            if path.name != layout.HEAD and not path.name.startswith(".")
            and not path.name.endswith((".lock", "meta.json"))
        }  # fmt: skip

    def _reserve(self, documents: int, counts: Mapping[str, int]) -> int:
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
        set_capacity(self._touch(f"{layout.DOCUMENTS}.values"), 2 * documents + 4096 * spare)
        set_capacity(layout.start_file(self._path, layout.DOCUMENTS), 8 * (capacity + 1))
        for name, count in counts.items():
            text, ends = names.text_file(self._path, name), names.ends_file(self._path, name)
            fresh = spare * (32 if name == layout.TERMS else 4)
            set_capacity(text, 2 * text.stat().st_size + 24 * fresh)
            set_capacity(ends, 8 * (2 * count + fresh))
        return capacity

    def _touch(self, name: str) -> Path:
        path = self._path / name
        path.touch()
        return path

    def _publish(self) -> Path:
        for path in self._path.rglob("*"):
            if path.is_file():
                descriptor = os.open(path, os.O_RDONLY)
                os.fsync(descriptor)
                os.close(descriptor)
        layout.sync_folder(self._path)
        final = self._folder / self.name
        self._path.rename(final)
        layout.sync_folder(self._folder)
        return final
