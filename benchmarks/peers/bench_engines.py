"""How long do other engines take for the answers that this project's search gives?

Corpus: the seeded synthetic catalogue, 100,000 books (BOOKWHEEL_BENCH_BOOKS for another number),
its words as this project's analysis reads them; questions of two words of one book, both required,
twenty hits and the number of matches, with and without three facets; and two words with a slip.
From the question to the encoded answer, one question at a time: PostgreSQL and OpenSearch over a
connection on this machine, SQLite, Xapian and this project in the process. Before anything is
timed, answers are compared with plain loops over all books: the same number of matches, hits that
hold both words, the same counts of facets; of questions with a slip the share that finds the book
they came from is told. Left out: other services' own layers (bench_services.py), writes.

    just bench peers

Control: each peer that is here. A ratio of 0.05 says that this project takes a twentieth of the
peer's time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Protocol

import msgspec
import pytest
from msgspec import Struct
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.corpus import BOOKS, SEED, search_over, view_of
from benchmarks.pairs import compare
from benchmarks.peers import opensearch_engine, postgres, sqlite, xapian_engine
from benchmarks.peers.opensearch import NoServer
from benchmarks.peers.shelf import FACETS, SIZE, Entry, Found, Truth, entry_of
from benchmarks.peers.xapian_engine import Absent
from benchmarks.questions import Question, mistyped, two_words
from benchmarks.synthetic import books
from core.search.request import SearchRequest, parse
from core.search.service import Search
from ext.tantivy_search.published import PublishedSnapshot

QUESTIONS, PASSES = 64, 5
Ask = Callable[[str], Found]
PEERS = {module.NAME: module for module in (postgres, sqlite, xapian_engine, opensearch_engine)}


class Peer(Protocol):
    """mistyped: None where the engine has no way with slips."""

    def find(self, q: str) -> Found: ...
    def faceted(self, q: str) -> Found: ...
    @property
    def mistyped(self) -> Callable[[str], Found] | None: ...


class Peers(Struct, frozen=True):
    truth: Truth
    present: dict[str, Peer]
    absent: dict[str, str]


@pytest.fixture(scope="module")
def peers() -> Iterator[Peers]:
    entries: list[Entry] = [entry_of(book) for batch in books(BOOKS, SEED) for book in batch]
    truth = Truth(entries)
    present: dict[str, Peer] = {}
    absent: dict[str, str] = {}
    with ExitStack() as stack:
        for name, module in PEERS.items():
            try:
                present[name] = stack.enter_context(module.opened(entries, truth))
            except (Absent, NoServer) as error:
                absent[name] = str(error)
        yield Peers(truth, present, absent)


def asked(snapshot: PublishedSnapshot, truth: Truth) -> list[str]:
    """Questions whose words some book holds exactly: other forms of a word are this project's."""
    drawn = [question.q for question in two_words(snapshot, 2 * QUESTIONS)]
    return [q for q in drawn if truth.holding(q)][:QUESTIONS]


@pytest.mark.parametrize("name", PEERS)
def test_answers_mean_the_same(snapshot: PublishedSnapshot, peers: Peers, name: str) -> None:
    if name in peers.absent:
        pytest.skip(f"SKIPPED {name}: {peers.absent[name]}")
    peer, truth = peers.present[name], peers.truth
    for q in asked(snapshot, truth):
        holding = truth.holding(q)
        for page in (peer.find(q), peer.faceted(q)):
            assert page.count == len(holding), q
            assert {hit["id"] for hit in page.results} <= holding
            assert len(page.results) == min(SIZE, len(holding))
        assert page.facets == truth.facets(holding), q


def test_own_answers_hold_what_loops_find(snapshot: PublishedSnapshot, peers: Peers) -> None:
    search = search_over(view_of(snapshot))
    for q in asked(snapshot, peers.truth):
        holding = peers.truth.holding(q)
        answer = msgspec.json.decode(own(search, q, fuzzy="off", size="100"))
        assert answer["count"] >= len(holding), q  # other forms of the words beside them
        found = {hit["id"] for hit in answer["results"]}
        assert answer["count"] > 100 or holding <= found, q


def own(search: Search, q: str, **more: str) -> bytes:
    pairs = (("q", q), ("match", "all"), ("facets", ""), *more.items())
    return search.search(parse(dict(pairs).items(), SearchRequest)).body


def encoding(ask: Ask) -> Callable[[str], bytes]:
    return lambda q: ask(q).body()


def timed(
    benchmark: BenchmarkFixture,
    call: Callable[[str], bytes],
    controls: Mapping[str, Ask],
    questions: Sequence[str],
    label: str,
) -> Any:
    return compare(
        benchmark,
        call,
        {name: encoding(ask) for name, ask in controls.items()},
        questions,
        label=label,
        passes=PASSES,
    )


def test_two_words(benchmark: BenchmarkFixture, snapshot: PublishedSnapshot, peers: Peers) -> None:
    search = search_over(view_of(snapshot))
    controls = {name: peer.find for name, peer in peers.present.items()}
    questions = asked(snapshot, peers.truth)

    timed(benchmark, lambda q: own(search, q, fuzzy="off"), controls, questions, "two words")


def test_facets(benchmark: BenchmarkFixture, snapshot: PublishedSnapshot, peers: Peers) -> None:
    search = search_over(view_of(snapshot))
    facets = ",".join(FACETS)
    controls = {name: peer.faceted for name, peer in peers.present.items()}

    timed(
        benchmark,
        lambda q: own(search, q, fuzzy="off", facets=facets),
        controls,
        asked(snapshot, peers.truth),
        "two words, three facets",
    )


def test_slip(benchmark: BenchmarkFixture, snapshot: PublishedSnapshot, peers: Peers) -> None:
    search = search_over(view_of(snapshot))
    drawn = mistyped(snapshot, QUESTIONS)
    controls = {
        name: ask for name, peer in peers.present.items() if (ask := peer.mistyped) is not None
    }
    finds = {
        "own": share_found(drawn, lambda q: page_of(search, q)),
        **{name: share_found(drawn, ask) for name, ask in controls.items()},
    }

    timed(
        benchmark,
        lambda q: own(search, q),
        {f"{name}, finds {finds[name]:.0%}": ask for name, ask in controls.items()},
        [question.q for question in drawn],
        f"two words, one with a slip, finds {finds['own']:.0%}",
    )


def page_of(search: Search, q: str) -> Found:
    answer = msgspec.json.decode(own(search, q))
    return Found(answer["count"], answer["results"])


def share_found(questions: Sequence[Question], ask: Ask) -> float:
    """Of the questions, how many have the book that they came from among the hits."""
    found = sum(
        question.book.id in {hit["id"] for hit in ask(question.q).results} for question in questions
    )
    return found / len(questions)
