"""A scene that was prepared answers as one that was made when the first reader asked."""

import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from benchmarks.drawn_model import drawn_arrays
from benchmarks.synthetic import books as synthetic
from core.catalogue.book import Book
from core.recommendations.model import Model, Parameters, model_of
from core.recommendations.scenes import Scenes
from core.recommendations.service import Recommendations
from core.search.snapshot import Horizon
from core.search.view import View
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

BOOKS = 400


class Shelf:
    """An index, its view, and the model that serves."""

    def __init__(self, folder: Path) -> None:
        self.books: list[Book] = [book for batch in synthetic(BOOKS, seed=3) for book in batch]
        self.writer = IndexWriter(folder)
        self.writer.rebuild([self.books], Horizon(1, 1), "")
        self.reader = IndexReader(folder)
        self.view = View(self.reader.current(), "EUR")
        self.model = self.drawn(1)

    def drawn(self, seed: int) -> Model:
        columns = self.view.snapshot.columns
        arrays = drawn_arrays(columns.id_hi, columns.id_lo, share=0.1, seed=seed)
        return model_of(f"m{seed}", Parameters(), arrays)

    def look(self) -> View:
        self.reader.refresh(wait=True)
        return View(self.reader.current(), "EUR", self.view)

    def similar(self, scenes: Recommendations) -> list[bytes]:
        return [scenes.similar(book.id) for book in self.books[::40]]


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    opened = Shelf(tmp_path / "index")
    yield opened
    opened.writer.close()


def recommendations(shelf: Shelf) -> Recommendations:
    return Recommendations(lambda: shelf.model, lambda: shelf.view)


@pytest.mark.parametrize("change", ["model", "generation", "both"])
def test_what_was_prepared_answers_like_what_was_not(shelf: Shelf, change: str) -> None:
    prepared = recommendations(shelf)
    shelf.similar(prepared)
    model, view = shelf.model, shelf.view
    if change != "generation":
        model = shelf.drawn(2)
    if change != "model":
        shelf.writer.rebuild([shelf.books[: BOOKS // 2 + 1]], Horizon(2, 2), "")
        view = shelf.look()
        shelf.books = shelf.books[: BOOKS // 2 + 1]

    prepared.prepare(model, view)
    shelf.model, shelf.view = model, view

    assert shelf.similar(prepared) == shelf.similar(recommendations(shelf))


def test_until_it_serves_the_one_before_answers(shelf: Shelf) -> None:
    prepared = recommendations(shelf)
    before = shelf.similar(prepared)

    prepared.prepare(shelf.drawn(2), shelf.view)

    assert shelf.similar(prepared) == before


def test_a_commit_between_is_seen(shelf: Shelf) -> None:
    prepared = recommendations(shelf)
    model = shelf.drawn(2)
    prepared.prepare(model, shelf.view)
    gone = [replace(book, status="hidden", version=2) for book in shelf.books[1:200]]
    shelf.writer.apply(gone, [], Horizon(2, 2), "")

    shelf.model, shelf.view = model, shelf.look()

    shelf.books = [shelf.books[0], *shelf.books[200:]]
    assert shelf.similar(prepared) == shelf.similar(recommendations(shelf))


def test_what_serves_already_is_not_made_again(shelf: Shelf) -> None:
    scenes = Scenes(lambda: shelf.model, lambda: shelf.view)
    scene = scenes.now()

    scenes.prepare(shelf.model, shelf.view)

    assert scenes.now() is scene


def test_a_snapshot_that_was_replaced_is_let_go_though_nobody_asks(shelf: Shelf) -> None:
    scenes = Scenes(lambda: shelf.model, lambda: shelf.view)
    scenes.now()
    before = weakref.ref(shelf.view)
    shelf.writer.apply([replace(shelf.books[0], title="Anew", version=2)], [], Horizon(2, 2), "")
    shelf.view = shelf.look()

    deadline = time.monotonic() + 300
    while before() is not None and time.monotonic() < deadline:
        scenes.keep_up()

    assert before() is None


def test_a_scene_that_is_up_to_date_is_kept(shelf: Shelf) -> None:
    scenes = Scenes(lambda: shelf.model, lambda: shelf.view)
    scene = scenes.now()

    scenes.keep_up()

    assert scenes.now() is scene
