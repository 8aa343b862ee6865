"""The search cluster that the settings name, where one machine is not enough."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from api.beside import beside
from api.settings import Settings
from core.search.ranking import Weights
from core.search.rules import RuleBook
from core.search.snapshot import IndexUnavailable, Snapshot
from core.stores.store import Store
from ext.opensearch_search.client import Cluster
from ext.opensearch_search.search import ClusterSearch
from ext.opensearch_search.state import StoreState, store_states
from ext.tantivy_search.stemming import stems

LOOK_SECONDS = 1.0
SECONDS = 5.0
"""A search that takes longer is given up: the answer is 503."""


def cluster_of(settings: Settings, *, seconds: float = SECONDS) -> Cluster:
    return Cluster(
        settings.search_url,
        ca_file=settings.search_ca_file if settings.search_ca_file.name else None,
        seconds=seconds,
        prefix=settings.search_prefix,
    )


class Searching:
    """The searches of this process, and whether the cluster has what they need."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._searches: list[ClusterSearch] = []

    def open(
        self, store: Store, secret: bytes, weights: Weights, rules: Callable[[], RuleBook]
    ) -> ClusterSearch:
        """A store's search. secret: signs cursors, the same in every worker of a deployment."""
        search = ClusterSearch(
            self._cluster,
            store.slug,
            store.currency,
            stem=stems,
            weights=weights,
            secret=secret,
            rules=rules,
        )
        self._searches.append(search)
        return search

    @staticmethod
    def own_index(current: Callable[[], Snapshot]) -> Callable[[], Snapshot]:
        """The node's own snapshot, for what the cluster does not answer: with a remedy where the
        node has none."""

        def snapshot() -> Snapshot:
            try:
                return current()
            except IndexUnavailable as error:
                raise IndexUnavailable(
                    "recommendations, previews and why-not need the node's own index, "
                    "and this node has none: it searches a cluster",
                    remedy="run `bookwheel index follow` without BOOKWHEEL_SEARCH_URL on this node",
                ) from error

        return snapshot

    async def close(self) -> None:
        await self._cluster.close()

    async def keep_looking(self) -> None:
        while True:
            for search in tuple(self._searches):
                await search.look()
            await asyncio.sleep(LOOK_SECONDS)


@contextlib.asynccontextmanager
async def searching(settings: Settings) -> AsyncIterator[Searching]:
    """While the block lasts it is looked whether the cluster has what searches need."""
    found = Searching(cluster_of(settings))
    try:
        async with beside(found.keep_looking()):
            yield found
    finally:
        await found.close()


async def cluster_status(settings: Settings) -> dict[str, StoreState]:
    """The state of every store's index on the cluster, by slug. Raises IndexUnavailable."""
    cluster = cluster_of(settings)
    try:
        return await store_states(cluster)
    finally:
        await cluster.close()
