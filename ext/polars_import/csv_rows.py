"""Rows of a CSV as people and spreadsheets leave them: a damaged row costs itself alone."""

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from core.importing.books import Rejection
from core.importing.mapping import FileRules
from ext.polars_import.lines import UnreadableFile, text_lines

Row = dict[str, str]
Record = tuple[int, list[str]]

_CARRIAGE_RETURN = "\r"
_SEPARATORS = ",;\t|"
_LONGEST_RECORD_LINES = 200


def read(
    path: Path, rules: FileRules
) -> tuple[frozenset[str], Iterator[tuple[int, Row] | Rejection]]:
    """The header's names and the rows below it, numbered by the line each begins on."""
    lines = text_lines(path, rules.encoding)
    columns, separator = header(next(lines, ""), path, rules)
    return frozenset(filter(None, columns)), rows_below(lines, columns, separator)


def header(line: str, path: Path, rules: FileRules) -> tuple[list[str], str]:
    """The names of the columns ("" for a nameless one) and what stands between them."""
    if not line.strip():
        raise UnreadableFile(f"{path.name} has no header line")
    separator = rules.separator or max(_SEPARATORS, key=line.count)
    try:
        line = line.replace(_CARRIAGE_RETURN, " ")
        columns = [name.strip() for name in next(csv.reader([line], delimiter=separator))]
    except csv.Error as error:
        raise UnreadableFile(f"{path.name}: the header is no CSV: {error}") from error
    named = [name for name in columns if name]
    if len(set(named)) < len(named):
        twice = next(name for name in named if named.count(name) > 1)
        raise UnreadableFile(f"{path.name}: the header names {twice!r} twice")
    return columns, separator


def rows_below(
    lines: Iterator[str], columns: list[str], separator: str, first_line: int = 2
) -> Iterator[tuple[int, Row] | Rejection]:
    """first_line: the number of the first of the lines, all of which lie below the header."""
    for record in _records(lines, len(columns), separator, first_line):
        if isinstance(record, Rejection):
            yield record
            continue
        line, fields = record
        if len(fields) > len(columns) and not any(fields[len(columns) :]):
            fields = fields[: len(columns)]
        if len(fields) != len(columns):
            yield Rejection(line, f"{len(fields)} fields, the header has {len(columns)}")
        else:
            yield line, dict(zip(columns, fields, strict=True))


def _records(
    lines: Iterator[str], width: int, separator: str, first_line: int
) -> Iterator[Record | Rejection]:
    """Records of one or, where quotation marks hold a line break, several lines."""
    waiting: deque[str] = deque()
    number = first_line - 1
    while True:
        line = waiting.popleft() if waiting else next(lines, None)
        if line is None:
            return
        number += 1
        if not line or line.isspace():
            continue
        if '"' not in line or _plain_with_stray_quote(line, width, separator):
            yield number, line.split(separator)
            continue
        taken = _whole_record(line, waiting, lines)
        record = _parsed(number, taken, width, separator)
        yield record
        if isinstance(record, Rejection):
            waiting.extendleft(reversed(taken[1:]))
        else:
            number += len(taken) - 1


def _plain_with_stray_quote(line: str, width: int, separator: str) -> bool:
    """An inch mark (7" single) opens no field: no field begins with it and the width is right."""
    if line.count('"') % 2 == 0:
        return False
    fields = line.split(separator)
    return len(fields) == width and not any(field.startswith('"') for field in fields)


def _whole_record(first: str, waiting: deque[str], lines: Iterator[str]) -> list[str]:
    """Lines until the quotation marks are even; the caller puts back what was too much."""
    taken = [first]
    marks = first.count('"')
    while marks % 2 and len(taken) < _LONGEST_RECORD_LINES:
        line = waiting.popleft() if waiting else next(lines, None)
        if line is None:
            break
        taken.append(line)
        marks += line.count('"')
    return taken


def _parsed(number: int, taken: list[str], width: int, separator: str) -> Record | Rejection:
    if sum(line.count('"') for line in taken) % 2:
        return Rejection(number, "a quotation mark is opened and never closed")
    several = len(taken) > 1
    try:
        # Strict over several lines: there a mark amid a field ended the wrong one by chance.
        lines = [f"{line.replace(_CARRIAGE_RETURN, ' ')}\n" for line in taken]
        fields = next(csv.reader(lines, delimiter=separator, strict=several))
    except csv.Error as error:
        fields = []
        if not several:
            return Rejection(number, f"no CSV: {error}")
    if several and len(fields) != width:
        return Rejection(number, "a quotation mark is opened and not closed in this row")
    return number, fields
