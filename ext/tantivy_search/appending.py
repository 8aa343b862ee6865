"""Changes to the generation that is served: new rows behind the published ones, old ones dead."""

import contextlib
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from core.catalogue.book import Book
from core.search import cards
from core.search.columns import NONE, RAGGED_TYPES, ROW_TYPES, VOCABULARIES, Ragged
from core.search.entries import Entries, details_of, entries_of
from core.search.popularity import popularity
from core.search.snapshot import Horizon, IndexUnavailable
from ext.boot import boot_id
from ext.tantivy_search import head, layout
from ext.tantivy_search.boot import check_boot
from ext.tantivy_search.faults import translated
from ext.tantivy_search.files import Growing
from ext.tantivy_search.generation import Generation, Verify, identity
from ext.tantivy_search.head import Head, Published
from ext.tantivy_search.lingering import Lingering
from ext.tantivy_search.names import NameWriter
from ext.tantivy_search.published import PublishedSnapshot
from ext.tantivy_search.repairing import repair
from ext.tantivy_search.rows import Rows, each_word, rows_of, split
from ext.tantivy_search.schema import KEY, documents

HEAP_BYTES = 50_000_000


class Appender:
    """The writer's hold on one generation; not for several threads.

    After an error from `apply` its memory and the files behind the published rows are of no
    more use: close it and open another, which starts from what is published.
    """

    def __init__(self, folder: Path, *, verify: Verify | None) -> None:
        self._generation = generation = Generation(folder, verify=verify)
        self._head = Head(folder / layout.HEAD, writable=True)
        _, state = self._head.read()
        check_boot(state)
        with translated(f"opening {folder}"):
            self._snapshot = PublishedSnapshot(generation, state)
            self._writer = generation.index.writer(HEAP_BYTES, 1)
            repair(generation.index, self._writer, self._snapshot)
        self._head.settle()
        self._plain = {
            name: Growing(layout.column_file(folder, name), np.dtype(kind).itemsize)
            for name, kind in {**ROW_TYPES, layout.LIST_LENGTH: "<i4"}.items()
        }
        ragged = (*RAGGED_TYPES, layout.DOCUMENTS)
        self._start = {name: Growing(layout.start_file(folder, name), 8) for name in ragged}
        self._values = {
            name: Growing(layout.values_file(folder, name), 1 if name == layout.DOCUMENTS else 4)
            for name in ragged
        }
        self._deletes = Growing(folder / layout.DELETES, 4)
        self._names = {
            name: NameWriter(folder, name, generation.names[name], *state.names[name])
            for name in (*VOCABULARIES, layout.TERMS)
        }
        self._lingering = Lingering(folder / layout.TANTIVY)
        self._lingering.look()

    @property
    def snapshot(self) -> PublishedSnapshot:
        """What this writer has published last."""
        return self._snapshot

    def apply(
        self, changed: Sequence[Book], removed: NDArray[np.int32], horizon: Horizon, cursor: str
    ) -> None:
        """Append the changed books, bury their old rows and the removed ones, publish it all.

        changed: each id once; those that stand there alike already are passed over. removed:
        living ordinals. Raises RebuildNeeded when there is no room.
        """
        before = self._snapshot
        olds = self._rows_of(changed)
        details = details_of(changed)
        news = [
            place
            for place, (old, detail) in enumerate(zip(olds.tolist(), details, strict=True))
            if old == NONE or before.detail_json(old) != detail
        ]
        replaced = olds[news]
        dead = np.concatenate((replaced[replaced != NONE], removed)).astype(np.int32)
        if not news and not len(dead):
            self.publish(horizon, cursor)
            return
        fresh = entries_of([changed[place] for place in news])
        coders = {name: names.code for name, names in self._names.items()}
        rows = rows_of(fresh, coders, each_word(coders[layout.TERMS]))
        with translated(f"writing {self._generation.folder}"):
            self._append(rows, dead)
            self._index(fresh, dead)
            state = self._next(rows, dead, horizon, cursor)
            self._head.begin()
            self._writer.commit()
            self._head.publish(state)
            self._generation.index.reload()
        self._snapshot = PublishedSnapshot(self._generation, state, before)
        self._lingering.look()

    def publish(self, horizon: Horizon, cursor: str) -> None:
        """Tell that nothing in this store has changed up to the horizon."""
        state = structs.replace(self._snapshot.state, horizon=head.bounded(horizon), cursor=cursor)
        if state != self._snapshot.state:
            self._head.publish(state)
            self._snapshot = self._snapshot.at(state)

    def complete(self, at_ns: int) -> None:
        self._head.complete(at_ns)

    def sync(self) -> None:
        """Bring what was appended to the disk, so that a power cut does not undo it."""
        if self._snapshot.state.boot:
            for file in self._files():
                file.sync()
            state = structs.replace(self._snapshot.state, boot="")
            self._head.publish(state)
            self._snapshot = self._snapshot.at(state)
            self._head.sync()
        self._lingering.look()

    def exists(self) -> bool:
        """False once somebody has deleted the index under us."""
        return identity(self._generation.folder) == self._generation.identity

    def discard(self) -> None:
        """Delete a closed generation that never became the current one."""
        shutil.rmtree(self._generation.folder, ignore_errors=True)

    def close(self) -> None:
        # After an error the writer may be beyond even that.
        with contextlib.suppress(IndexUnavailable), translated("rolling back"):
            self._writer.rollback()
        for file in self._files():
            file.close()
        self._lingering.close()
        del self._writer

    def _rows_of(self, books: Sequence[Book]) -> NDArray[np.int32]:
        return self._snapshot.ordinals_of(*split([book.id.int for book in books]))

    def _append(self, rows: Rows, dead: NDArray[np.int32]) -> None:
        state = self._snapshot.state
        for name, values in rows.plain.items():
            self._plain[name].write(state.rows, values.tobytes())
        liked = popularity(
            rows.plain["rating_x100"] / 100,
            rows.plain["reviews"],
            self._generation.manifest.opinion,
        )
        self._plain["popularity"].write(state.rows, liked.tobytes())
        lengths, codes = rows.ragged["title_terms"]
        titles = Ragged(np.concatenate(([0], np.cumsum(lengths))), codes)
        self._plain["card"].write(state.rows, cards.build(titles, liked).tobytes())
        for name, (lengths, values) in rows.ragged.items():
            first = state.rows - (self._generation.base_rows if name == layout.TERMS else 0)
            filled = state.lengths[name]
            self._values[name].write(filled, values.tobytes())
            self._start[name].write(first + 1, (filled + np.cumsum(lengths)).tobytes())
        self._values[layout.DOCUMENTS].write(state.documents, rows.documents)
        ends = state.documents + np.cumsum(rows.document_lengths)
        self._start[layout.DOCUMENTS].write(state.rows + 1, ends.tobytes())
        self._deletes.write(state.deletes, dead.tobytes())

    def _index(self, fresh: Entries, dead: NDArray[np.int32]) -> None:
        for ordinal in dead.tolist():
            self._writer.delete_documents_by_term(KEY, ordinal)
        for document in documents(self._snapshot.rows, fresh):
            self._writer.add_document(document)

    def _next(
        self, rows: Rows, dead: NDArray[np.int32], horizon: Horizon, cursor: str
    ) -> Published:
        state = self._snapshot.state
        return Published(
            commit=state.commit + 1,
            rows=state.rows + len(rows.document_lengths),
            deletes=state.deletes + len(dead),
            documents=state.documents + len(rows.documents),
            lengths={
                name: state.lengths[name] + len(values) for name, (_, values) in rows.ragged.items()
            },
            names={name: (names.count, names.size) for name, names in self._names.items()},
            horizon=head.bounded(horizon),
            cursor=cursor,
            boot=boot_id(),
        )

    def _files(self) -> list[Growing]:
        named = [file for names in self._names.values() for file in names.files()]
        columns = (*self._plain.values(), *self._start.values(), *self._values.values())
        return [*columns, self._deletes, *named]
