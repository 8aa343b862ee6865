"""What follows the catalogue, and what shows the state of a node."""

import contextlib
from collections.abc import AsyncIterator, Callable

from api.beside import beside
from api.settings import Settings
from api.wiring.clusters import cluster_of
from api.wiring.databases import running_database
from api.wiring.derived import index_folder
from core.search.following import Follower, Pace
from core.search.indexing import Index
from core.stores.store import Store
from ext.opensearch_search.client import Cluster
from ext.opensearch_search.index import ClusterIndex
from ext.postgres.feed import Feed
from ext.postgres.pool import open_pool
from ext.postgres.source import CatalogueSource
from ext.postgres.tidying import keep_tidy
from ext.tantivy_search.status import IndexStatus, status
from ext.tantivy_search.stemming import stems
from ext.tantivy_search.threaded import ThreadedIndex


@contextlib.asynccontextmanager
async def follower(
    settings: Settings, progress: Callable[[Store, int], None] = lambda store, taken: None
) -> AsyncIterator[Follower]:
    """What keeps this node's indexes in step, and the database tidy; it opens while that is away.

    Call this from the main thread, see `running_database`.
    """
    with running_database(settings) as url:
        pool = await open_pool(url, size=4)
        cluster = cluster_of(settings, seconds=30.0) if settings.search_url else None
        try:
            async with beside(keep_tidy(pool, visits_kept_days=settings.keep_events_days)):
                yield Follower(
                    Feed(pool),
                    CatalogueSource(pool),
                    lambda store: _index(settings, store, cluster),
                    pace=Pace(poll_seconds=settings.poll_ms / 1000),
                    progress=progress,
                )
        finally:
            if cluster is not None:
                await cluster.close()
            pool.terminate()


async def _index(settings: Settings, store: Store, cluster: Cluster | None) -> Index:
    if cluster is not None:
        return await ClusterIndex.open(cluster, store.slug, stems)
    return await ThreadedIndex.open(index_folder(settings, store.slug))


def index_status(settings: Settings, *, verify: bool = False) -> dict[str, IndexStatus]:
    """The state of each index on this node, by the slug of its store; asks no database."""
    slugs = sorted(path.parent.name for path in settings.data_dir.glob("stores/*/index"))
    return {slug: status(index_folder(settings, slug), verify=verify) for slug in slugs}
