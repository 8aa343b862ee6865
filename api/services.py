"""What routes may ask for: built once by the wiring, looked up by store, never injected."""

import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from api.asgi.clients import ClientAddresses
from api.asgi.cookies import SessionCookies
from api.asgi.keeping import KeptAnswers
from api.asgi.metrics import RequestMetrics
from api.merchandising import Merchandising
from api.readers import Readers
from api.running import Running
from api.settings import Settings
from core.accounts.api_key import ApiKey, KeyDraft, NewKey, Rotation
from core.accounts.federation import Federation
from core.accounts.passkeys import PasskeySignIn
from core.accounts.principal import BadToken, Principal, Tier
from core.accounts.public_key import PublicKey
from core.accounts.recovery import Recovery
from core.accounts.second_factor import SecondFactors
from core.accounts.sign_in import SignIn
from core.audit.entry import Entry
from core.audit.question import AuditQuestion
from core.catalogue.book import Book
from core.catalogue.draft import BookDraft
from core.catalogue.naming import NamedEntry, NamePage
from core.events.event import Event, Recorded
from core.experiments.experiment import Experiment, ExperimentDraft
from core.experiments.results import Results
from core.kernel.errors import Unavailable
from core.limits.counting import Limits
from core.privacy.pseudonym import pseudonyms
from core.privacy.service import Privacy
from core.recommendations.service import Recommendations
from core.reviews.review import Review, ReviewDraft, ReviewPage
from core.search.popular_queries import PopularQueries
from core.search.port import SearchPort
from core.search.service import Search
from core.stores.store import Store, Stores


class Readiness(Struct, frozen=True, omit_defaults=True):
    """status: "ready", "degraded" (reads go on) or "not ready"; missing: part → why.

    started: every part that is needed was there once.
    """

    status: str
    missing: dict[str, str] = {}
    started: bool = False


class WrittenBook(Protocol):
    """What a write answers: the book as it is now, and the token for `Index-Version`."""

    @property
    def book(self) -> Book: ...
    @property
    def token(self) -> str: ...


class Books(Protocol):
    """Staff's writes; raises as the errors of `core.catalogue.book` say."""

    async def create(self, store: Store, draft: BookDraft) -> WrittenBook: ...
    async def replace(
        self, store: Store, book_id: UUID, draft: BookDraft, version: int
    ) -> WrittenBook: ...
    async def patch(
        self, store: Store, book_id: UUID, patch: Mapping[str, Any], version: int
    ) -> WrittenBook: ...
    async def delete(self, store: Store, book_id: UUID, version: int) -> str: ...


class WrittenEntry(Protocol):
    @property
    def entry(self) -> NamedEntry: ...
    @property
    def token(self) -> str: ...


class Names(Protocol):
    """The names of one kind; raises as the errors of `core.catalogue.naming` say."""

    async def page(self, store: Store, *, page: int, size: int) -> NamePage: ...
    async def get(self, store: Store, entry_id: UUID) -> NamedEntry: ...
    async def create(self, store: Store, name: str) -> WrittenEntry: ...
    async def rename(
        self, store: Store, entry_id: UUID, name: str, version: int
    ) -> WrittenEntry: ...
    async def delete(self, store: Store, entry_id: UUID, version: int) -> str: ...


class WrittenReview(Protocol):
    @property
    def review(self) -> Review: ...
    @property
    def token(self) -> str: ...


class Reviews(Protocol):
    """Readers change their own; raises as the errors of `core.reviews.review` say."""

    async def page(self, store: Store, book_id: UUID, *, page: int, size: int) -> ReviewPage: ...
    async def add(
        self, store: Store, book_id: UUID, reader_id: UUID, draft: ReviewDraft
    ) -> WrittenReview: ...
    async def change(
        self, store: Store, review_id: UUID, reader_id: UUID, draft: ReviewDraft, version: int
    ) -> WrittenReview: ...
    async def delete(self, store: Store, review_id: UUID, reader_id: UUID, version: int) -> str: ...


class ApiKeys(Protocol):
    """Of one's own account, but for `set_tier`; raises as the errors of `core.accounts.api_key`."""

    async def of_reader(self, store_id: UUID, reader_id: UUID) -> list[ApiKey]: ...
    async def get(self, store_id: UUID, reader_id: UUID, key_id: UUID) -> ApiKey: ...
    async def create(self, store_id: UUID, reader_id: UUID, draft: KeyDraft) -> NewKey: ...
    async def rotate(
        self, store_id: UUID, reader_id: UUID, key_id: UUID, rotation: Rotation
    ) -> NewKey: ...
    async def revoke(self, store_id: UUID, reader_id: UUID, key_id: UUID) -> None: ...
    async def set_tier(self, store_id: UUID, key_id: UUID, tier: Tier) -> ApiKey: ...


class Audit(Protocol):
    async def page(self, store_id: UUID, asked: AuditQuestion) -> list[Entry]:
        """Newest first. Raises Unavailable."""
        ...


class Events(Protocol):
    """Raises as `ext` says: AccountNotFound, Unavailable."""

    async def add(
        self,
        store: Store,
        reader_id: UUID | None,
        events: Sequence[Event],
        visitor_id: UUID | None = None,
    ) -> Recorded: ...


class Experiments(Protocol):
    """Staff's acts; raises as the errors of `core.experiments.experiment` say.

    refresh: looks for what runs now, in this worker; the others look by themselves.
    """

    async def every(self, store: Store) -> Sequence[Experiment]: ...
    async def start(self, store: Store, draft: ExperimentDraft) -> Experiment: ...
    async def stop(self, store: Store, experiment_id: UUID) -> Experiment: ...
    async def results(self, store: Store, experiment_id: UUID) -> Results: ...
    @property
    def refresh(self) -> Callable[[], Awaitable[None]]: ...


class KeptLetter(Protocol):
    @property
    def to(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def sent_at(self) -> datetime: ...


Outbox = Callable[[], Awaitable[Sequence[KeptLetter]]]


class AccountServices(Struct, frozen=True, kw_only=True):
    """What accounts of every store share."""

    sign_in: SignIn
    recovery: Recovery
    second_factors: SecondFactors
    federation: Federation
    passkeys: PasskeySignIn
    close: Callable[[], Awaitable[None]]


class StoreServices(Struct, frozen=True, kw_only=True):
    """Everything of one store.

    search: whoever answers searches. index: the node's own, which recommendations, explanations
    and staff's trials read; its views raise IndexUnavailable where the node has none.
    names: by kind: author, category, publisher, series. model_version: "" before the first.
    """

    store: Store
    search: SearchPort
    index: Search
    books: Books
    names: Mapping[str, Names]
    reviews: Reviews
    popular_queries: Callable[[], PopularQueries]
    merchandising: Merchandising
    events: Events
    experiments: Experiments
    running: Running
    sign_in: SignIn
    recovery: Recovery
    api_keys: ApiKeys
    second_factors: SecondFactors
    audit: Audit
    privacy: Privacy
    federation: Federation
    passkeys: PasskeySignIn
    readers: Readers
    recommendations: Recommendations
    model_version: Callable[[], str]


async def _no_keys() -> None:
    """There are none."""


class Services:
    """Everything of one process."""

    def __init__(
        self,
        settings: Settings,
        *,
        verify: Callable[[bytes], Principal],
        readiness: Callable[[], Readiness],
        metrics: RequestMetrics,
        limits: Limits | None = None,
        public_keys: Callable[[], Sequence[PublicKey]] = list,
        pseudonym: Callable[[str], str] | None = None,
        outbox: Outbox | None = None,
        look_for_keys: Callable[[], Awaitable[None]] = _no_keys,
        note_used_keys: Callable[[], Awaitable[None]] = _no_keys,
    ) -> None:
        """limits: None counts no requests. pseudonym: of a reader's id, for logs.

        outbox: the newest letters of the demo. look_for_keys: learn of changed API keys now.
        note_used_keys: write down when each was used.
        """
        self.settings = settings
        self.readiness = readiness
        self.metrics = metrics
        self.limits = limits
        self.public_keys = public_keys
        self.pseudonym = pseudonym or pseudonyms(secrets.token_bytes(32))
        self.outbox = outbox
        self.look_for_keys = look_for_keys
        self.note_used_keys = note_used_keys
        self.cookies = SessionCookies(
            secure=not settings.demo, seconds=settings.refresh_token_seconds
        )
        self.answers = KeptAnswers(settings.answer_memory_mb * 1_000_000)
        self.clients = ClientAddresses(settings.trusted_proxies)
        self._verify = verify
        self._stores: Stores | None = None
        self._by_slug: dict[str, StoreServices] = {}
        self._only: StoreServices | None = None

    def serve(self, stores: Stores, services: Mapping[str, StoreServices]) -> None:
        """Take these stores as the ones there are; requests under way keep the old ones."""
        self._stores, self._by_slug = stores, dict(services)
        self._only = self._by_slug[stores.all[0].slug] if len(stores.all) == 1 else None

    def forget(self, digests: Collection[bytes]) -> None:
        """Drop from memory what is known of erased readers."""
        for shop in self._by_slug.values():
            shop.readers.forget(digests)

    def for_store(self, slug: bytes | None, host: bytes | None) -> StoreServices:
        """The store that the headers X-Store or Host name, else the only one.

        Raises StoreNotFound, Invalid where several leave it open, Unavailable before any is known.
        """
        if self._only is not None and not slug:
            return self._only
        if self._stores is None:
            raise Unavailable("the stores are not known yet", remedy="the database is away: retry")
        found = self._stores.resolve(
            slug=slug.decode("latin-1") if slug else None,
            host=host.decode("latin-1") if host else None,
        )
        return self._by_slug[found.slug]

    def verify(self, authorization: bytes) -> Principal:
        """Whom an Authorization header speaks for. Raises BadToken."""
        scheme, _, token = authorization.partition(b" ")
        if scheme.lower() != b"bearer" or not token:
            raise BadToken("only bearer tokens are read", remedy="Authorization: Bearer <token>")
        return self._verify(token.strip())
