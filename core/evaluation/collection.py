"""A test collection: documents to search, questions, and what was judged to answer them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from msgspec import Struct

from core.catalogue.book import Book, Named, SeriesPlace
from core.kernel.errors import Invalid
from core.kernel.money import Money

_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


class BadCollection(Invalid): ...


class Document(Struct, frozen=True, kw_only=True):
    """names: what judgements may call it, its id first. A book in all but price and stock."""

    names: tuple[str, ...]
    title: str
    subtitle: str | None = None
    text: str | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    publisher: str | None = None
    series: str | None = None
    language: str | None = None
    isbn: str | None = None
    rating: float = 0.0
    ratings: int = 0

    def body(self) -> str:
        """Everything in one text, as a plain engine would index it."""
        parts = (self.title, self.subtitle, self.series, *self.authors, *self.categories, self.text)
        return " ".join(part for part in parts if part)


class Question(Struct, frozen=True):
    id: str
    text: str


class Collection(Struct, frozen=True):
    """judgements: question id → document name → gain. Only judged questions are asked."""

    documents: tuple[Document, ...]
    questions: tuple[Question, ...]
    judgements: Mapping[str, Mapping[str, float]]

    def judged(self) -> tuple[tuple[Question, dict[str, float]], ...]:
        """Questions with a relevant document, gains under the documents' own ids.

        Raises BadCollection where no judgement fits a question and a document.
        """
        ids = {name: document.names[0] for document in self.documents for name in document.names}
        found = []
        for question in self.questions:
            named = self.judgements.get(question.id, {})
            gains = {ids[name]: gain for name, gain in named.items() if name in ids and gain > 0}
            if gains:
                found.append((question, gains))
        if not found:
            raise BadCollection(
                "no judgement names a question and a document of this collection",
                remedy="look whether the ids of --docs, --queries and --qrels are the same",
            )
        return tuple(found)


class Shelf:
    """Documents as books: names shared between them become one entity, ids follow the order."""

    def __init__(self) -> None:
        self._named: dict[tuple[str, str], Named] = {}

    def book(self, number: int, document: Document) -> Book:
        """number: the document's place, from 0; the book's id is number + 1."""
        return Book(
            id=UUID(int=number + 1),
            isbn=document.isbn,
            title=document.title,
            subtitle=document.subtitle,
            authors=tuple(self._name("author", name) for name in document.authors),
            categories=tuple(self._name("category", name) for name in document.categories),
            publisher=self._name("publisher", document.publisher) if document.publisher else None,
            series=self._series(document.series) if document.series else None,
            description=document.text,
            language=document.language,
            price=Money(0, "EUR"),
            average_rating=document.rating,
            review_count=document.ratings,
            created_at=_MOMENT,
            updated_at=_MOMENT,
        )

    def _series(self, name: str) -> SeriesPlace:
        return SeriesPlace(self._name("series", name).id, name)

    def _name(self, kind: str, name: str) -> Named:
        return self._named.setdefault((kind, name), Named(UUID(int=len(self._named) + 1), name))
