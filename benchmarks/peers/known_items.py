"""Does this search, or PostgreSQL's full text with pg_trgm, find the book that is meant more often?

Corpus: any catalogue and questions that `bookwheel evaluate search` reads, each naming its one
right book; both engines hold the same books and are asked the same questions. PostgreSQL gets what
its manual offers: words weighed by field, a word that no book holds put right by the nearest three
of a trigram index, books that hold all words first and then those that hold some, by ts_rank or
ts_rank_cd, with or without the length of the text.
Left out: time (bench_engines.py).

    python -m benchmarks.peers.known_items books.csv.gz asked.csv --mapping goodbooks \
        --query-column query_title --target-column target_book_id
"""

from pathlib import Path

import click

from api.wiring.evaluating import read_collection, search_ranker
from benchmarks.peers import postgres
from benchmarks.peers.shelf import Truth, entry_of
from core.evaluation.collection import Shelf
from core.evaluation.measuring import Measured, measure
from core.search.analysis import terms_of
from core.search.ranking import Weights

SHOWN = ("nDCG@10", "MRR@10", "success@1")


@click.command(help=(__doc__ or "").splitlines()[0])
@click.argument("docs", type=click.Path(path_type=Path))
@click.argument("queries", type=click.Path(path_type=Path))
@click.option("--mapping", default="")
@click.option("--query-column", default="query")
@click.option("--target-column", default="target")
def main(docs: Path, queries: Path, mapping: str, query_column: str, target_column: str) -> None:
    collection = read_collection(
        docs, queries, None,
        query_column=query_column, target_column=target_column, mapping=mapping, language=None,
    )  # fmt: skip
    with search_ranker(collection.documents, weights=Weights(), match="most") as ranker:
        tell(measure("this search", ranker, collection))
    shelf = Shelf()
    entries = [
        entry_of(shelf.book(number, document))
        for number, document in enumerate(collection.documents)
    ]
    names = {
        entry.id: document.names[0]
        for entry, document in zip(entries, collection.documents, strict=True)
    }
    with postgres.opened(entries, Truth(entries)) as peer:
        for rank in postgres.RANKS:

            def asked(question: str, rank: str = rank) -> list[str]:
                return [names[book] for book in peer.meant(terms_of(question), rank)]

            tell(measure(f"PostgreSQL, {rank}", asked, collection))


def tell(measured: Measured) -> None:
    found = ", ".join(
        f"{name} {of.mean:.3f} [{of.low:.3f}, {of.high:.3f}]"
        for name, of in measured.metrics.items()
        if name in SHOWN
    )
    click.echo(f"{measured.name}, {measured.questions} questions: {found}")


if __name__ == "__main__":
    main()
