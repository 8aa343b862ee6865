"""`bookwheel import` as a shell sees it, and the mapping that the documentation shows."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from core.importing import mapping
from core.importing.categories import CategoryRules
from ext.polars_import.mappings import presets

DOCS = Path(__file__).parents[2] / "docs" / "IMPORTING.md"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def bookwheel(database_url: str, tmp_path: Path) -> Run:
    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", "from api.cli.main import main; main()", *arguments],
            env={
                "BOOKWHEEL_DATABASE_URL": database_url,
                "BOOKWHEEL_DATA_DIR": str(tmp_path / "data"),
                "PATH": "",
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


def test_import_says_what_it_did_and_that_rows_were_rejected(
    bookwheel: Run, tmp_path: Path
) -> None:
    (tmp_path / "books.csv").write_text("isbn,title\n0439023483,The Hunger Games\n1,Broken\n")

    done = bookwheel("import", "books.csv", "--rejects", "refused.jsonl")

    assert done.returncode == 0, done.stderr
    assert "2 read: 1 added, 0 changed, 0 unchanged, 1 rejected" in done.stdout
    assert "rejected: 1 × '1' has 1 digits, an ISBN has 10 or 13 (line 3)" in done.stderr
    assert "refused.jsonl" in done.stderr
    (line,) = (tmp_path / "refused.jsonl").read_text().splitlines()
    assert json.loads(line) == {
        "line": 3,
        "reason": "'1' has 1 digits, an ISBN has 10 or 13",
        "identity": "1",
        "title": "Broken",
    }


def test_second_import_reports_no_change(bookwheel: Run, tmp_path: Path) -> None:
    (tmp_path / "books.csv").write_text("isbn,title\n0439023483,The Hunger Games\n")
    bookwheel("import", "books.csv")

    again = bookwheel("import", "books.csv")

    assert "1 read: 0 added, 0 changed, 1 unchanged, 0 rejected" in again.stdout


def test_rejects_are_written_as_csv_where_the_name_says_so(bookwheel: Run, tmp_path: Path) -> None:
    (tmp_path / "books.csv").write_text("isbn,title\n1,Broken\n")

    bookwheel("import", "books.csv", "--rejects", "refused.csv")

    header, row = (tmp_path / "refused.csv").read_text().splitlines()
    assert header == "line,reason,identity,title"
    assert row.startswith("2,")


def test_ratings_follow_their_books(bookwheel: Run, tmp_path: Path) -> None:
    (tmp_path / "books.csv").write_text("external_id,title\n7,The Hunger Games\n")
    (tmp_path / "ratings.csv").write_text("reader,book,value\nann,7,5\nbob,8,4\n")
    bookwheel("import", "books.csv")

    done = bookwheel("import", "ratings.csv", "--kind", "interactions")

    assert done.returncode == 0, done.stderr
    assert "2 read: 1 added, 0 changed, 0 unchanged, 1 rejected" in done.stdout
    assert "1 readers made known" in done.stdout
    assert "no book of the store is '8'" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("import",),
        ("import", "missing.csv"),
        ("import", "books.csv", "--mapping", "nobody"),
        ("import", "books.csv", "--kind", "films"),
        ("import", "books.csv", "--kind", "interactions"),
        ("import", "books.xls"),
    ],
)
def test_bad_usage_ends_with_status_2(
    bookwheel: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "books.csv").write_text("isbn,title\n")
    (tmp_path / "books.xls").write_text("isbn,title\n")

    done = bookwheel(*arguments)

    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_unreadable_file_ends_with_status_1(bookwheel: Run, tmp_path: Path) -> None:
    (tmp_path / "books.csv.gz").write_bytes(b"no gzip")

    done = bookwheel("import", "books.csv.gz")

    assert done.returncode == 1
    assert done.stderr.startswith("bookwheel: books.csv.gz cannot be read")


def test_unknown_store_ends_with_status_1(bookwheel: Run, tmp_path: Path) -> None:
    (tmp_path / "books.csv").write_text("isbn,title\n0439023483,The Hunger Games\n")

    done = bookwheel("import", "books.csv", "--store", "nowhere")

    assert done.returncode == 1
    assert "nowhere" in done.stderr


async def test_mapping_of_the_documentation_imports_its_example(
    bookwheel: Run, tmp_path: Path, pool: asyncpg.Pool
) -> None:
    text = DOCS.read_text(encoding="utf-8")
    for name, language in (("shop.csv", "csv"), ("shop.toml", "toml")):
        (block,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
        (tmp_path / name).write_text(block, encoding="utf-8")

    done = bookwheel("import", "shop.csv", "--mapping", "shop.toml")

    assert "3 read: 2 added, 0 changed, 0 unchanged, 1 rejected" in done.stdout, done.stderr
    rows = await pool.fetch(
        """
        select b.external_id, b.isbn, b.title, b.published, b.price_minor, s.name,
          b.series_position, (select min(a.name) from book_author ba
            join author a on a.id = ba.author_id where ba.book_id = b.id),
          array(select c.name from book_category bc join category c on c.id = bc.category_id
                 where bc.book_id = b.id order by bc.position)
          from book b left join series s on s.id = b.series_id order by b.external_id
        """
    )
    assert [tuple(row) for row in rows] == [
        (
            "shop:a-1", "9780141439518", "Pride and Prejudice", "1813-01-28", 950, "Classics", 3.0,
            "Jane Austen", ["Classics", "Romance"],
        ),
        (
            "shop:a-2", "9780141439556", "Wuthering Heights", "1847", 890, None, None,
            "Emily Brontë", ["Classics", "Gothic"],
        ),
    ]  # fmt: skip


def test_documentation_names_every_key_of_a_mapping() -> None:
    text = DOCS.read_text(encoding="utf-8")
    tables = (
        mapping.Mapping,
        mapping.FileRules,
        mapping.TitleRules,
        mapping.AuthorRules,
        mapping.Refusal,
        mapping.Defaults,
        CategoryRules,
    )
    names = {name for table in tables for name in table.__struct_fields__}
    names |= mapping.BOOK_FIELDS | mapping.INTERACTION_FIELDS

    assert not {name for name in names if not re.search(rf"\b{name}\b", text)}


def test_documentation_names_every_built_in_mapping() -> None:
    text = DOCS.read_text(encoding="utf-8")

    assert not {name for name in presets() if f"| `{name}` |" not in text}
