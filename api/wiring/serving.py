"""What an HTTP worker serves from."""

import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from api.asgi.metrics import RequestMetrics, WorkerCounter
from api.asgi.tracing import Tracing
from api.delivering import delivering
from api.ending import following_ended
from api.following_keys import KeyFollower, following_keys
from api.merchandising import Merchandising
from api.readers import Readers, Versions
from api.running import RunningExperiments, following_experiments
from api.services import AccountServices, Services, StoreServices
from api.settings import Settings
from api.watching import Opened, Watch
from api.wiring.accounts import account_services, signing_key_file
from api.wiring.counting import counting
from api.wiring.databases import embedded_postgres, migrated_stores
from api.wiring.derived import store_folder, why_missing, why_no_model
from api.wiring.mail import delivery, outbox
from api.wiring.model_stores import model_reader
from api.wiring.privacy import privacy
from api.wiring.reader_versions import reader_versions
from core.accounts.api_key import MARK
from core.accounts.ended import EndedSessions
from core.accounts.known_keys import KnownKeys
from core.privacy.pseudonym import pseudonyms
from core.privacy.service import Privacy
from core.recommendations.model import Model
from core.recommendations.service import Recommendations
from core.search.port import InProcess
from core.search.ranking import Weights
from core.search.service import Search
from core.search.snapshot import IndexUnavailable, Snapshot
from core.search.view import View
from core.stores.store import Store
from ext.argon2_passwords import Argon2Passwords
from ext.jwt_tokens import JwtTokens, derived_secret, signing_key
from ext.key_ring import KeyRing
from ext.postgres.api_keys import ApiKeyFeed, ApiKeyRepository
from ext.postgres.audit import AuditRepository
from ext.postgres.books import BookRepository
from ext.postgres.ended_sessions import EndedSessionFeed
from ext.postgres.events import EventRepository
from ext.postgres.experiments import ExperimentFeed, ExperimentRepository
from ext.postgres.histories import history_of
from ext.postgres.names import NameRepository
from ext.postgres.pool import open_pool
from ext.postgres.reviews import ReviewRepository
from ext.postgres.rule_books import RuleBooks
from ext.postgres.search_rules import rule_rows, synonym_rows, title_and_status
from ext.tantivy_search.reader import IndexReader
from ext.telemetry import TelemetryMissing, open_telemetry

if TYPE_CHECKING:
    from api.wiring.clusters import Searching

_LOGGER = logging.getLogger("bookwheel.wiring")
KEY_MARK = MARK.encode()
LOST_EXPOSURES = (
    "experiment_exposures_lost",
    "Exposures that no worker could hold until the database was back",
)


def metrics_folder(settings: Settings) -> Path:
    """Where the workers of one socket count: whoever starts them names it in the environment."""
    given = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    folder = Path(given) if given else settings.data_dir / "run" / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


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
    ring = KeyRing(signing_key_file(settings))
    tokens = JwtTokens(ring, seconds=settings.access_token_seconds)
    secret = derived_secret(key, b"cursors")
    ended = EndedSessions(settings.access_token_seconds + 60)
    known_keys = KnownKeys()
    follower = KeyFollower(ApiKeyFeed(pool), known_keys)
    passwords = Argon2Passwords()
    accounts = account_services(settings, pool, passwords, tokens)
    about_readers = privacy(settings, pool, ring, accounts.sign_in)
    lost = WorkerCounter(metrics_folder(settings), *LOST_EXPOSURES)
    running = RunningExperiments(ExperimentFeed(pool), lost.add)
    rule_books = RuleBooks(pool, settings.data_dir / "run" / "search_rules.json")
    watch = Watch(
        load=lambda: migrated_stores(pool),
        open_store=lambda store: open_store(
            settings,
            pool,
            store,
            secret,
            accounts,
            rule_books=rule_books,
            running=running,
            cluster=cluster,
            privacy=about_readers,
            versions=versions,
        ),
        remembered=settings.data_dir / "run" / "stores.json",
        poll_seconds=settings.poll_ms / 1000,
        follow_rules=rule_books.refresh,
    )
    metrics = RequestMetrics(metrics_folder(settings))
    try:
        async with (
            counting(settings) as limits,
            searching_if_asked(settings) as cluster,
            reader_versions(settings) as versions,
        ):
            served = Services(
                settings,
                verify=lambda token: (
                    known_keys.verify(token)
                    if token.startswith(KEY_MARK)
                    else ended.check(tokens.verify(token))
                ),
                readiness=watch.readiness,
                metrics=metrics,
                limits=limits,
                public_keys=tokens.public_keys,
                pseudonym=pseudonyms(derived_secret(key, b"readers in logs")),
                outbox=outbox(settings).kept if settings.demo else None,
                look_for_keys=follower.look,
                note_used_keys=follower.tell,
            )
            async with (
                following_ended(EndedSessionFeed(pool), ended, served.forget),
                following_keys(follower),
                following_experiments(running),
                delivering(delivery(settings, pool)),
                watch.running(served.serve),
            ):
                yield served
    finally:
        metrics.close()
        lost.close()
        await accounts.close()
        passwords.close()
        pool.terminate()


@contextlib.asynccontextmanager
async def searching_if_asked(settings: Settings) -> AsyncIterator["Searching | None"]:
    """None where each node searches its own index."""
    if not settings.search_url:
        yield None
        return
    from api.wiring.clusters import searching  # noqa: PLC0415 - its HTTP client takes a tenth of the start

    async with searching(settings) as cluster:
        yield cluster


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


def open_store(
    settings: Settings,
    pool: asyncpg.Pool,
    store: Store,
    secret: bytes,
    accounts: AccountServices,
    *,
    rule_books: RuleBooks,
    running: RunningExperiments,
    cluster: "Searching | None",
    privacy: Privacy,
    versions: Versions,
) -> Opened:
    """Open what there is of a store's index and model; may take seconds.

    cluster: what answers searches in place of the node's own index.
    """
    folder = store_folder(settings, store)
    index = IndexReader(folder / "index")
    models = model_reader(settings, store.slug)
    models.refresh()
    current = index.current if cluster is None else cluster.own_index(index.current)
    views = CurrentView(current, store.currency)
    recommendations = Recommendations(models.current, views)

    def prepare(model: Model | None, snapshot: Snapshot | None = None) -> None:
        try:
            recommendations.prepare(model, views.ahead(snapshot) if snapshot else views())
        except IndexUnavailable:
            return  # there is nothing yet to recommend from
        except Exception as error:  # whatever it is, the first who asks makes it
            _LOGGER.error("cannot prepare recommendations", exc_info=error)

    def refresh() -> None:
        index.refresh(ready=lambda snapshot: prepare(models.current(), snapshot))
        with contextlib.suppress(IndexUnavailable):
            recommendations.keep_up()

    def refresh_model() -> None:
        models.refresh(prepare)
        prepare(models.current())

    own = Search(
        views,
        weights=Weights(*settings.search_weights),
        secret=secret,
        rules=lambda: rule_books.of(store.id),
        budget_seconds=settings.search_budget_ms / 1000,
    )
    remote = None
    if cluster is not None:
        remote = cluster.open(
            store, secret, Weights(*settings.search_weights), lambda: rule_books.of(store.id)
        )
    return Opened(
        StoreServices(
            store=store,
            search=remote or InProcess(own),
            index=own,
            popular_queries=lambda: rule_books.popular_of(store.id),
            merchandising=Merchandising(
                synonym_rows(pool),
                rule_rows(pool),
                rule_books.refresh,
                partial(title_and_status, pool),
            ),
            books=BookRepository(pool),
            names={
                kind: NameRepository(pool, kind)
                for kind in ("author", "category", "publisher", "series")
            },
            reviews=ReviewRepository(pool),
            sign_in=accounts.sign_in,
            recovery=accounts.recovery,
            second_factors=accounts.second_factors,
            federation=accounts.federation,
            passkeys=accounts.passkeys,
            api_keys=ApiKeyRepository(pool),
            audit=AuditRepository(pool),
            privacy=privacy,
            events=EventRepository(pool),
            experiments=ExperimentRepository(pool, refresh=running.look),
            running=running.of(store.id),
            readers=Readers(
                lambda reader_id: history_of(pool, store, reader_id), versions=versions
            ),
            recommendations=recommendations,
            model_version=lambda: model.version if (model := models.current()) else "",
        ),
        refresh=refresh,
        refresh_model=refresh_model,
        index_missing=lambda: remote.missing if remote else why_missing(current),
        model_missing=lambda: why_missing(current) or why_no_model(models),
    )


class CurrentView:
    """The view of the newest snapshot, one for each snapshot."""

    def __init__(self, current: Callable[[], Snapshot], currency: str) -> None:
        self._current = current
        self._currency = currency
        self._view: View | None = None
        self._ahead: View | None = None

    def __call__(self) -> View:
        snapshot = self._current()
        if self._view is None or self._view.snapshot is not snapshot:
            before = self._view
            if self._ahead is not None and self._ahead.snapshot.static is snapshot.static:
                before, self._ahead = self._ahead, None
            self._view = View(snapshot, self._currency, before)
        return self._view

    def ahead(self, snapshot: Snapshot) -> View:
        """The view of a generation that is about to be served: what is shared is made in it."""
        self._ahead = View(snapshot, self._currency)
        return self._ahead
