"""Rows of a Parquet file as text: every type cast, lists joined in one cell, structs opened."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from core.importing.books import Rejection
from core.importing.mapping import FileRules
from core.importing.text import LIST_SEPARATOR
from ext.polars_import.lines import UnreadableFile

Row = dict[str, str]

_BATCH_ROWS = 20_000


def read(
    path: Path, rules: FileRules
) -> tuple[frozenset[str], Iterator[tuple[int, Row] | Rejection]]:
    """The columns and the rows; a row's number is its place, 1 the first."""
    try:
        frame = pl.scan_parquet(path)
        schema = frame.collect_schema()
    except (PolarsError, OSError) as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error}") from error
    texts = [text for name, kind in schema.items() for text in _as_text(pl.col(name), name, kind)]
    names = frozenset(text.meta.output_name() for text in texts)
    return names, _rows(frame.select(texts), path)


def _as_text(column: pl.Expr, name: str, kind: pl.DataType) -> list[pl.Expr]:
    if isinstance(kind, pl.Struct):
        return [
            text
            for field in kind.fields
            for text in _as_text(
                column.struct.field(field.name), f"{name}.{field.name}", _instance(field.dtype)
            )
        ]
    if isinstance(kind, pl.List | pl.Array):
        members = column.cast(pl.List(kind.inner))
        inner = _instance(kind.inner)
        if not inner.is_nested():
            return [members.cast(pl.List(pl.String)).list.join(LIST_SEPARATOR).alias(name)]
        if not isinstance(inner, pl.Struct):
            return []
        return [
            members.list.eval(pl.element().struct.field(field.name).cast(pl.String))
            .list.join(LIST_SEPARATOR)
            .alias(f"{name}.{field.name}")
            for field in inner.fields
            if not _instance(field.dtype).is_nested()
        ]
    if isinstance(kind, pl.Binary):
        return []
    return [column.cast(pl.String).alias(name)]


def _instance(kind: object) -> pl.DataType:
    return kind() if isinstance(kind, type) else kind  # type: ignore[return-value]


def _rows(frame: pl.LazyFrame, path: Path) -> Iterator[tuple[int, Row] | Rejection]:
    number = 0
    try:
        for batch in frame.collect_batches(chunk_size=_BATCH_ROWS, maintain_order=True):
            for row in batch.iter_rows(named=True):
                number += 1
                yield number, {name: cell or "" for name, cell in row.items()}
    except PolarsError as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error}") from error
