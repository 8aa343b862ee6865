"""How often is the word that was meant among the corrections of a recorded misspelling?

    python -m benchmarks.corrections MISSPELLINGS.csv CATALOGUE [MAPPING] [odd|even]

MISSPELLINGS has the columns `misspelling` and `correct`; counted are the words of which the right
one stands in a title, a series or an author's name of the catalogue, and the wrong one nowhere in
it. Left out: what the other words of a query tell, so searching corrects better than this.
"""

import csv
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from api.wiring.evaluating import read_collection
from benchmarks.corpus import build, open_index, view_of
from core.evaluation.collection import Document, Shelf
from core.search.analysis import terms_of
from core.search.columns import NONE
from core.search.correcting import meant
from core.search.forms import Forms
from core.search.view import View

FIRST = 3


def pairs(misspellings: Path, documents: tuple[Document, ...]) -> Iterator[tuple[str, str]]:
    """(typed, meant), each once, as terms, of the words that stand in a title or a name."""
    known = {
        term
        for document in documents
        for text in (document.title, document.subtitle, document.series, *document.authors)
        for term in terms_of(text or "")
    }
    seen = set()
    with misspellings.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            pair = (*terms_of(row["misspelling"]), *terms_of(row["correct"]))
            if len(pair) == 2 and pair[1] in known and pair not in seen:
                seen.add(pair)
                yield pair


def report(view: View, asked: list[tuple[str, str]]) -> str:
    forms = Forms(view.snapshot.static)
    first = among = told = rightly = 0
    asked = [pair for pair in asked if view.snapshot.terms.code(pair[0]) == NONE]
    for typed, right in asked:
        found = meant(view, forms, typed, [])
        words = [word for word, _ in found.alternatives] if found else []
        first += words[:1] == [right]
        among += right in words[:FIRST]
        if found and found.sure:
            told += 1
            rightly += words[0] == right
    count = len(asked)
    return (
        f"{count} misspellings: right word first {first / count:.3f}, among the first {FIRST} "
        f"{among / count:.3f}; told {told / count:.3f}, of those rightly {rightly / told:.3f}"
    )


def main(misspellings: str, catalogue: str, mapping: str = "", half: str = "") -> None:
    # Its own titles are as good as any questions: only the documents are needed.
    documents = read_collection(
        Path(catalogue), Path(misspellings), None, query_column="misspelling",
        target_column="correct", mapping=mapping, language="en",
    ).documents  # fmt: skip
    shelf = Shelf()
    with tempfile.TemporaryDirectory() as folder:
        books = [shelf.book(number, document) for number, document in enumerate(documents)]
        build(Path(folder) / "index", [books])
        asked = list(pairs(Path(misspellings), documents))
        if half:
            asked = asked[half == "even" :: 2]
        click.echo(report(view_of(open_index(Path(folder) / "index")), asked))


if __name__ == "__main__":
    main(*sys.argv[1:])
