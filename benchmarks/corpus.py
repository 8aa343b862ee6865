"""Built indexes of the catalogues that are measured, kept between sessions; how to open them."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from fcntl import LOCK_EX, flock
from functools import cache
from pathlib import Path

from benchmarks.synthetic import books
from core.catalogue.book import Book
from core.search.ranking import Weights
from core.search.service import Search
from core.search.snapshot import Horizon, IndexUnavailable
from core.search.view import View
from ext.tantivy_search.layout import FORMAT
from ext.tantivy_search.manifest import analysis_version
from ext.tantivy_search.published import PublishedSnapshot
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

BOOKS = int(os.environ.get("BOOKWHEEL_BENCH_BOOKS", "100000"))
SEED = 7
CURRENCY = "EUR"


def cache_folder() -> Path:
    """Where built indexes are kept; whoever deletes it has them built anew."""
    if given := os.environ.get("XDG_CACHE_HOME"):
        return Path(given) / "bookwheel-benchmarks"
    return Path(tempfile.gettempdir()) / f"bookwheel-benchmarks-{os.getuid()}"


@cache
def synthetic_index() -> Path:
    """The folder of the index of the seeded synthetic catalogue."""
    return kept_index(f"synthetic-{BOOKS}-{SEED}", lambda: books(BOOKS, SEED))


def kept_index(name: str, catalogue: Callable[[], Iterable[list[Book]]]) -> Path:
    """The index of that name, built where it is missing, refused or of another format."""
    home = cache_folder()
    home.mkdir(parents=True, exist_ok=True)
    folder = home / f"{name}-format{FORMAT}-{analysis_version()}"
    with (home / ".lock").open("w") as lock:
        flock(lock, LOCK_EX)  # two sessions at once build it once
        try:
            IndexReader(folder).current()
        except IndexUnavailable:
            shutil.rmtree(folder, ignore_errors=True)
            build(folder, catalogue())
    return folder


def build(folder: Path, catalogue: Iterable[list[Book]]) -> None:
    """Index a catalogue as `bookwheel index rebuild` does, without the database."""
    writer = IndexWriter(folder)
    try:
        writer.rebuild(catalogue, Horizon(1, 1), "")
    finally:
        writer.close()


def open_index(folder: Path) -> PublishedSnapshot:
    return IndexReader(folder).current()


def view_of(snapshot: PublishedSnapshot) -> View:
    return View(snapshot, CURRENCY)


def search_over(view: View) -> Search:
    """Search as a worker has it, with the weights of the settings' default."""
    return Search(lambda: view, weights=Weights(), secret=b"benchmarks")
