"""A shop to be asked over HTTP: PostgreSQL, a built index, a drawn model, readers with tastes."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import numpy as np
from msgspec import Struct

from api.settings import Settings, environment_of
from benchmarks.drawn_model import drawn_arrays
from benchmarks.questions import drawn_rows
from benchmarks.servers import Server, running_server
from core.accounts.principal import Principal
from core.kernel.ids import new_id
from core.recommendations.evaluation import Quality
from core.recommendations.manifest import Manifest
from core.recommendations.model import Parameters
from core.search.snapshot import Snapshot
from core.stores.store import Store
from ext.embedded_postgres import EmbeddedPostgres
from ext.jwt_tokens import JwtTokens, signing_key
from ext.model_files import publish
from ext.postgres.migrating import migrate
from ext.postgres.pool import open_pool
from ext.postgres.stores import load_stores

READERS = 200
RATED = 20
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Shop(Struct, frozen=True):
    """tokens: access tokens of readers, each of whom rated twenty books."""

    settings: Settings
    tokens: list[str]

    @contextmanager
    def worker(self, *, access_log: bool = False, answer_memory_mb: int = 0) -> Iterator[Server]:
        """One real worker, ready to answer; it keeps no answer unless told to."""
        environment = {
            **environment_of(self.settings),
            "BOOKWHEEL_ACCESS_LOG": str(access_log),
            "BOOKWHEEL_ANSWER_MEMORY_MB": str(answer_memory_mb),
            "BOOKWHEEL_LIMITS": "false",  # one client asks more than a client may
            "PROMETHEUS_MULTIPROC_DIR": tempfile.mkdtemp(dir=self.settings.data_dir),
        }
        with running_server("api.worker", ready="/readyz", environment=environment) as server:
            yield server


@contextmanager
def open_shop(snapshot: Snapshot, index: Path, *, neighbours: float = 1.0) -> Iterator[Shop]:
    """A shop over a built index, in a folder that goes with it.

    neighbours: share of the usual numbers in its model.
    """
    folder = Path(tempfile.mkdtemp(prefix="bookwheel-bench-"))
    folder.chmod(0o755)  # a root's PostgreSQL runs as nobody
    postgres = EmbeddedPostgres(folder / "pg", "bookwheel")
    try:
        settings = Settings(
            data_dir=folder,
            database_url=postgres.start(),
            signing_key_file=folder / "access-tokens.pem",
            limits=False,
        )
        tokens = JwtTokens(signing_key(settings.signing_key_file), seconds=86_400)
        readers = asyncio.run(_filled(settings, snapshot, index, neighbours))
        yield Shop(settings, [tokens.issue(reader) for reader in readers])
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _filled(
    settings: Settings, snapshot: Snapshot, index: Path, neighbours: float
) -> list[Principal]:
    """Migrate, link the index, publish the model, write the readers with what they rated."""
    await migrate(settings.database_url, slug="main", name="Benchmarks", currency="EUR")
    pool = await open_pool(settings.database_url, size=1)
    try:
        store = (await load_stores(pool)).resolve(slug="main")
        home = settings.data_dir / "stores" / store.slug
        home.mkdir(parents=True)
        (home / "index").symlink_to(index)
        columns = snapshot.columns
        arrays = drawn_arrays(columns.id_hi, columns.id_lo, share=neighbours)
        publish(home / "models", arrays, drawn_manifest(store.slug))
        readers = [new_id() for _ in range(READERS)]
        async with pool.acquire() as connection:
            await _write(connection, store, readers, snapshot)
    finally:
        await pool.close()
    return [Principal(reader, store.id) for reader in readers]


async def _write(
    connection: asyncpg.Connection, store: Store, readers: list[UUID], snapshot: Snapshot
) -> None:
    """The readers, their ratings, and of the books those that they rated, by their titles."""
    columns = snapshot.columns
    rng = np.random.default_rng(5)
    rows = np.unique(drawn_rows(snapshot, 2_000, seed=5))
    ids = [
        UUID(int=int(hi) << 64 | int(lo))
        for hi, lo in zip(columns.id_hi[rows], columns.id_lo[rows], strict=True)
    ]
    await connection.copy_records_to_table(
        "book",
        records=[(book, store.id, "A rated book", "available") for book in ids],
        columns=("id", "store_id", "title", "status"),
    )
    await connection.copy_records_to_table(
        "reader",
        records=[(reader, store.id, "A reader", "reader") for reader in readers],
        columns=("id", "store_id", "display_name", "role"),
    )
    await connection.copy_records_to_table(
        "interaction",
        records=[
            (new_id(), store.id, reader, ids[book], "rating", float(stars), NOW - timedelta(days=i))
            for reader in readers
            for i, (book, stars) in enumerate(
                zip(rng.choice(len(ids), RATED, False), rng.integers(1, 6, RATED), strict=True)
            )
        ],
        columns=("id", "store_id", "reader_id", "book_id", "kind", "value", "occurred_at"),
    )
    await connection.execute("analyze")


def drawn_manifest(slug: str) -> Manifest:
    nothing = Quality(0, 0.0, 0.0)
    return Manifest(
        store=slug, trained_at=NOW, seconds=0.0, seed=11, books=0, readers=0, interactions=0,
        oldest=None, newest=None, parameters=Parameters(), quality=nothing, baseline=nothing,
    )  # fmt: skip
