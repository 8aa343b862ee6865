"""A file of any kind as numbered rows of text; what cannot be read is told, not raised."""

from collections.abc import Iterator
from pathlib import Path

from core.importing.books import Rejection
from core.importing.mapping import FileRules, UnknownFormat
from ext.polars_import import csv_rows, json_rows, parquet_rows

Row = dict[str, str]
Rows = Iterator[tuple[int, Row] | Rejection]
"""(line of the file, column → text), or the rejection of a line that is no row."""

_READERS = {
    ".csv": csv_rows.read,
    ".tsv": csv_rows.read,
    ".txt": csv_rows.read,
    ".jsonl": json_rows.read,
    ".ndjson": json_rows.read,
    ".parquet": parquet_rows.read,
}
JSON_LINES = frozenset({".jsonl", ".ndjson"})
PARQUET = ".parquet"
_COMPRESSED = {".gz", ".zst"}


def suffix_of(path: Path) -> str:
    """The format by the file's name: "books.csv.gz" → ".csv"; raises UnknownFormat."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSED:
        suffixes.pop()
    if not suffixes or suffixes[-1] not in _READERS:
        raise UnknownFormat(
            f"{path.name}: the kind of file cannot be told from its name",
            remedy=f"name it *{', *'.join(_READERS)}, with or without .gz",
        )
    return suffixes[-1]


def columns_of(path: Path, rules: FileRules) -> frozenset[str]:
    """The names of the columns; of JSON Lines those of the first hundred rows."""
    return rows(path, rules)[0]


def rows(path: Path, rules: FileRules) -> tuple[frozenset[str], Rows]:
    """The columns and the rows, lazily; a compressed file is unpacked as it is read.

    Raises UnknownFormat, UnreadableFile.
    """
    return _READERS[suffix_of(path)](path, rules)
