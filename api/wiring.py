"""Builds services from adapters: the only place in `api` that knows `ext`."""

import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import asyncpg
import msgspec

from api.asgi.metrics import RequestMetrics
from api.asgi.tracing import Tracing
from api.readers import Readers
from api.services import Services, StoreServices
from api.settings import Settings
from api.watching import Opened, Watch
from core.accounts.account import Account, Registration
from core.accounts.principal import Role
from core.accounts.sign_in import SignIn
from core.importing.books import Rejection
from core.importing.summary import ImportSummary
from core.kernel.errors import Unavailable
from core.recommendations.manifest import Manifest, describe
from core.recommendations.service import Recommendations
from core.recommendations.training import TrainingSettings, train
from core.search.following import Follower, Pace
from core.search.ranking import Weights
from core.search.service import Search
from core.search.snapshot import Snapshot
from core.search.view import View
from core.stores.store import Store, Stores
from ext.argon2_passwords import Argon2Passwords
from ext.embedded_postgres import EmbeddedPostgres
from ext.jwt_tokens import JwtTokens, derived_secret, signing_key
from ext.model_files import ModelReader, publish
from ext.postgres import migrating
from ext.postgres.accounts import AccountRepository
from ext.postgres.books import BookRepository
from ext.postgres.feed import Feed
from ext.postgres.histories import history_of
from ext.postgres.interaction_loading import load_interactions
from ext.postgres.loading import load_books
from ext.postgres.names import NameRepository
from ext.postgres.pool import open_pool
from ext.postgres.reviews import ReviewRepository
from ext.postgres.sessions import SessionRepository
from ext.postgres.source import CatalogueSource
from ext.postgres.stores import load_stores
from ext.postgres.training_rows import training_rows
from ext.tantivy_search.reader import IndexReader
from ext.tantivy_search.status import IndexStatus, status
from ext.tantivy_search.threaded import ThreadedIndex
from ext.telemetry import TelemetryMissing, open_telemetry

if TYPE_CHECKING:
    from ext.polars_import.catalogue_file import CatalogueFile

_LOGGER = logging.getLogger("bookwheel.wiring")


class SchemaMissing(Unavailable): ...


def embedded_postgres(settings: Settings) -> EmbeddedPostgres | None:
    """The machine's own PostgreSQL, not yet started; None where the settings name another."""
    return None if settings.database_url else EmbeddedPostgres(settings.data_dir / "pg")


@contextlib.contextmanager
def running_database(settings: Settings) -> Iterator[str]:
    """The URL of a database that runs for the time of the block; it need not be migrated.

    The embedded PostgreSQL is attached to, or started and stopped at the end: call this from the
    main thread.
    """
    embedded = embedded_postgres(settings)
    if embedded is None:
        yield settings.database_url
        return
    try:
        yield embedded.start()
    finally:
        embedded.stop()


async def pending_migrations(url: str) -> list[str]:
    """Ids of the migrations that the database lacks. Raises DatabaseUnavailable."""
    return await migrating.pending(url)


async def migrate(settings: Settings, url: str) -> list[str]:
    """Apply what is pending and make the store that the settings name; ids of the applied."""
    return await migrating.migrate(
        url, slug=settings.store, name="Bookwheel", currency=settings.currency
    )


@contextlib.asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[tuple[asyncpg.Pool, Store]]:
    """A pool and the store that the settings name, for a command's time.

    Call this from the main thread, see `running_database`. Raises DatabaseUnavailable,
    StoreNotFound, SchemaMissing.
    """
    with running_database(settings) as url:
        pool = await open_pool(url, size=settings.database_pool_size)
        try:
            yield pool, (await _migrated_stores(pool)).resolve(slug=settings.store)
        finally:
            await pool.close()


def catalogue_file(
    path: Path, mapping: str = "", kind: Literal["books", "interactions"] | None = None
) -> "CatalogueFile":
    """A file to import. Raises UnknownFormat, UnreadableFile, BadMapping."""
    from ext.polars_import.catalogue_file import open_catalogue  # noqa: PLC0415 - Polars weighs 30 MB

    return open_catalogue(path, mapping, kind)


async def import_catalogue(
    settings: Settings,
    catalogue: "CatalogueFile",
    *,
    refused: Callable[[Rejection], None],
    progress: Callable[[str, int], None],
) -> ImportSummary:
    """Load a file into the store that the settings name. Raises what `database` raises."""
    async with database(settings) as (pool, store):
        if catalogue.mapping.kind == "books":
            return await load_books(
                pool, store, catalogue.books(store.currency), refused=refused, progress=progress
            )
        return await load_interactions(
            pool,
            store,
            catalogue.interactions(),
            spread_days=catalogue.mapping.defaults.spread_days,
            refused=refused,
            progress=progress,
        )


@contextlib.asynccontextmanager
async def services(settings: Settings) -> AsyncIterator[Services]:
    """Everything a worker serves from; it opens while the database or the index is away.

    The embedded PostgreSQL is only attached to: whoever runs the workers keeps it alive.
    """
    embedded = embedded_postgres(settings)
    pool = await open_pool(
        settings.database_url if embedded is None else embedded.url,
        size=settings.database_pool_size,
    )
    key = signing_key(signing_key_file(settings))
    tokens = JwtTokens(key, seconds=settings.access_token_seconds)
    secret = derived_secret(key, b"cursors")
    passwords = Argon2Passwords()
    signing_in = sign_in(settings, pool, passwords, tokens)
    watch = Watch(
        load=lambda: _migrated_stores(pool),
        open_store=lambda store: open_store(settings, pool, store, secret, signing_in),
        remembered=settings.data_dir / "run" / "stores.json",
        poll_seconds=settings.poll_ms / 1000,
    )
    served = Services(
        settings, verify=tokens.verify, readiness=watch.readiness, metrics=RequestMetrics()
    )
    try:
        async with watch.running(served.serve):
            yield served
    finally:
        passwords.close()
        pool.terminate()


@contextlib.contextmanager
def tracing(settings: Settings) -> Iterator[Tracing]:
    """Records spans where the settings name a collector; says so and goes on where it cannot."""
    if not settings.otlp_endpoint:
        yield Tracing(None, 0.0)
        return
    try:
        telemetry = open_telemetry(settings.otlp_endpoint)
    except TelemetryMissing as error:
        _LOGGER.error("no spans are recorded: %s; %s", error.detail, error.remedy)
        yield Tracing(None, 0.0)
        return
    try:
        yield Tracing(telemetry.tracer, settings.trace_ratio)
    finally:
        telemetry.close()


def sign_in(
    settings: Settings, pool: asyncpg.Pool, passwords: Argon2Passwords, tokens: JwtTokens
) -> SignIn:
    lifetime = timedelta(seconds=settings.refresh_token_seconds)
    return SignIn(AccountRepository(pool), SessionRepository(pool, lifetime), passwords, tokens)


async def create_account(
    settings: Settings, url: str, *, email: str, password: str, role: str, display_name: str
) -> Account:
    """Open an account of any role. Raises Invalid, DuplicateAccount, StoreNotFound."""
    pool = await open_pool(url, size=1)
    passwords = Argon2Passwords(slots=1)
    try:
        store = (await _migrated_stores(pool)).resolve(slug=settings.store)
        tokens = JwtTokens(signing_key(signing_key_file(settings)), seconds=1)
        registration = Registration(email=email, password=password, display_name=display_name)
        signing_in = sign_in(settings, pool, passwords, tokens)
        return await signing_in.register(store, registration, msgspec.convert(role, Role))
    finally:
        passwords.close()
        await pool.close()


def signing_key_file(settings: Settings) -> Path:
    """The key that the settings name, else the one kept beside the data."""
    if settings.signing_key_file != Path():
        return settings.signing_key_file
    return settings.data_dir / "keys" / "access-tokens.pem"


def store_folder(settings: Settings, store: Store) -> Path:
    """Where a store's index and models lie."""
    return settings.data_dir / "stores" / store.slug


def open_store(
    settings: Settings, pool: asyncpg.Pool, store: Store, secret: bytes, signing_in: SignIn
) -> Opened:
    """Open what there is of a store's index and model; may take seconds."""
    folder = store_folder(settings, store)
    index = IndexReader(folder / "index")
    models = ModelReader(folder / "models")
    models.refresh()
    views = CurrentView(index.current, store.currency)
    return Opened(
        StoreServices(
            store=store,
            search=Search(views, weights=Weights(*settings.search_weights), secret=secret),
            books=BookRepository(pool),
            names={
                kind: NameRepository(pool, kind)
                for kind in ("author", "category", "publisher", "series")
            },
            reviews=ReviewRepository(pool),
            sign_in=signing_in,
            readers=Readers(lambda reader_id: history_of(pool, store, reader_id)),
            recommendations=Recommendations(models.current, views),
            model_version=lambda: model.version if (model := models.current()) else "",
        ),
        refresh=index.refresh,
        refresh_model=models.refresh,
        index_missing=lambda: _why_missing(index.current),
        model_missing=lambda: _why_no_model(models),
    )


async def train_model(
    settings: Settings, seed: int, progress: Callable[[str, float], None]
) -> Manifest:
    """Train on the store that the settings name and publish; what `database` raises, and
    NothingToTrainOn. progress hears the stage and the share of it that is done.
    """
    from ext.polars_training.corpus import corpus_of  # noqa: PLC0415 - the same

    began = time.perf_counter()
    progress("reading", 0.0)
    async with database(settings) as (pool, store):
        corpus = corpus_of(*await training_rows(pool, store))
    trained = train(corpus, TrainingSettings(seed=seed), progress)
    seconds = time.perf_counter() - began
    manifest = describe(trained, corpus, store=store.slug, seed=seed, seconds=seconds)
    return publish(store_folder(settings, store) / "models", trained.arrays, manifest)


@contextlib.asynccontextmanager
async def follower(
    settings: Settings, progress: Callable[[Store, int], None] = lambda store, taken: None
) -> AsyncIterator[Follower]:
    """What keeps this node's indexes in step; it opens while the database is away.

    Call this from the main thread, see `running_database`.
    """
    with running_database(settings) as url:
        pool = await open_pool(url, size=4)
        try:
            yield Follower(
                Feed(pool),
                CatalogueSource(pool),
                lambda store: ThreadedIndex.open(index_folder(settings, store.slug)),
                pace=Pace(poll_seconds=settings.poll_ms / 1000),
                progress=progress,
            )
        finally:
            pool.terminate()


def index_folder(settings: Settings, slug: str) -> Path:
    return settings.data_dir / "stores" / slug / "index"


def index_status(settings: Settings, *, verify: bool = False) -> dict[str, IndexStatus]:
    """The state of each index on this node, by the slug of its store; asks no database."""
    slugs = sorted(path.parent.name for path in settings.data_dir.glob("stores/*/index"))
    return {slug: status(index_folder(settings, slug), verify=verify) for slug in slugs}


def missing_part(settings: Settings, slug: str, part: str) -> str:
    """Why a store's "index" or "model" is not there; "" when it is."""
    folder = settings.data_dir / "stores" / slug
    if part == "index":
        return _why_missing(IndexReader(folder / "index").current)
    models = ModelReader(folder / "models")
    models.refresh()
    return _why_no_model(models)


class CurrentView:
    """The view of the newest snapshot, one for each snapshot."""

    def __init__(self, current: Callable[[], Snapshot], currency: str) -> None:
        self._current = current
        self._currency = currency
        self._view: View | None = None

    def __call__(self) -> View:
        snapshot = self._current()
        if self._view is None or self._view.snapshot is not snapshot:
            self._view = View(snapshot, self._currency)
        return self._view


async def _migrated_stores(pool: asyncpg.Pool) -> Stores:
    """Every store. Raises SchemaMissing before the migration, DatabaseUnavailable."""
    if not await migrating.schema_ready(pool):
        raise SchemaMissing("the schema is not up to date", remedy="run `bookwheel migrate`")
    return await load_stores(pool)


def _why_missing(part: Callable[[], object]) -> str:
    try:
        part()
    except Unavailable as error:
        return error.detail
    return ""


def _why_no_model(models: ModelReader) -> str:
    if (fault := models.fault()) is not None:
        return fault.detail
    return "" if models.current() is not None else "none was trained yet: popularity answers"
