"""What is saved by splicing encoded books into a page instead of encoding them each time?

Corpus: the seeded synthetic catalogue, 100,000 books (BOOKWHEEL_BENCH_BOOKS for another number),
256 pages of twenty of its books, popular ones more often. Left out: search, HTTP.

    just bench encoding

Control: the same page from the books as dictionaries, by msgspec and by Python's own json; below 1
the splice is faster.
"""

import json

import msgspec
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.pairs import compare
from benchmarks.questions import COUNT, drawn_rows
from core.search.rendering import envelope, plain
from ext.tantivy_search.published import PublishedSnapshot

PAGE = 20


def test_page(benchmark: BenchmarkFixture, snapshot: PublishedSnapshot) -> None:
    drawn = drawn_rows(snapshot, COUNT * PAGE, seed=21)
    pages = [drawn[first : first + PAGE].astype("int32") for first in range(0, len(drawn), PAGE)]
    books = {row: json.loads(snapshot.list_json(row)) for row in set(drawn.tolist())}
    fields = {"count": 1_000, "page": 1, "size": PAGE, "next_cursor": None}
    decoded = {id(page): [books[row] for row in page.tolist()] for page in pages}

    body = compare(
        benchmark,
        lambda page: envelope(plain(snapshot, page), fields),
        {
            "msgspec": lambda page: msgspec.json.encode({**fields, "results": decoded[id(page)]}),
            "json": lambda page: json.dumps({**fields, "results": decoded[id(page)]}),
        },
        pages,
        label="encode a page of twenty books",
    )

    assert json.loads(body) == {**fields, "results": decoded[id(pages[-1])]}
