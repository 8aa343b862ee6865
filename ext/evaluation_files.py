"""Test collections as files: JSON Lines documents, questions, TREC or tabular judgements."""

import csv
import gzip
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from core.evaluation.collection import BadCollection, Document, Question

_ID = ("id", "_id", "docno", "doc_id", "query_id", "qid")
_TEXT = ("text", "abstract", "description", "body", "contents")
_SEPARATORS = re.compile(r"\s*[;|]\s*")
Row = dict[str, Any]


def read_documents(path: Path, language: str | None) -> Iterator[Document]:
    """JSON Lines with an id and a title or text; language: of those that name none.

    Raises BadCollection.
    """
    for line, row in _json_rows(path):
        title = _filled(row, "title")
        text = next(filter(None, (_filled(row, name) for name in _TEXT)), "")
        authors = _listed(row, "authors") or _listed(row, "author")
        yield Document(
            names=(_identity(path, line, row),),
            title=title,
            subtitle=_filled(row, "subtitle") or None,
            text=" ".join(filter(None, (text, _filled(row, "keywords")))) or None,
            authors=authors,
            categories=_listed(row, "categories"),
            language=_filled(row, "language") or language,
        )


def read_questions(path: Path, column: str) -> Iterator[Question]:
    """JSON Lines, or a table with a header; column: which holds the question.

    A table without an id column numbers its rows from 1. Raises BadCollection.
    """
    for line, row in _rows(path):
        if column not in row:
            raise BadCollection(
                f"{path.name} has no column {column!r}", remedy="name it by --query-column"
            )
        known = any(name in row for name in _ID)
        yield Question(_identity(path, line, row) if known else str(line), _filled(row, column))


def read_targets(path: Path, column: str) -> dict[str, dict[str, float]]:
    """Judgements of questions that each name their one right document. Raises BadCollection."""
    judged = {}
    for line, row in _rows(path):
        if not row.get(column):
            raise BadCollection(
                f"{path.name}, row {line}: no {column!r}", remedy="name it by --target-column"
            )
        known = any(name in row for name in _ID)
        judged[_identity(path, line, row) if known else str(line)] = {str(row[column]): 1.0}
    return judged


def read_judgements(path: Path) -> dict[str, dict[str, float]]:
    """TREC qrels (question, iteration, document, gain) or rows of question, document, gain.

    Fields are parted by tabs or spaces; a first row whose gain is no number is a header.
    Raises BadCollection.
    """
    judged: dict[str, dict[str, float]] = {}
    for number, line in enumerate(_lines(path), 1):
        fields = line.split("\t") if "\t" in line else line.split()
        if not fields:
            continue
        try:
            question, document, gain = fields[0], fields[-2], float(fields[-1])
        except (ValueError, IndexError) as error:
            if number == 1:
                continue
            raise BadCollection(
                f"{path.name}, line {number}: {line[:60]!r} is no judgement",
                remedy="write query_id, doc_id and gain, or TREC's four columns",
            ) from error
        judged.setdefault(question, {})[document] = gain
    return judged


def _rows(path: Path) -> Iterator[tuple[int, Row]]:
    if ".json" in path.name:
        yield from _json_rows(path)
        return
    delimiter = "\t" if ".tsv" in path.name else ","
    yield from enumerate(csv.DictReader(_lines(path), delimiter=delimiter), 1)


def _json_rows(path: Path) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            yield number, msgspec.json.decode(line, type=Row)
        except msgspec.DecodeError as error:
            raise BadCollection(
                f"{path.name}, line {number}: {error}", remedy="write a JSON object on each line"
            ) from error


def _lines(path: Path) -> Iterable[str]:
    try:
        if path.suffix == ".gz":
            with gzip.open(path, "rt", encoding="utf-8") as file:
                yield from file
        else:
            with path.open(encoding="utf-8-sig", newline="") as file:
                yield from file
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise BadCollection(f"{path} cannot be read: {error}") from error


def _identity(path: Path, line: int, row: Row) -> str:
    for name in _ID:
        if row.get(name) not in (None, ""):
            return str(row[name])
    raise BadCollection(f"{path.name}, line {line}: no id", remedy="give every line an `id`")


def _filled(row: Row, name: str) -> str:
    value = row.get(name)
    return value.strip() if isinstance(value, str) else ""


def _listed(row: Row, name: str) -> tuple[str, ...]:
    value = row.get(name) or ()
    parts = _SEPARATORS.split(value) if isinstance(value, str) else [str(part) for part in value]
    return tuple(dict.fromkeys(part for part in parts if part))
