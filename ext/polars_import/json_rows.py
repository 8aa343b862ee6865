"""Rows of JSON Lines, nested values flattened: `series.name`, lists joined in one cell."""

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import msgspec

from core.importing.books import Rejection
from core.importing.mapping import FileRules
from core.importing.nested import flatten
from ext.polars_import.lines import UnreadableFile, text_lines

Row = dict[str, str]

_ROWS_ASKED_FOR_COLUMNS = 100


def read(
    path: Path, rules: FileRules
) -> tuple[frozenset[str], Iterator[tuple[int, Row] | Rejection]]:
    """The names in the first hundred rows, and the rows, numbered from line 1."""
    rows = _rows(text_lines(path, rules.encoding))
    first = list(islice(rows, _ROWS_ASKED_FOR_COLUMNS))
    columns = {name for row in first if not isinstance(row, Rejection) for name in row[1]}
    if first and not columns:
        raise UnreadableFile(f"{path.name}: none of the first {len(first)} lines is a JSON object")
    return frozenset(columns), chain(first, rows)


def _rows(lines: Iterator[str]) -> Iterator[tuple[int, Row] | Rejection]:
    decode = msgspec.json.Decoder().decode
    for number, line in enumerate(lines, start=1):
        if not line or line.isspace():
            continue
        try:
            value = decode(line)
            row = flatten(value)
        except (msgspec.DecodeError, RecursionError) as error:
            yield Rejection(number, f"no JSON: {error}")
            continue
        if isinstance(value, dict):
            yield number, row
        else:
            yield Rejection(number, f"a JSON {type(value).__name__}, not an object")
