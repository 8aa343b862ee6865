"""What of a generation needs all its books: names, postings, look-ups and core's static arrays.

Made side by side in threads: what takes long is NumPy's work, which runs beside Python's.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.search import building, cards, forms
from core.search.columns import RAGGED_TYPES, ROW_TYPES, Columns, Ragged
from core.search.ordering import stable_order
from core.search.popularity import Opinion, opinion, popularity
from ext.tantivy_search import layout, names, postings
from ext.tantivy_search.generation import RAGGED_COLUMNS
from ext.tantivy_search.rows import id_keys
from ext.tantivy_search.stemming import stems


class Gathered(Struct, frozen=True):
    """What a build kept in memory of its books.

    names: by vocabulary and code, terms among them; lengths: of each row, by ragged column,
    documents among them; titles: by ordinal, beside them as autocompletion compares them.
    """

    rows: int
    names: Mapping[str, Sequence[str]]
    lengths: Mapping[str, NDArray[np.int64]]
    titles: Sequence[str]
    folded_titles: Sequence[str]


class Derived(Struct, frozen=True):
    """text_sizes: bytes of all names, by vocabulary; lengths: items of ragged columns, documents
    among them; store: what popularity is measured by.
    """

    text_sizes: dict[str, int]
    lengths: dict[str, int]
    store: Opinion


def derive(path: Path, gathered: Gathered, threads: Executor) -> Derived:
    """Write it all beside the columns that lie in path."""
    lengths = {
        name: _write_start(path, name, gathered.lengths[name])
        for name in (*RAGGED_TYPES, layout.DOCUMENTS)
    }
    store = _write_popularity(path, gathered.rows)
    terms = gathered.names[layout.TERMS]
    values = _values(path, layout.TERMS)
    frequencies = postings.frequencies(values, len(terms))
    columns = _columns(path, gathered.rows)

    def languages() -> NDArray[np.int8]:
        lengths = gathered.lengths[layout.TERMS]
        spoken = gathered.names["language"]
        return forms.languages_of(values, lengths, columns.language, spoken, len(terms))

    parts = building.static_parts(
        columns,
        titles=gathered.titles,
        folded_titles=gathered.folded_titles,
        authors=gathered.names["author"],
        series=gathered.names["series"],
        categories=len(gathered.names["category"]),
        words=terms,
        frequencies=frequencies,
        languages=languages,
        stem=stems,
    )
    # What takes longest first.
    others: list[Future[None]] = [
        *[threads.submit(_save, path, part) for part in parts],
        threads.submit(postings.build, path, values, gathered.lengths[layout.TERMS], frequencies),
        threads.submit(_write_ids, path, columns),
    ]
    texts = {
        name: threads.submit(names.write_names, path, name, known, names.keys()[name])
        for name, known in gathered.names.items()
    }
    for made in others:
        made.result()
    text_sizes = {name: text.result() for name, text in texts.items()}
    # Base rows have posting lists; from here on the file holds the terms of later rows.
    layout.values_file(path, layout.TERMS).write_bytes(b"")
    layout.start_file(path, layout.TERMS).write_bytes(bytes(8))
    return Derived(text_sizes, {**lengths, layout.TERMS: 0}, store)


def _write_start(path: Path, name: str, lengths: NDArray[np.int64]) -> int:
    """Where each row's values begin; returns where the last one's end."""
    start = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=start[1:])
    layout.start_file(path, name).write_bytes(start.tobytes())
    return int(start[-1])


def _write_popularity(path: Path, rows: int) -> Opinion:
    """With it the cards, which hold it."""
    ratings = _column(path, "rating_x100", rows) / 100
    reviews = _column(path, "reviews", rows)
    store = opinion(ratings, reviews)
    column = popularity(ratings, reviews, store)
    layout.column_file(path, "popularity").write_bytes(column.tobytes())
    titles = _ragged(path, "title_terms")
    layout.column_file(path, "card").write_bytes(cards.build(titles, column).tobytes())
    return store


def _write_ids(path: Path, columns: Columns) -> None:
    keys = id_keys(columns.id_hi, columns.id_lo)
    order = stable_order(keys)
    np.save(path / "ids.keys.npy", keys[order])
    np.save(path / "ids.rows.npy", order.astype(np.int32))


def _save(path: Path, part: Callable[[], Mapping[str, NDArray[Any]]]) -> None:
    for name, values in part().items():
        np.save(path / layout.STATIC / f"{name}.npy", values)


def _columns(path: Path, rows: int) -> Columns:
    arrays: dict[str, Any] = {name: _column(path, name, rows) for name in ROW_TYPES}
    for name in RAGGED_COLUMNS:
        arrays[name] = _ragged(path, name)
    return Columns(**arrays)


def _ragged(path: Path, name: str) -> Ragged:
    return Ragged(np.fromfile(layout.start_file(path, name), np.int64), _values(path, name))


def _column(path: Path, name: str, rows: int) -> NDArray[Any]:
    kind = ROW_TYPES[name]
    return np.fromfile(layout.column_file(path, name), kind) if rows else np.zeros(0, kind)


def _values(path: Path, name: str) -> NDArray[np.int32]:
    values = layout.values_file(path, name)
    if not values.exists() or not values.stat().st_size:
        return np.zeros(0, np.int32)
    return np.asarray(np.memmap(values, "<i4", "r"))
