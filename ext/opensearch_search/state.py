"""What the cluster tells of a store's index: how far it is, and who writes it."""

from typing import Any

import msgspec
from msgspec import Struct

from core.search.popularity import Opinion
from core.search.snapshot import Horizon, IndexUnavailable
from ext.opensearch_search.client import Cluster, Missing, NoIndex
from ext.opensearch_search.documents import SCHEMA

STATE_ID = "state"


class State(Struct, frozen=True, kw_only=True):
    """One document beside the books of a generation.

    commit: of this generation. cursor: where the feed goes on. opinion: what popularity is
    measured against until the next generation. spoken: the language of books that tell none.
    writer: the process that wrote it last. seq_no and primary_term: of the document as it was
    read, by which a write finds out that somebody else was quicker.
    """

    generation: int
    commit: int
    horizon: Horizon
    cursor: str
    opinion: Opinion
    spoken: str
    writer: str = ""
    seq_no: int = -1
    primary_term: int = -1

    @property
    def version(self) -> str:
        """As "g000001.42"."""
        return f"g{self.generation:06d}.{self.commit}"


class _Source(Struct, frozen=True):
    state: str


class _Got(Struct, frozen=True):
    seq_no: int = msgspec.field(name="_seq_no")
    primary_term: int = msgspec.field(name="_primary_term")
    source: _Source = msgspec.field(name="_source")


def alias_of(cluster: Cluster, slug: str) -> str:
    """What searches name; a store's slug has no dot, so no two stores' names meet."""
    return f"{cluster.prefix}.{slug}.v{SCHEMA}"


def index_of(alias: str, generation: int) -> str:
    return f"{alias}.{generation:06d}"


def document_of(state: State) -> dict[str, Any]:
    kept = msgspec.structs.replace(state, seq_no=-1, primary_term=-1)
    return {
        "kind": "state",
        "shown": state.version,
        "state": msgspec.json.encode(kept).decode(),
    }


class StoreState(Struct, frozen=True):
    """As `bookwheel index status` tells it. problem: why it cannot be searched, "" when it can."""

    version: str = ""
    living: int = 0
    writer: str = ""
    horizon: Horizon | None = None
    problem: str = ""


async def store_states(cluster: Cluster) -> dict[str, StoreState]:
    """Every store's that is served, by slug. Raises IndexUnavailable."""
    aliases = await cluster.ask("GET", f"/_alias/{alias_of(cluster, '*')}")
    slugs = {alias.split(".")[-2] for index in aliases.values() for alias in index["aliases"]}
    found = {}
    for slug in sorted(slugs):
        alias = alias_of(cluster, slug)
        try:
            state = await read_state(cluster, alias)
            living = await count_books(cluster, alias)
        except IndexUnavailable as error:
            found[slug] = StoreState(problem=error.detail)
        else:
            found[slug] = StoreState(state.version, living, state.writer, state.horizon)
    return found


async def count_books(cluster: Cluster, index: str) -> int:
    body = {"query": {"term": {"kind": "book"}}}
    return int((await cluster.ask("POST", f"/{index}/_count", body))["count"])


async def read_state(cluster: Cluster, index: str) -> State:
    """The state as it was written last, searchable or not. Raises IndexUnavailable."""
    try:
        answer = await cluster.ask("GET", f"/{index}/_doc/{STATE_ID}")
        got = msgspec.convert(answer, _Got)
        state = msgspec.json.decode(got.source.state, type=State)
    except Missing as error:
        raise NoIndex(f"{index} tells no state", remedy="bookwheel index rebuild") from error
    except msgspec.ValidationError as error:
        raise IndexUnavailable(f"the state of {index} cannot be read: {error}") from error
    return msgspec.structs.replace(state, seq_no=got.seq_no, primary_term=got.primary_term)
