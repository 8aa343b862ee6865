"""Titles appended since the build are offered from the commit on that brought them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from core.search.snapshot import Horizon
from core.search.suggestions import suggest
from core.search.view import View
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter


class Catalogue:
    """An index that is written, and views of it as a worker makes them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.writer = IndexWriter(folder)
        self.reader: IndexReader | None = None
        self.view: View | None = None

    def write(self, *books: Any) -> View:
        self.writer.apply(books, [], Horizon(2, 2), "")
        return self.look()

    def look(self) -> View:
        self.reader = self.reader or IndexReader(self._folder)
        self.reader.refresh(wait=True)
        self.view = View(self.reader.current(), "EUR", self.view)
        return self.view


@pytest.fixture
def catalogue(tmp_path: Path, make: Any) -> Iterator[Catalogue]:
    opened = Catalogue(tmp_path / "index")
    opened.writer.rebuild([[make("Built before all")]], Horizon(1, 1), "")
    opened.look()
    yield opened
    opened.writer.close()


def offered(view: View, typed: str) -> list[str]:
    return [each["text"] for each in json.loads(suggest(view, typed))]


@pytest.mark.parametrize("typed", ["la", "lat", "ti", "late ti", "a t", "a title"])
def test_a_word_of_any_length_begins_a_late_title(
    catalogue: Catalogue, make: Any, typed: str
) -> None:
    view = catalogue.write(make("Late Title"), make("A Title"))

    expected = [title for title in ("A Title", "Late Title") if f" {typed}" in f" {title.lower()}"]
    assert sorted(offered(view, typed)) == expected


def test_each_commit_adds_to_what_the_views_share(catalogue: Catalogue, make: Any) -> None:
    catalogue.write(make("Late One"))
    assert offered(catalogue.look(), "late") == ["Late One"]

    view = catalogue.write(make("Late Two"))

    assert sorted(offered(view, "late")) == ["Late One", "Late Two"]


def test_an_earlier_view_offers_nothing_of_later_commits(catalogue: Catalogue, make: Any) -> None:
    earlier = catalogue.write(make("Late One"))
    later = catalogue.write(make("Late Two"))
    assert len(offered(later, "late")) == 2

    assert offered(earlier, "late") == ["Late One"]


def test_a_changed_title_is_offered_as_it_is_now(catalogue: Catalogue, make: Any) -> None:
    book = make("Late and misspelt")
    catalogue.write(book)
    assert offered(catalogue.look(), "late") == ["Late and misspelt"]

    view = catalogue.write(replace(book, title="Late and spelt", version=2))

    assert offered(view, "late") == ["Late and spelt"]


def test_views_of_another_generation_share_nothing(catalogue: Catalogue, make: Any) -> None:
    assert offered(catalogue.write(make("Late One")), "late") == ["Late One"]
    catalogue.writer.rebuild([[make("Quite another")]], Horizon(3, 3), "")

    view = catalogue.look()

    assert offered(view, "late") == []
    assert offered(view, "quite") == ["Quite another"]
