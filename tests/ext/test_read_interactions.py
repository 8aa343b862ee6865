"""Ratings, purchases and views out of files, their bad rows told apart."""

import csv
import io
from pathlib import Path

from core.importing.books import Rejection
from core.importing.interactions import BLOCK_COLUMNS
from ext.polars_import.catalogue_file import open_catalogue

HEADER = "reader,book,isbn,kind,value,quantity,occurred_at\n"


def read(path: Path) -> tuple[list[dict[str, str]], list[Rejection]]:
    blocks = list(open_catalogue(path).interactions())
    text = b"".join(block.csv for block in blocks).decode()
    rows = list(csv.DictReader(io.StringIO(text), BLOCK_COLUMNS))
    assert sum(block.rows for block in blocks) == len(rows)
    return rows, [rejection for block in blocks for rejection in block.rejections]


def file(folder: Path, text: str, name: str = "events.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_are_read_into_every_field(tmp_path: Path) -> None:
    path = file(tmp_path, HEADER + " ann ,7,0439023483,PURCHASE,,2,2024-01-02\n")

    rows, rejections = read(path)

    assert rejections == []
    assert rows == [
        {
            "line": "2",
            "id": "",
            "reader": "ann",
            "book": "7",
            "isbn": "9780439023481",
            "kind": "purchase",
            "value": "",
            "quantity": "2",
            "occurred_at": "2024-01-02T00:00:00+00:00",
        }
    ]


def test_each_bad_row_is_rejected_with_its_line_and_reason(tmp_path: Path) -> None:
    bad = [
        (",1,,,5,,", "no reader"),
        ("a,,,,5,,", "no book"),
        ("a,,123,,5,,", "the ISBN of the book cannot be read"),
        ("a,1,,,6,,", "the rating is no number from 1 to 5"),
        ("a,1,,,x,,", "the rating is no number from 1 to 5"),
        ("a,1,,,,,", "no rating"),
        ("a,1,,borrow,,,", "the kind is none of"),
        ("a,1,,purchase,,0,", "the quantity is no whole number"),
        ("a,1,,purchase,,1.5,", "the quantity is no whole number"),
        ("a,1,,rating,4,,soon", "the time cannot be read"),
        (f"{'a' * 301},1,,,5,,", "an id of more than 300 characters"),
        ("a,1", "2 fields, the header has 7"),
    ]
    path = file(tmp_path, HEADER + "ok,1,,,5,,\n" + "\n".join(row for row, _ in bad) + "\n")

    rows, rejections = read(path)

    assert [row["reader"] for row in rows] == ["ok"]
    assert [rejection.line for rejection in rejections] == list(range(3, 3 + len(bad)))
    for rejection, (_, reason) in zip(rejections, bad, strict=True):
        assert rejection.reason.startswith(reason)


def test_quoted_cells_and_blank_lines_keep_the_count_of_lines(tmp_path: Path) -> None:
    path = file(tmp_path, HEADER + 'a,1,,,5,,\n\n"b, c",1,,,4,,\nd,1,,,3,,\n')

    rows, _ = read(path)

    assert [(row["line"], row["reader"]) for row in rows] == [("2", "a"), ("4", "b, c"), ("5", "d")]


def test_json_lines_are_read_alike(tmp_path: Path) -> None:
    path = file(tmp_path, '{"reader": 1, "book": "b", "value": 4.5}\n{torn\n', "ratings.jsonl")

    rows, rejections = read(path)

    assert [(row["reader"], row["value"]) for row in rows] == [("1", "4.5")]
    assert [rejection.line for rejection in rejections] == [2]


def test_source_goes_before_ids_and_kinds_are_translated(tmp_path: Path) -> None:
    mapping = tmp_path / "events.toml"
    mapping.write_text(
        'kind = "interactions"\nsource = "shop"\n'
        '[columns]\nreader = "who"\nbook = "what"\nkind = "did"\n'
        '[kinds]\nbought = "purchase"\n'
    )
    path = file(tmp_path, "who,what,did\n1,2,Bought\n")

    (row,) = (
        csv.DictReader(io.StringIO(block.csv.decode()), BLOCK_COLUMNS).__next__()
        for block in open_catalogue(path, str(mapping)).interactions()
    )

    assert (row["reader"], row["book"], row["kind"]) == ("shop:1", "shop:2", "purchase")


def test_real_ratings_are_all_read(shared_data: Path) -> None:
    blocks = list(open_catalogue(shared_data / "goodbooks" / "ratings.csv.gz").interactions())

    assert sum(block.rows for block in blocks) == 979_478
    assert not any(block.rejections for block in blocks)
