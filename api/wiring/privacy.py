"""What exports, erases and remembers consent."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg

from api.settings import Settings
from api.wiring.accounts import account_services, signing_key_file
from api.wiring.databases import database
from api.wiring.fields import field_keys
from api.wiring.mail import outbox
from core.accounts.account import AccountNotFound
from core.accounts.sign_in import SignIn
from core.privacy.erasure import Receipt, Verified
from core.privacy.service import Privacy
from core.stores.store import Store
from ext.argon2_passwords import Argon2Passwords
from ext.erasure_receipts import Receipts
from ext.jwt_tokens import JwtTokens, key_id
from ext.key_ring import KeyRing
from ext.postgres.consents import ConsentRepository
from ext.postgres.erasing import ErasureRepository
from ext.postgres.exports import ExportRepository


def exports(settings: Settings, pool: asyncpg.Pool) -> ExportRepository:
    kept = timedelta(days=settings.keep_exports_days)
    return ExportRepository(pool, field_keys(settings), kept)


async def erase_account(settings: Settings, email: str) -> Receipt:
    """What `database` raises, AccountNotFound."""
    async with _with_privacy(settings) as (asked, signing_in, store):
        found = await signing_in.accounts.by_email(store, email.strip())
        if found is None:
            raise AccountNotFound(
                f"the store {store.slug!r} has no account of that address",
                remedy="see --store, and how the address is spelt",
            )
        return await asked.erase_for(store, found.account.id)


async def verify_receipt(settings: Settings, receipt: str) -> Verified:
    """What `database` raises, BadReceipt."""
    async with _with_privacy(settings) as (asked, _, _):
        return await asked.verify(receipt)


async def erase_again(settings: Settings) -> int:
    """Erase whom a restored backup has brought back, in every store; how many."""
    async with database(settings) as (pool, _):
        return await ErasureRepository(pool).erased_again()


@contextlib.asynccontextmanager
async def _with_privacy(settings: Settings) -> AsyncIterator[tuple[Privacy, SignIn, Store]]:
    ring = KeyRing(signing_key_file(settings))
    passwords = Argon2Passwords(slots=1)
    try:
        async with database(settings) as (pool, store):
            tokens = JwtTokens(ring, seconds=1)
            signing_in = account_services(settings, pool, passwords, tokens).sign_in
            yield privacy(settings, pool, ring, signing_in), signing_in, store
    finally:
        passwords.close()


def privacy(settings: Settings, pool: asyncpg.Pool, ring: KeyRing, sign_in: SignIn) -> Privacy:
    """ring: of the keys that sign; receipts are signed with them, too."""
    return Privacy(
        sign_in,
        exports=exports(settings, pool),
        consents=ConsentRepository(pool),
        erasures=ErasureRepository(pool),
        receipts=Receipts(ring.signing, key_id),
        letters=outbox(settings),
    )
