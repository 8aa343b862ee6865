"""A file of any kind as frames of text columns, for rules that work on whole columns at once."""

from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import polars as pl

from core.importing.books import Rejection
from core.importing.mapping import FileRules
from ext.polars_import.csv_rows import header, rows_below
from ext.polars_import.files import Rows, rows, suffix_of
from ext.polars_import.lines import line_batches

Frame = tuple[pl.DataFrame, tuple[Rejection, ...]]
"""Columns of text and `LINE`, and the lines of the same stretch that are no rows."""

LINE = "\x00line"
"""The column of line numbers (Int64): no column of a file can be called so."""

_FRAME_ROWS = 20_000
_TEXT_FORMATS = {".csv", ".tsv", ".txt"}


def frames(path: Path, rules: FileRules) -> Iterator[Frame]:
    """The rows in stretches; raises UnknownFormat, UnreadableFile."""
    if suffix_of(path) in _TEXT_FORMATS:
        yield from _csv_frames(path, rules)
    else:
        columns, numbered = rows(path, rules)
        yield from _gathered(numbered, sorted(columns))


def _csv_frames(path: Path, rules: FileRules) -> Iterator[Frame]:
    batches = line_batches(path, rules.encoding)
    first = next(batches, pl.Series("line", [], pl.String))
    columns, separator = header(first[0] if len(first) else "", path, rules)
    number = 2
    for lines in chain([first.slice(1)], batches):
        frame = _split(lines, columns, separator, number)
        if frame is None:
            # A quotation mark may open a field that ends many lines below: from here on by row.
            rest = chain(lines, (line for batch in batches for line in batch))
            numbered = rows_below(rest, columns, separator, number)
            yield from _gathered(numbered, [name for name in columns if name])
            return
        yield frame, ()
        number += len(lines)


def _split(
    lines: pl.Series, columns: list[str], separator: str, number: int
) -> pl.DataFrame | None:
    """The frame of lines that hold no quotation mark and all have every column, else None."""
    marks = lines.str.count_matches(separator, literal=True)
    if lines.str.contains('"', literal=True).any() or (marks != len(columns) - 1).any():
        return None
    fields = lines.str.split_exact(separator, len(columns) - 1).struct.unnest()
    fields.columns = [name or f"\x00{place}" for place, name in enumerate(columns)]
    numbers = pl.Series(LINE, range(number, number + len(lines)), pl.Int64)
    return fields.with_columns(numbers)


def _gathered(numbered: Rows, columns: list[str]) -> Iterator[Frame]:
    while stretch := list(islice(numbered, _FRAME_ROWS)):
        good = [row for row in stretch if not isinstance(row, Rejection)]
        cells = {name: [row.get(name, "") for _, row in good] for name in columns}
        frame = pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String))
        lines = pl.Series(LINE, [line for line, _ in good], pl.Int64)
        yield (
            frame.with_columns(lines),
            tuple(row for row in stretch if isinstance(row, Rejection)),
        )
