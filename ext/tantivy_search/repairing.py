"""Brings the text index back to what the head published, after a commit that a crash cut short."""

import msgspec
import numpy as np
import tantivy
from numpy.typing import NDArray

from core.catalogue.book import Book
from core.search.entries import entries_of
from ext.tantivy_search.published import PublishedSnapshot
from ext.tantivy_search.schema import KEY, build_schema, documents

_AT_ONCE = 100_000


def repair(
    index: tantivy.Index, writer: tantivy.IndexWriter, snapshot: PublishedSnapshot
) -> tuple[int, int]:
    """Make the living rows and nothing else searchable; returns documents (added, deleted).

    A commit precedes its publication, so a crash between them leaves new rows that nobody
    knows of, and takes away old ones that are still published: those are written again from
    their own JSON. Almost always the counts agree and nothing is to be done.
    """
    index.reload()
    searcher = index.searcher()
    late = _range(snapshot.rows, None)
    if searcher.num_docs == snapshot.living and not _count(searcher, late):
        return 0, 0
    present = _present(searcher, snapshot.rows)
    missing = np.flatnonzero(snapshot.alive & ~present).tolist()
    dead = np.flatnonzero(present & ~snapshot.alive).tolist()
    writer.delete_documents_by_query(late)
    for ordinal in dead:
        writer.delete_documents_by_term(KEY, ordinal)
    for ordinal in missing:
        book = msgspec.json.decode(snapshot.detail_json(ordinal), type=Book)
        for document in documents(ordinal, entries_of([book])):
            writer.add_document(document)
    writer.commit()
    index.reload()
    return len(missing), len(dead)


def _range(low: int, high: int | None) -> tantivy.Query:
    """Keys from low to high, both included."""
    return tantivy.Query.range_query(build_schema(), KEY, tantivy.FieldType.Integer, low, high)


def _count(searcher: tantivy.Searcher, query: tantivy.Query) -> int:
    return len(searcher.search(query, 1, count=False).hits)


def _present(searcher: tantivy.Searcher, rows: int) -> NDArray[np.bool_]:
    present = np.zeros(rows, np.bool_)
    for first in range(0, rows, _AT_ONCE):
        hits = searcher.search(_range(first, first + _AT_ONCE - 1), _AT_ONCE, count=False).hits
        if hits:
            keys = np.array(searcher.fast_field_values(KEY, [place for _, place in hits]))
            present[keys[keys < rows].astype(np.int64)] = True
    return present
