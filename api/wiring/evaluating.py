"""What `bookwheel evaluate` needs: collections from files, and rankers over throw-away indexes."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from core.evaluation.collection import Collection, Document, Shelf
from core.evaluation.measuring import Ranker
from core.importing.books import ImportedBook
from core.kernel.errors import Invalid
from core.search.ranking import Weights
from core.search.request import SearchRequest
from core.search.service import Search
from core.search.snapshot import Horizon
from core.search.view import View
from ext.evaluation_files import read_documents, read_judgements, read_questions, read_targets
from ext.tantivy_search.baseline import Bm25
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.writer import IndexWriter

DEPTH = 1_000
"""Documents of each ranking that are looked at; what TREC looks at."""
BATCH = 5_000

Match = Literal["most", "all", "any"]


class NoBooks(Invalid): ...


class _Hit(Struct):
    id: UUID


class _Answer(Struct):
    results: list[_Hit]


_answer = msgspec.json.Decoder(_Answer)


def read_collection(
    docs: Path,
    queries: Path,
    qrels: Path | None,
    *,
    query_column: str,
    target_column: str,
    mapping: str,
    language: str | None,
) -> Collection:
    """A collection of JSON Lines documents or, by its suffix or a mapping, of a catalogue file.

    target_column: where the questions name their one right document; else qrels are read.
    Raises BadCollection and what reading a catalogue raises.
    """
    plain = ".json" in docs.name and not mapping
    documents = read_documents(docs, language) if plain else _catalogue(docs, mapping)
    judged = read_targets(queries, target_column) if qrels is None else read_judgements(qrels)
    questions = tuple(read_questions(queries, query_column))
    return Collection(tuple(documents), questions, judged)


def _catalogue(path: Path, mapping: str) -> Iterator[Document]:
    from ext.polars_import.catalogue_file import open_catalogue  # noqa: PLC0415 - Polars weighs 30 MB

    catalogue = open_catalogue(path, mapping, "books")
    for book in catalogue.books("EUR"):
        if isinstance(book, ImportedBook):
            told = book.external_id or ""
            names = (told, told.removeprefix(catalogue.mapping.id_prefix), book.isbn or "")
            yield Document(
                names=tuple(dict.fromkeys(filter(None, names))),
                title=book.title,
                subtitle=book.subtitle,
                text=book.description,
                authors=book.authors,
                categories=book.categories,
                publisher=book.publisher,
                series=book.series,
                language=book.language,
                isbn=book.isbn,
                rating=book.rating_average,
                ratings=book.rating_count,
            )


@contextmanager
def search_ranker(
    documents: tuple[Document, ...],
    *,
    weights: Weights,
    match: Match,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[Ranker]:
    """Search as the server answers it, over an index built by the server's own writer.

    The index lies in a temporary folder and goes when the context ends. progress: told the
    documents indexed, and how many there are.
    """
    shelf = Shelf()

    def batches() -> Iterator[list]:  # type: ignore[type-arg]
        for first in range(0, len(documents), BATCH):
            progress(first, len(documents))
            chosen = documents[first : first + BATCH]
            yield [shelf.book(number, document) for number, document in enumerate(chosen, first)]
        progress(len(documents), len(documents))

    with tempfile.TemporaryDirectory(prefix="bookwheel-evaluate-") as folder:
        writer = IndexWriter(Path(folder) / "index")
        try:
            writer.rebuild(batches(), Horizon(1, 1), "")
            view = View(IndexReader(Path(folder) / "index").current(), "EUR")
            search = Search(lambda: view, weights=weights, secret=b"evaluation")

            def ranked(question: str) -> list[str]:
                # Longer than the server takes: test collections ask in whole paragraphs.
                request = SearchRequest(q=question, match=match, size=DEPTH, facets=())
                hits = _answer.decode(search.search(request).body).results
                return [documents[hit.id.int - 1].names[0] for hit in hits]

            yield ranked
        finally:
            writer.close()


def bm25_ranker(documents: tuple[Document, ...]) -> Ranker:
    """The plain engine over the same documents, everything in one field."""
    engine = Bm25(document.body() for document in documents)
    return lambda question: [
        documents[number].names[0] for number in engine.ranked(question, DEPTH)
    ]
