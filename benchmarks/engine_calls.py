"""What a question comes to for Tantivy: one query, to be asked by itself."""

from collections.abc import Callable, Hashable
from typing import NamedTuple, TypeVar

import tantivy

from core.search.ranking import RERANKED
from core.search.request import SearchRequest
from core.search.service import Search
from core.search.similar import SPARE, telling_terms
from ext.tantivy_search.published import PublishedSnapshot
from ext.tantivy_search.schema import ALL

Question = TypeVar("Question", bound=Hashable)


class EngineCall(NamedTuple):
    """counting: whether all matches are counted, too."""

    query: tantivy.Query
    limit: int
    counting: bool = True


def search_call(snapshot: PublishedSnapshot, search: Search, request: SearchRequest) -> EngineCall:
    """The query of the step that answered, without filters, down to the page's last book.

    An answer may ask more often than this, for the steps before, or not at all, where lists that
    it keeps tell the same.
    """
    asked = search.ask(request)
    query = snapshot.text.query(asked.query.words, asked.matches.minimum)
    return EngineCall(query, max(RERANKED, request.page * request.size + 1))


def similar_call(snapshot: PublishedSnapshot, row: int, size: int) -> EngineCall:
    """Any of the book's telling terms, in whatever field."""
    schema = snapshot.generation.index.schema
    terms = [
        (tantivy.Occur.Should, tantivy.Query.term_query(schema, ALL, term, "freq"))
        for term in telling_terms(snapshot, row)
    ]
    return EngineCall(tantivy.Query.boolean_query(terms), size + SPARE, counting=False)


def asking(
    snapshot: PublishedSnapshot, calls: dict[Question, EngineCall], limit: int | None = None
) -> Callable[[Question], object]:
    """Ask just the engine. limit: another number of books."""
    search = snapshot.generation.index.searcher().search

    def ask(question: Question) -> object:
        query, wanted, counting = calls[question]
        return search(query, limit or wanted, counting)

    return ask
