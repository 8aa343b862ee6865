"""The writing side: bulk requests, a generation beside the one that serves, an alias that moves."""

import asyncio
import contextlib
import os
import socket
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec
import numpy as np
from msgspec.structs import replace

from core.catalogue.book import Book
from core.search.entries import is_listed
from core.search.forms import Stem
from core.search.indexing import AlreadyWritten, RebuildNeeded
from core.search.popularity import Opinion, opinion
from core.search.snapshot import Horizon, IndexUnavailable
from ext.opensearch_search.client import Cluster, Missing, NoIndex, Outdated
from ext.opensearch_search.documents import MAPPINGS, documents
from ext.opensearch_search.state import (
    STATE_ID,
    State,
    alias_of,
    count_books,
    document_of,
    index_of,
    read_state,
)

BULK_BYTES = 8 << 20
"""Documents of one request; servers refuse more than 100 MB."""
_HARMLESS = frozenset({200, 201, 404, 409})
"""Written; deleted before; a newer version of the book is there already."""


MOST_CLAIMS = 5


class ClusterIndex:
    """`core.search.indexing.Index` over HTTP.

    One process writes a store's index. Who opens it last owns it: another that still writes
    finds out at its next commit, which raises AlreadyWritten. What it may have sent before is
    harmless, because an older version of a book never replaces a newer one.
    """

    def __init__(self, cluster: Cluster, slug: str, stem: Stem) -> None:
        self._cluster, self._stem = cluster, stem
        self.alias = alias_of(cluster, slug)
        self._writer = f"{socket.gethostname()}.{os.getpid()}.{uuid4().hex[:8]}"
        self._served: State | None = None
        self._sealed: State | None = None
        self._building = 0
        self._filling = _Filling()
        self._living = 0

    @classmethod
    async def open(cls, cluster: Cluster, slug: str, stem: Stem) -> "ClusterIndex":
        """Take the writing side over. Raises IndexUnavailable, AlreadyWritten."""
        opened = cls(cluster, slug, stem)
        try:
            opened._served = served = await opened._claimed()
        except NoIndex:
            return opened
        opened._living = await opened._count(index_of(opened.alias, served.generation))
        return opened

    @property
    def cursor(self) -> str | None:
        return self._served.cursor if self._served is not None else None

    @property
    def living(self) -> int:
        return self._living

    @property
    def worn(self) -> bool:
        """Never: the cluster clears away by itself what was overwritten."""
        return False

    async def apply(
        self,
        changed: Sequence[Book],
        removed: Sequence[UUID],
        horizon: Horizon | None,
        cursor: str | None,
        *,
        sealed: bool = False,
    ) -> None:
        """See `core.search.indexing.Index`."""
        state = self._sealed if sealed else self._served
        if state is None:
            raise RebuildNeeded("the search cluster holds no index of the store")
        index = index_of(self.alias, state.generation)
        gone = [*removed, *(book.id for book in changed if not is_listed(book))]
        operations = [
            *await self._writes([book for book in changed if is_listed(book)], state.spoken),
            *(_action("delete", each.hex) for each in gone),
        ]
        if operations:
            await self._send(index, operations, refresh=True)
        if horizon is not None and cursor is not None:
            state = await self._told(
                replace(state, commit=state.commit + 1, horizon=horizon, cursor=cursor)
            )
            if sealed:
                self._sealed = state
            else:
                self._served = state
        if operations and not sealed:
            self._living = await self._count(index)

    async def begin(self) -> None:
        """Start a generation, and clear away those that neither serve nor are being built."""
        serving = self._served.generation if self._served is not None else 0
        there = await self._generations()
        self._building = max([serving, *there]) + 1
        await self._drop(there - {serving})
        settings = {"index": {"refresh_interval": "-1"}}
        body = {"settings": settings, "mappings": MAPPINGS}
        await self._cluster.ask("PUT", f"/{self._new}", body)
        self._filling, self._sealed = _Filling(), None

    async def add(self, books: Sequence[Book]) -> int:
        """Raises Unavailable; returns the books taken so far."""
        listed = [book for book in books if is_listed(book)]
        self._filling.take(listed)
        written = await self._writes(listed, self._filling.spoken)
        await self._send(self._new, written, refresh=False)
        return self._filling.books

    async def seal(self, horizon: Horizon, cursor: str) -> None:
        """Everything is there: make it searchable and say up to where it goes."""
        await self._check()
        await self._cluster.ask("POST", f"/{self._new}/_refresh")
        self._sealed = await self._told(
            State(
                generation=self._building,
                commit=0,
                horizon=horizon,
                cursor=cursor,
                opinion=self._filling.opinion,
                spoken=self._filling.spoken,
            )
        )

    async def switch(self) -> str:
        """Let the alias name the new generation, at one moment; the old one stays until the next
        is begun, for searches under way."""
        if self._sealed is None:
            raise IndexUnavailable("no generation is sealed")
        index = index_of(self.alias, self._sealed.generation)
        if self._served is not None:
            # Whoever took the writing side over meanwhile builds its own.
            self._served = await self._told(self._served)
        actions: list[dict[str, Any]] = [{"add": {"index": index, "alias": self.alias}}]
        if self._served is not None:
            old = index_of(self.alias, self._served.generation)
            actions.insert(0, {"remove": {"index": old, "alias": self.alias, "must_exist": False}})
        await self._cluster.ask("POST", "/_aliases", {"actions": actions})
        self._served, self._sealed, self._building = self._sealed, None, 0
        self._living = await self._count(index)
        return index

    async def abandon(self) -> None:
        building, self._building, self._sealed = self._building, 0, None
        if building:
            await self._drop({building})

    def complete(self, at_ns: int) -> None:
        """Not told: it would cost a request to the cluster several times a second."""

    async def sync(self) -> None:
        """The cluster writes each request to disk before it answers."""

    async def close(self) -> None:
        """Nothing is held: the next to open takes over."""

    @property
    def _new(self) -> str:
        return index_of(self.alias, self._building)

    async def _writes(self, books: Sequence[Book], spoken: str) -> list[bytes]:
        written = await asyncio.to_thread(documents, books, self._stem, spoken)
        return [
            b"%b\n%b" % (_action("index", book.id.hex, book.version), document)
            for book, document in zip(books, written, strict=True)
        ]

    async def _send(self, index: str, operations: Iterable[bytes], *, refresh: bool) -> None:
        for batch in _batches(operations):
            for outcome in await self._cluster.bulk(index, batch, refresh=refresh):
                if outcome["status"] not in _HARMLESS:
                    raise IndexUnavailable(
                        f"the search cluster refused {outcome.get('_id')}: {outcome.get('error')}"
                    )

    async def _claimed(self) -> State:
        """The newest state under this writer's name. Raises NoIndex, AlreadyWritten.

        The elder may write between the look and the claim: then there is another to look at.
        """
        for _ in range(MOST_CLAIMS - 1):
            with contextlib.suppress(AlreadyWritten):
                return await self._told(await read_state(self._cluster, self.alias))
        return await self._told(await read_state(self._cluster, self.alias))

    async def _told(self, state: State) -> State:
        """Write the state and make it searchable, after the books that it tells of.

        Raises AlreadyWritten where another process wrote it since this one did.
        """
        index = index_of(self.alias, state.generation)
        state = replace(state, writer=self._writer)
        params: dict[str, Any] = {"refresh": "true"}
        if state.seq_no >= 0:
            params |= {"if_seq_no": state.seq_no, "if_primary_term": state.primary_term}
        path = f"/{index}/_doc/{STATE_ID}"
        try:
            answer = await self._cluster.ask("PUT", path, document_of(state), **params)
        except Outdated as error:
            raise AlreadyWritten(
                f"another process has begun to write {self.alias}",
                remedy="run one `bookwheel index follow` for a search cluster",
            ) from error
        except (Missing, NoIndex) as error:
            raise RebuildNeeded(f"{index} is gone") from error
        return replace(state, seq_no=answer["_seq_no"], primary_term=answer["_primary_term"])

    async def _check(self) -> None:
        """A server makes an index anew, and anyhow, when somebody has dropped it under a build."""
        found = await self._cluster.ask("GET", f"/{self._new}/_mapping")
        if found[self._new]["mappings"].get("dynamic") != MAPPINGS["dynamic"]:
            raise RebuildNeeded(f"{self._new} was dropped while it was built")

    async def _count(self, index: str) -> int:
        return await count_books(self._cluster, index)

    async def _generations(self) -> set[int]:
        """Those that are there, whoever made them."""
        found = await self._cluster.ask("GET", f"/{self.alias}.*/_alias")
        return {int(name.rpartition(".")[2]) for name in found if name.rpartition(".")[2].isdigit()}

    async def _drop(self, generations: Iterable[int]) -> None:
        for generation in generations:
            await self._cluster.ask(
                "DELETE", f"/{index_of(self.alias, generation)}", ignore_unavailable="true"
            )


class _Filling:
    """What is learnt of a store while its books go by."""

    def __init__(self) -> None:
        self.books = 0
        self._languages: Counter[str] = Counter()
        self._ratings: list[float] = []
        self._reviews: list[int] = []

    def take(self, books: Sequence[Book]) -> None:
        self.books += len(books)
        self._languages.update(book.language for book in books if book.language)
        for book in books:
            if book.review_count:
                self._ratings.append(book.average_rating)
                self._reviews.append(book.review_count)

    @property
    def spoken(self) -> str:
        return self._languages.most_common(1)[0][0] if self._languages else ""

    @property
    def opinion(self) -> Opinion:
        return opinion(np.array(self._ratings, np.float64), np.array(self._reviews, np.int64))


def _action(kind: str, document_id: str, version: int | None = None) -> bytes:
    told: dict[str, Any] = {"_id": document_id}
    if version is not None:
        told |= {"version": version, "version_type": "external_gte"}
    return msgspec.json.encode({kind: told})


def _batches(operations: Iterable[bytes]) -> Iterable[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for operation in operations:
        if batch and size + len(operation) > BULK_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(operation)
        size += len(operation)
    if batch:
        yield batch
