"""One generation, verified and mapped: what all its snapshots have in common."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from numpy.typing import NDArray

from core.search.columns import RAGGED_TYPES, ROW_TYPES, VOCABULARIES, Columns, Ragged
from ext.tantivy_search import layout, manifest
from ext.tantivy_search.faults import translated
from ext.tantivy_search.files import Mapped, load_array
from ext.tantivy_search.head import Head, Published
from ext.tantivy_search.manifest import Manifest
from ext.tantivy_search.names import Names, keys
from ext.tantivy_search.verified import verify_once

RAGGED_COLUMNS = ("category", "author", "title_terms")
"""Those that every row has; the fourth, terms, stands in posting lists for the base rows."""

Verify = Callable[[Path, Manifest], None]


class Generation:
    """Raises IndexUnavailable for a generation that is not whole.

    verify: how to make sure of that; None where it was just made.
    """

    def __init__(self, folder: Path, *, verify: Verify | None = verify_once) -> None:
        self.folder = folder
        self.name = folder.name
        self.identity = identity(folder)
        self.manifest = manifest.read(folder)
        if verify is not None:
            verify(folder, self.manifest)
        self.base_rows = self.manifest.rows
        self.head = Head(folder / layout.HEAD)
        self.index = _open_text(folder / layout.TANTIVY)
        self._plain = {
            name: Mapped(layout.column_file(folder, name)).array(kind)
            for name, kind in ROW_TYPES.items()
        }
        self._ragged = {name: self._map_ragged(name) for name in RAGGED_TYPES}
        self.deletes: NDArray[np.int32] = Mapped(folder / layout.DELETES).array("<i4")
        self.documents = Mapped(layout.values_file(folder, layout.DOCUMENTS)).bytes
        self.document_starts = Mapped(layout.start_file(folder, layout.DOCUMENTS)).view("q")
        self.list_lengths = Mapped(layout.column_file(folder, layout.LIST_LENGTH)).view("i")
        self.shown: dict[int, bytes] = {}
        self.postings_start: NDArray[np.int64] = load_array(folder / "postings.start.npy")
        self.postings_rows: NDArray[np.int32] = load_array(folder / "postings.rows.npy")
        self.id_keys: NDArray[np.uint64] = load_array(folder / "ids.keys.npy")
        self.id_rows: NDArray[np.int32] = load_array(folder / "ids.rows.npy")
        self.static: dict[str, NDArray[Any]] = {
            path.stem: load_array(path) for path in (folder / layout.STATIC).glob("*.npy")
        }
        self.names = {
            name: Names(folder, name, self.manifest.names[name], key)
            for name, key in keys().items()
        }

    def _map_ragged(self, name: str) -> Ragged:
        return Ragged(
            Mapped(layout.start_file(self.folder, name)).array("<i8"),
            Mapped(layout.values_file(self.folder, name)).array("<i4"),
        )

    def columns(self, state: Published) -> Columns:
        """The published part of the files: views, nothing is copied."""
        rows = state.rows
        arrays: dict[str, Any] = {name: column[:rows] for name, column in self._plain.items()}
        for name in RAGGED_COLUMNS:
            start, values = self._ragged[name]
            arrays[name] = Ragged(start[: rows + 1], values[: state.lengths[name]])
        return Columns(**arrays)

    def late_terms(self, first: int, after: int) -> Ragged:
        """The terms of rows behind the base; start[0] is where the first of them begins."""
        terms = self._ragged[layout.TERMS]
        return Ragged(
            terms.start[first - self.base_rows : after - self.base_rows + 1], terms.values
        )

    def grow_names(self, state: Published) -> None:
        for name in (*VOCABULARIES, layout.TERMS):
            self.names[name].grow(state.names[name][0])


def identity(folder: Path) -> tuple[str, int]:
    """Tells a generation from another of the same name made after the index was deleted."""
    try:
        return folder.name, (folder / layout.MANIFEST).stat().st_mtime_ns
    except OSError:
        return folder.name, 0


def _open_text(folder: Path) -> tantivy.Index:
    with translated(f"opening {folder}"):
        index = tantivy.Index.open(str(folder))
        # Only refresh() may move to a new commit: text and columns must change together.
        index.config_reader("manual", 0)
        return index
