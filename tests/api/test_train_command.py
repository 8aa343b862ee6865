"""`bookwheel train`, run as a person runs it."""

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from core.kernel.ids import new_id
from core.stores.store import Store


def train(database_url: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from api.cli.main import main; main()", "train", *arguments],
        env=os.environ
        | {
            "BOOKWHEEL_DATABASE_URL": database_url,
            "BOOKWHEEL_DATA_DIR": str(folder),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
async def read_books(pool: asyncpg.Pool, store: Store) -> None:
    """Twelve books, each rated 5 by most of thirty readers."""
    books = [(new_id(), store.id, f"Book {number}", 100) for number in range(12)]
    readers = [(new_id(), store.id, f"Reader {number}") for number in range(30)]
    await pool.executemany(
        "insert into book (id, store_id, title, price_minor) values ($1, $2, $3, $4)", books
    )
    await pool.executemany(
        "insert into reader (id, store_id, display_name) values ($1, $2, $3)", readers
    )
    await pool.executemany(
        "insert into interaction (id, store_id, reader_id, book_id, kind, value)"
        " values ($1, $2, $3, $4, 'rating', 5)",
        [
            (new_id(), store.id, reader[0], book[0])
            for place, reader in enumerate(readers)
            for number, book in enumerate(books)
            if (place + number) % 4
        ],
    )


@pytest.mark.usefixtures("read_books")
def test_it_trains_measures_and_publishes(database_url: str, tmp_path: Path) -> None:
    done = train(database_url, tmp_path)

    assert done.returncode == 0, done.stderr
    assert "of 30 readers with 12 books of the store 'main'" in done.stdout
    assert "nDCG@10" in done.stdout
    assert "(popularity " in done.stdout
    version = done.stdout.split("published ")[1].strip()
    assert (tmp_path / "stores/main/models/CURRENT").readlink() == Path(version)


@pytest.mark.usefixtures("read_books")
def test_progress_goes_to_standard_error_one_line_a_stage(
    database_url: str, tmp_path: Path
) -> None:
    done = train(database_url, tmp_path)

    building = ["counting books read together", "weighing each book's neighbours"]
    assert done.stderr.splitlines() == [
        "reading what readers did",
        "comparing what is written on books",
        *building,
        *building,
        "guessing acts it has not seen",
    ]


def test_an_empty_store_is_told_to_import_first(database_url: str, tmp_path: Path) -> None:
    done = train(database_url, tmp_path)

    assert done.returncode == 1
    assert "bookwheel import" in done.stderr
    assert not (tmp_path / "stores/main/models/CURRENT").exists()


def test_a_seed_that_is_no_number_is_bad_usage(database_url: str, tmp_path: Path) -> None:
    assert train(database_url, tmp_path, "--seed", "many").returncode == 2


def test_numpy_is_not_imported_before_the_number_of_threads_is_set() -> None:
    # OpenBLAS reads OPENBLAS_NUM_THREADS once, at numpy's import.
    script = "import sys, api.cli.main, api.cli.train; sys.exit('numpy' in sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )

    assert done.returncode == 0
