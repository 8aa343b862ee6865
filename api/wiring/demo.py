"""What the demo needs of the adapters before it serves: schema, books, readers, model, accounts."""

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
from msgspec import Struct

from api.settings import Settings
from core.accounts.principal import Role
from core.importing.summary import ImportSummary
from core.stores.store import Store
from ext.argon2_passwords import Argon2Passwords
from ext.embedded_postgres import EmbeddedPostgres
from ext.postgres import migrating
from ext.postgres.accounts import AccountRepository
from ext.postgres.demo_readers import forget_accounts, let_sign_in, telling_readers
from ext.postgres.pool import open_pool
from ext.postgres.stores import load_stores

DOMAIN = "demo.example"
Progress = Callable[[str, float], None]


class DemoStore(Struct, frozen=True):
    """A pool, and the store that the demo fills."""

    pool: asyncpg.Pool
    store: Store


class GivenPostgres:
    """Somebody else keeps it running."""

    def __init__(self, url: str) -> None:
        self.url = url

    def start(self) -> str:
        return self.url

    def ensure(self) -> str:
        return self.url

    def stop(self) -> None: ...


def embedded(settings: Settings) -> EmbeddedPostgres | GivenPostgres:
    """The PostgreSQL of the demo: its own, or the one that the settings name."""
    if settings.database_url:
        return GivenPostgres(settings.database_url)
    return EmbeddedPostgres(settings.data_dir / "pg")


@contextlib.asynccontextmanager
async def demo_store(settings: Settings, url: str) -> AsyncIterator[DemoStore]:
    """The migrated database with the store in it."""
    await migrating.migrate(url, slug=settings.store, name="Bookwheel", currency=settings.currency)
    pool = await open_pool(url, size=4)
    try:
        yield DemoStore(pool, (await load_stores(pool)).resolve(slug=settings.store))
    finally:
        await pool.close()


async def has_books(shop: DemoStore) -> bool:
    return await _any(shop, "select exists (select 1 from book where store_id = $1)")


async def has_interactions(shop: DemoStore) -> bool:
    return await _any(shop, "select exists (select 1 from interaction where store_id = $1)")


async def _any(shop: DemoStore, question: str) -> bool:
    async with shop.pool.acquire() as connection:
        return bool(await connection.fetchval(question, shop.store.id))


async def load_sample_books(shop: DemoStore, progress: Progress) -> ImportSummary:
    from ext.postgres.loading import load_books  # noqa: PLC0415 - not for a second start
    from ext.sample_catalogue import sample_books  # noqa: PLC0415

    books = sample_books(shop.store.currency)
    return await load_books(shop.pool, shop.store, books, progress=progress)


async def load_file(shop: DemoStore, path: Path, progress: Progress) -> ImportSummary:
    """Books or interactions, whichever the file's columns say. Raises BadMapping and others."""
    from ext.polars_import.catalogue_file import open_catalogue  # noqa: PLC0415
    from ext.postgres.interaction_loading import load_interactions  # noqa: PLC0415
    from ext.postgres.loading import load_books  # noqa: PLC0415

    catalogue = open_catalogue(path)
    if catalogue.mapping.kind == "books":
        return await load_books(
            shop.pool, shop.store, catalogue.books(shop.store.currency), progress=progress
        )
    return await load_interactions(
        shop.pool,
        shop.store,
        catalogue.interactions(),
        spread_days=catalogue.mapping.defaults.spread_days,
        progress=progress,
    )


async def simulate_readers(shop: DemoStore) -> tuple[int, int]:
    """Let simulated readers use the shop; (interactions, reviews) that came of it."""
    from ext.postgres.simulation_loading import simulate_store  # noqa: PLC0415

    simulated = await simulate_store(shop.pool, shop.store)
    return simulated.interactions, simulated.reviews


class SignIn(Struct, frozen=True):
    """What the demo tells of an account; tastes: of a reader."""

    email: str
    password: str
    display_name: str
    role: Role
    tastes: tuple[str, ...] = ()


async def open_accounts(
    shop: DemoStore, readers: int, new_password: Callable[[], str]
) -> list[SignIn]:
    """Accounts for readers whose tastes differ, and one for a member of staff."""
    passwords = Argon2Passwords(slots=2)
    opened = []
    try:
        await forget_accounts(shop.pool, shop.store, DOMAIN)
        found = await telling_readers(shop.pool, shop.store, readers)
        for number, reader in enumerate(found, start=1):
            account = SignIn(
                f"reader{number}@{DOMAIN}",
                new_password(),
                reader.display_name,
                "reader",
                reader.tastes,
            )
            password_hash = await passwords.hash(account.password)
            await let_sign_in(shop.pool, reader, email=account.email, password_hash=password_hash)
            opened.append(account)
        staff = SignIn(f"staff@{DOMAIN}", new_password(), "Sam, behind the counter", "staff")
        await AccountRepository(shop.pool).create(
            shop.store,
            email=staff.email,
            display_name=staff.display_name,
            password_hash=await passwords.hash(staff.password),
            role=staff.role,
            verified=True,
        )
    finally:
        passwords.close()
    return [*opened, staff]


def has_index(settings: Settings) -> bool:
    return (_store_folder(settings) / "index" / "CURRENT").exists()


def has_model(settings: Settings) -> bool:
    return (_store_folder(settings) / "models" / "CURRENT").exists()


def _store_folder(settings: Settings) -> Path:
    return settings.data_dir / "stores" / settings.store


async def build_index(settings: Settings, progress: Progress) -> int:
    """Index every book of the store; how many there are."""
    from api.wiring.indexing import follower, index_status  # noqa: PLC0415 - not for a second start

    async with follower(settings, lambda _, taken: progress("books", taken)) as following:
        await following.rebuild(settings.store)
    return index_status(settings)[settings.store].living


def trained(settings: Settings) -> str:
    """A sentence on the model that serves."""
    from ext.model_files import manifest_of  # noqa: PLC0415 - not for a second start

    model = manifest_of(_store_folder(settings) / "models")
    if model is None:
        return "no model: popularity answers"
    return (
        f"model trained on {model.interactions:,} acts: nDCG@10 "
        f"{model.quality.ndcg_at_10:.3f} (popularity {model.baseline.ndcg_at_10:.3f})"
    )
