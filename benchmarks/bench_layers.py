"""What does each layer between the server and the store's bytes cost a request?

Corpus: the seeded synthetic catalogue, 100,000 books (BOOKWHEEL_BENCH_BOOKS for another number);
256 of its books, each asked for by GET /books/{id}, the shortest way through every layer. The
layers are called as the server calls them, with a scope made beforehand. Left out: the server
(bench_http.py has it), sockets, recorded spans.

    just bench layers

Control: the same without the outermost layer, down to the look-up alone; the last line is a bare
Litestar handler that returns the same bytes.

The second measurement asks GET /search for answers that are at hand: what access log, limits, and
id, trace and metrics each add, as differences of lines, and what verifying a token takes.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote_plus
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from litestar import Litestar, Response, get
from pytest_benchmark.fixture import BenchmarkFixture

from api.app import create_app
from api.asgi.access_log import AccessLog
from api.asgi.direct import DirectReads
from api.asgi.endpoint import Endpoint
from api.asgi.exchange import KEY, Exchange
from api.asgi.metrics import RequestMetrics
from api.asgi.types import App, Message, Scope
from api.readers import Readers
from api.routes import books
from api.routes import search as search_routes
from api.running import Running
from api.services import Readiness, Services, StoreServices
from api.settings import Settings
from benchmarks.corpus import CURRENCY, search_over, view_of
from benchmarks.pairs import compare
from benchmarks.questions import COUNT, drawn_rows, two_words
from core.accounts.principal import Principal
from core.kernel.ids import new_id
from core.limits.counting import Limits
from core.limits.policy import Policy
from core.recommendations.history import NOTHING, History
from core.search.port import InProcess
from core.stores.store import Store, Stores
from ext.jwt_tokens import JwtTokens
from ext.memory_limits import MappedLimits
from ext.tantivy_search.published import PublishedSnapshot

HEADERS = [
    (b"host", b"127.0.0.1:8000"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0"),
    (b"accept", b"application/json"),
    (b"accept-encoding", b"gzip, deflate, br"),
]


@pytest.fixture(scope="module")
def metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RequestMetrics]:
    made = RequestMetrics(tmp_path_factory.mktemp("metrics"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def services(snapshot: PublishedSnapshot, metrics: RequestMetrics) -> Services:
    """Services of one store without a database: what GET /books/{id} needs."""
    store = Store(new_id(), "main", "Benchmarks", CURRENCY)
    absent = cast("Any", None)
    parts: dict[str, Any] = dict.fromkeys(StoreServices.__struct_fields__)
    search = search_over(view_of(snapshot))
    parts |= {"store": store, "search": InProcess(search), "index": search}
    shop = StoreServices(**parts)
    served = Services(
        Settings(),
        verify=absent,
        readiness=lambda: Readiness("ready"),
        metrics=metrics,
    )
    served.serve(Stores([store]), {store.slug: shop})
    return served


@pytest.fixture
def log() -> Iterator[AccessLog]:
    descriptor = os.open(os.devnull, os.O_WRONLY)
    log = AccessLog(descriptor)
    yield log
    log.close()
    os.close(descriptor)


def scope_of(path: str, **more: Any) -> Scope:
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": b"", "headers": HEADERS, "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8000), "state": {}, **more,
    }  # fmt: skip


async def receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(message: Message) -> None:
    assert message.get("status", 200) == 200  # errors cost something else


def called(app: App, scope: Scope) -> None:
    """Run an app to its end: nothing in it waits, so no loop is needed."""
    try:
        app(dict(scope), receive, send).send(None)  # type: ignore[attr-defined] # a coroutine
    except StopIteration:
        return
    raise AssertionError("the app waited for something")


def routed(endpoint: Endpoint, services: Services) -> App:
    """The route with what the layers would have put into its scope."""
    bound = endpoint.bound(services)
    headers = dict(HEADERS)

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        scope[KEY] = Exchange("GET", headers, b"a-request-id")
        scope["path_params"] = {"book_id": scope["path"].rpartition("/")[2]}
        await bound(scope, receive, send)

    return app


def bare_litestar(body: bytes) -> App:
    @get("/api/v1/books/{book_id:str}")
    async def static() -> Response[bytes]:
        return Response(body, media_type="application/json")

    return cast("App", Litestar([static], openapi_config=None, logging_config=None))


def found(endpoint: Endpoint, services: Services) -> App:
    """The route found by its path, with what the outermost layer would have put into its scope."""
    routes = [(endpoint.path, endpoint.methods, endpoint.bound(services))]
    reads, headers = DirectReads(cast("App", None), routes), dict(HEADERS)

    async def named(scope: Scope, receive: Any, send: Any) -> None:
        scope[KEY] = Exchange("GET", headers, b"a-request-id")
        await reads(scope, receive, send)

    return named


def test_layers(
    benchmark: BenchmarkFixture, snapshot: PublishedSnapshot, services: Services, log: AccessLog
) -> None:
    view = view_of(snapshot)
    ids = [view.id_of(row) for row in drawn_rows(snapshot, COUNT, seed=8).tolist()]
    scopes = [scope_of(f"/api/v1/books/{book_id}") for book_id in ids]
    search = services.for_store(None, None).index
    by_path = {scope["path"]: book_id for scope, book_id in zip(scopes, ids, strict=True)}
    layers: dict[str, Callable[[Scope], object]] = {
        "without the access log": partial(called, create_app(services)),
        "… without id, trace and metrics": partial(called, found(books.book, services)),
        "… without finding the route": partial(called, routed(books.book, services)),
        "… without the route: the bytes looked up": lambda s: search.book(by_path[s["path"]]),
        "bare Litestar handler of the same bytes": partial(
            called, bare_litestar(search.book(ids[0]).body)
        ),
    }

    compare(
        benchmark,
        partial(called, create_app(services, log=log)),
        layers,
        scopes,
        label="GET /books/{id}, every layer, access log on",
        passes=20,
    )


def reader_without_history(reader_id: UUID) -> Readers:
    """Known already, so that no request waits for rows."""

    async def load(reader_id: UUID) -> History:
        return NOTHING

    readers = Readers(load, kept_seconds=3600.0)
    asyncio.run(readers.history(reader_id))
    return readers


def test_layers_of_search(
    benchmark: BenchmarkFixture,
    snapshot: PublishedSnapshot,
    metrics: RequestMetrics,
    log: AccessLog,
    tmp_path: Path,
) -> None:
    """A search at hand, where layers weigh most; a token is verified in a line of its own."""
    search = search_over(view_of(snapshot))
    store = Store(new_id(), "main", "Benchmarks", CURRENCY)
    principal = Principal(new_id(), store.id)
    parts: dict[str, Any] = dict.fromkeys(StoreServices.__struct_fields__)
    parts |= {
        "store": store,
        "search": InProcess(search),
        "index": search,
        "readers": reader_without_history(principal.reader_id),
        "running": Running([]),
    }
    tokens = JwtTokens(Ed25519PrivateKey.generate(), seconds=3600)
    mapped = MappedLimits(tmp_path / "limits")

    def served(limits: Limits | None) -> Services:
        made = Services(
            Settings(),
            verify=tokens.verify,
            readiness=lambda: Readiness("ready"),
            metrics=metrics,
            limits=limits,
        )
        made.serve(Stores([store]), {store.slug: StoreServices(**parts)})
        return made

    # A quota that no benchmark reaches: a refusal would cost less.
    wide = Limits(mapped, changed=[Policy("search", 1_000_000, 10)])
    counted, uncounted = served(wide), served(None)
    token = tokens.issue(principal).encode()
    # Few questions, asked often: what the search remembers of them is warm for every line alike.
    drawn = two_words(snapshot)[:8] * 16
    questions = [f"q={quote_plus(each.q)}&size=1&facets=" for each in drawn]
    scopes = [{**scope_of("/api/v1/search"), "query_string": each.encode()} for each in questions]

    layers: dict[str, Callable[[Scope], object]] = {
        "without the access log": partial(called, create_app(counted)),
        "… without limits": partial(called, create_app(uncounted)),
        "… without id, trace and metrics": partial(called, found(search_routes.search, uncounted)),
        "a token verified, alone": lambda scope: counted.verify(b"Bearer " + token),
    }

    compare(
        benchmark,
        partial(called, create_app(counted, log=log)),
        layers,
        scopes,
        label="GET /search at hand, every layer on",
        passes=10,
    )
    mapped.close()
