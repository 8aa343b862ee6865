"""Which mapping a file is read by."""

from pathlib import Path

import pytest

from core.importing.books import ImportedBook, Rejection
from core.importing.mapping import BadMapping
from ext.polars_import.catalogue_file import open_catalogue
from ext.polars_import.mappings import presets


def file(folder: Path, header: str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_text(f"{header}\n", encoding="utf-8")
    return path


def test_every_built_in_mapping_can_be_read() -> None:
    assert set(presets()) == {
        "goodbooks",
        "goodbooks-ratings",
        "gutenberg",
        "shakespeare-and-co",
    }


def test_mapping_is_found_by_the_columns(tmp_path: Path) -> None:
    ratings = open_catalogue(file(tmp_path, "user_id,book_id,rating"))

    assert (ratings.mapping_name, ratings.mapping.kind) == ("goodbooks-ratings", "interactions")


def test_own_names_need_no_mapping(tmp_path: Path) -> None:
    books = open_catalogue(file(tmp_path, "isbn,title,authors,shelf"))

    assert books.mapping_name == "the columns' own names"
    assert set(books.mapping.columns) == {"isbn", "title", "authors"}


def test_own_names_in_json_are_not_taken_for_another_shops(tmp_path: Path) -> None:
    line = '{"isbn": "9780439023481", "title": "The Hunger Games"}'

    books = open_catalogue(file(tmp_path, line, "books.jsonl"))

    assert books.mapping_name == "the columns' own names"


def test_json_may_lack_what_a_named_mapping_knows(tmp_path: Path) -> None:
    line = '{"gutenberg_id": 1, "title": "Emma"}'

    books = open_catalogue(file(tmp_path, line, "works.jsonl"), "gutenberg")

    assert books.mapping_name == "gutenberg"


def test_mapping_stands_for_its_ratings_too(tmp_path: Path) -> None:
    ratings = open_catalogue(file(tmp_path, "user_id,book_id,rating"), "goodbooks")

    assert ratings.mapping.kind == "interactions"


@pytest.mark.parametrize(
    ("header", "mapping", "why"),
    [
        ("a,b", "", "the file has no column"),
        ("title,authors", "", "the file has no column 'isbn'"),
        ("book_id,title", "goodbooks", "the file has no column"),
        ("isbn,title", "nobody", "no mapping is called 'nobody'"),
        ("isbn,title", "missing.toml", "missing.toml"),
    ],
)
def test_mapping_that_does_not_fit_is_refused(
    tmp_path: Path, header: str, mapping: str, why: str
) -> None:
    with pytest.raises(BadMapping) as refused:
        open_catalogue(file(tmp_path, header), mapping)

    assert why in refused.value.detail


def test_names_of_a_strange_file_are_shown_safely(tmp_path: Path) -> None:
    with pytest.raises(BadMapping) as refused:
        open_catalogue(file(tmp_path, "\x1b[31mred,b"))

    assert refused.value.detail.endswith(r"it has '\x1b[31mred', 'b'")


def test_mapping_file_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("kind = books")

    with pytest.raises(BadMapping, match=r"bad\.toml"):
        open_catalogue(file(tmp_path, "isbn,title"), str(tmp_path / "bad.toml"))


@pytest.mark.parametrize(
    ("path", "mapping", "read", "rejected"),
    [
        ("goodbooks/books.csv.gz", "goodbooks", 10_000, 0),
        ("gutenberg/works.csv.gz", "gutenberg", 78_766, 1),
        ("shakespeare-and-co/books.csv.gz", "shakespeare-and-co", 6_020, 573),
    ],
)
def test_real_catalogues_are_recognised_and_read(
    shared_data: Path, path: str, mapping: str, read: int, rejected: int
) -> None:
    catalogue = open_catalogue(shared_data / path)

    rows = list(catalogue.books("EUR"))

    assert catalogue.mapping_name == mapping
    assert len(rows) == read
    assert sum(isinstance(row, Rejection) for row in rows) == rejected


def test_goodbooks_first_book_is_read_in_full(shared_data: Path) -> None:
    catalogue = open_catalogue(shared_data / "goodbooks" / "books.csv.gz")

    book = next(catalogue.books("EUR"))

    assert isinstance(book, ImportedBook)
    assert (book.external_id, book.isbn) == ("goodbooks:1", "9780439023481")
    assert (book.title, book.series, book.series_position) == (
        "The Hunger Games",
        "The Hunger Games",
        1.0,
    )
    assert (book.language, book.published) == ("en", "2008")
    assert (book.rating_average, book.rating_count) == (4.34, 4_780_653)
    assert book.categories[:3] == ("Young adult", "Science fiction", "Fantasy")
