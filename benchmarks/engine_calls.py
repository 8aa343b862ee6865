"""What an answer asks of Tantivy: the very queries, recorded, to be asked again by themselves."""

from collections.abc import Callable, Hashable
from copy import copy
from typing import Any, NamedTuple, TypeVar

import tantivy

from benchmarks.corpus import search_over, view_of
from core.search.service import Search
from ext.tantivy_search.published import PublishedSnapshot

Asked = TypeVar("Asked", bound=Hashable)
PAGE = 20


class EngineCall(NamedTuple):
    query: tantivy.Query
    limit: int


class Recorder:
    """A Tantivy index and its searcher in one, which remembers what it was asked."""

    def __init__(self, index: tantivy.Index) -> None:
        self.calls: list[EngineCall] = []
        self.schema = index.schema
        self._searcher = index.searcher()

    def searcher(self) -> "Recorder":
        return self

    def search(self, query: tantivy.Query, limit: int, *, count: bool) -> tantivy.SearchResult:
        self.calls.append(EngineCall(query, limit))
        return self._searcher.search(query, limit, count=count)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._searcher, name)


class EngineCalls:
    """The engine's share of each question's answer, found by answering it once."""

    def __init__(self, snapshot: PublishedSnapshot) -> None:
        self._searcher = snapshot.generation.index.searcher()
        self._recorder = Recorder(snapshot.generation.index)
        overheard = copy(snapshot.generation)
        overheard.index = self._recorder  # type: ignore[assignment] # it has what the snapshot asks
        self._search = search_over(view_of(PublishedSnapshot(overheard, snapshot.state)))

    def recorded(
        self, answer: Callable[[Search, Asked], object], questions: list[Asked]
    ) -> dict[Asked, list[EngineCall]]:
        """The calls behind `answer(search, question)`, for each question."""
        found = {}
        for question in questions:
            self._recorder.calls = []
            answer(self._search, question)
            found[question] = self._recorder.calls
        return found

    def again(self, calls: dict[Asked, list[EngineCall]]) -> Callable[[Asked], None]:
        """Ask just the engine, as often and for as many books as the answer did."""
        search = self._searcher.search

        def ask(question: Asked) -> None:
            for query, limit in calls[question]:
                search(query, limit)

        return ask

    def for_a_page(self, calls: dict[Asked, list[EngineCall]]) -> Callable[[Asked], None]:
        """Ask the engine once, for the books of one page alone."""
        search = self._searcher.search

        def ask(question: Asked) -> None:
            search(calls[question][-1].query, PAGE)

        return ask
