"""Files as they come: packed, quoted, torn, in old encodings, nested."""

import gzip
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from core.importing.books import Rejection
from core.importing.mapping import FileRules, UnknownFormat
from core.importing.text import LIST_SEPARATOR
from ext.polars_import.files import Row, rows
from ext.polars_import.lines import UnreadableFile


def read(path: Path, rules: FileRules = FileRules()) -> list[tuple[int, Row] | Rejection]:  # noqa: B008 - frozen
    return list(rows(path, rules)[1])


def csv_file(folder: Path, text: str, name: str = "books.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_leading_zeros_live(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "isbn,year\n0439023483,0800\n")

    assert read(path) == [(2, {"isbn": "0439023483", "year": "0800"})]


def test_lines_are_counted_through_quoted_breaks_and_blank_lines(tmp_path: Path) -> None:
    path = csv_file(tmp_path, 'a,b\n1,"two\nlines"\n\n2,x\r\n3,"say ""hi"""\n')

    assert read(path) == [
        (2, {"a": "1", "b": "two\nlines"}),
        (5, {"a": "2", "b": "x"}),
        (6, {"a": "3", "b": 'say "hi"'}),
    ]


def test_ragged_rows_are_rejected_and_the_rest_read(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "a,b\n1,2,3\n4\n5,6\n7,8,,\n")

    assert read(path) == [
        Rejection(2, "3 fields, the header has 2"),
        Rejection(3, "1 fields, the header has 2"),
        (4, {"a": "5", "b": "6"}),
        (5, {"a": "7", "b": "8"}),
    ]


def test_quotation_mark_never_closed_costs_its_own_row_alone(tmp_path: Path) -> None:
    path = csv_file(tmp_path, 'a,b\n1,"open\n2,fine\n3,fine\n')

    assert read(path) == [
        Rejection(2, "a quotation mark is opened and never closed"),
        (3, {"a": "2", "b": "fine"}),
        (4, {"a": "3", "b": "fine"}),
    ]


def test_mark_closed_by_a_later_stray_one_costs_its_own_row_alone(tmp_path: Path) -> None:
    path = csv_file(tmp_path, 'a,b\n1,"open\n2,fine\n3,7" single\n')

    assert read(path) == [
        Rejection(2, "a quotation mark is opened and not closed in this row"),
        (3, {"a": "2", "b": "fine"}),
        (4, {"a": "3", "b": '7" single'}),
    ]


def test_noise_is_rejected_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "books.csv"
    noise = np.random.default_rng(1).bytes(50_000)
    path.write_bytes(b"a,b\n" + noise + b"\n1,2\n")

    *noisy, last = read(path)

    assert last == (noise.count(b"\n") + 3, {"a": "1", "b": "2"})
    assert sum(isinstance(row, Rejection) for row in noisy) > len(noisy) / 2


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_is_seen_in_the_header(tmp_path: Path, separator: str) -> None:
    path = csv_file(tmp_path, f"a{separator}b{separator}c\n1{separator}2{separator}3\n")

    assert read(path) == [(2, {"a": "1", "b": "2", "c": "3"})]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "books.csv"
    path.write_bytes("titre,prix\nL’été,9\n".encode(encoding))

    assert read(path) == [(2, {"titre": "L’été", "prix": "9"})]


def test_named_encoding_goes_before_what_was_found(tmp_path: Path) -> None:
    path = tmp_path / "books.csv"
    path.write_bytes("title\nŁódź\n".encode("iso-8859-2"))

    assert read(path, FileRules(encoding="iso-8859-2")) == [(2, {"title": "Łódź"})]


def test_packed_file_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "books.csv.gz"
    path.write_bytes(gzip.compress(b"a\n1\n"))

    assert read(path) == [(2, {"a": "1"})]


def test_torn_packed_file_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "books.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" * 1000)[:-12])

    with pytest.raises(UnreadableFile, match=r"books\.csv\.gz cannot be read"):
        read(path)


@pytest.mark.parametrize(
    ("text", "why"), [("", "no header"), ("a,b,a\n", "names 'a' twice"), ("a" * 200_000, "no CSV")]
)
def test_file_without_a_usable_header_is_unreadable(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(UnreadableFile, match=why):
        read(csv_file(tmp_path, text))


def test_file_of_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownFormat, match=r"catalogue\.xls"):
        read(csv_file(tmp_path, "a\n", "catalogue.xls"))


def test_json_lines_are_flattened_and_bad_ones_rejected(tmp_path: Path) -> None:
    book = {
        "title": "Dune",
        "isbn": 439023483,
        "authors": [{"name": "Frank Herbert"}, {"name": "Anonymous"}],
        "series": {"name": "Dune", "position": 1},
        "tags": ["a", "b"],
        "pages": None,
        "sold": True,
    }
    path = csv_file(tmp_path, f"{json.dumps(book)}\n\n{{torn\n[1]\n", "books.jsonl")

    first, torn, array = read(path)

    assert first == (
        1,
        {
            "title": "Dune",
            "isbn": "439023483",
            "authors.name": f"Frank Herbert{LIST_SEPARATOR}Anonymous",
            "series.name": "Dune",
            "series.position": "1",
            "tags": f"a{LIST_SEPARATOR}b",
            "pages": "",
            "sold": "true",
        },
    )
    assert isinstance(torn, Rejection)
    assert (torn.line, torn.reason[:8]) == (3, "no JSON:")
    assert array == Rejection(4, "a JSON list, not an object")


def test_deeply_nested_json_is_rejected_not_fatal(tmp_path: Path) -> None:
    path = csv_file(tmp_path, '{"a": 1}\n' + "[" * 100_000 + "\n", "books.jsonl")

    first, deep = read(path)

    assert first == (1, {"a": "1"})
    assert isinstance(deep, Rejection)


def test_parquet_of_any_types_becomes_text(tmp_path: Path) -> None:
    path = tmp_path / "books.parquet"
    pl.DataFrame(
        {
            "isbn": [9780439023481, None],
            "price": [9.5, 10.0],
            "tags": [["a", "b"], []],
            "series": [{"name": "Dune", "position": 1}, None],
            "authors": [[{"name": "Herbert"}], []],
        }
    ).write_parquet(path)

    assert read(path) == [
        (
            1,
            {
                "isbn": "9780439023481",
                "price": "9.5",
                "tags": f"a{LIST_SEPARATOR}b",
                "series.name": "Dune",
                "series.position": "1",
                "authors.name": "Herbert",
            },
        ),
        (
            2,
            {
                "isbn": "",
                "price": "10.0",
                "tags": "",
                "series.name": "",
                "series.position": "",
                "authors.name": "",
            },
        ),
    ]


def test_file_that_is_no_parquet_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"books\.parquet"):
        read(csv_file(tmp_path, "a,b\n1,2\n", "books.parquet"))
