"""Keys, passwords, tokens and sessions."""

import time
from datetime import timedelta
from functools import cache
from pathlib import Path

import asyncpg
import msgspec

from api.services import AccountServices
from api.settings import Settings
from api.wiring.databases import database, migrated_stores
from api.wiring.fields import field_keys
from api.wiring.mail import Sites
from core.accounts.account import Account, AccountNotFound, Registration
from core.accounts.federation import Federation, NoProviders, Providers
from core.accounts.new_password import NewPasswords
from core.accounts.passkeys import PasskeySignIn
from core.accounts.principal import Role
from core.accounts.recovery import Recovery
from core.accounts.second_factor import SecondFactors
from core.accounts.sign_in import SignIn
from ext.argon2_passwords import Argon2Passwords
from ext.common_passwords import CommonPasswords
from ext.jwt_tokens import JwtTokens, signing_key
from ext.key_ring import rotate
from ext.postgres.accounts import AccountRepository
from ext.postgres.identities import IdentityRepository
from ext.postgres.one_time_secrets import SecretRepository
from ext.postgres.passkeys import PasskeyRepository
from ext.postgres.pool import open_pool
from ext.postgres.recoveries import RecoveryRepository
from ext.postgres.second_factors import SecondFactorRepository
from ext.postgres.sessions import SessionRepository
from ext.postgres.sign_in_attempts import AttemptRepository
from ext.postgres.waiting_letters import WaitingLetterRepository
from ext.qr_codes import qr_data_uri
from ext.webauthn_passkeys import WebauthnCeremonies
from ext.zxcvbn_strength import ZxcvbnStrength


def account_services(
    settings: Settings, pool: asyncpg.Pool, passwords: Argon2Passwords, tokens: JwtTokens
) -> AccountServices:
    accounts, attempts = AccountRepository(pool), AttemptRepository(pool)
    chosen = NewPasswords(passwords, CommonPasswords(), ZxcvbnStrength(passwords.off_loop))
    second_factors = SecondFactors(
        accounts,
        # The key is made at the first use: `bookwheel user create` needs none.
        SecondFactorRepository(pool, cache(lambda: field_keys(settings))),
        SecretRepository(pool),
        attempts,
        qr_data_uri,
    )
    sign_in = SignIn(
        accounts,
        session_repository(settings, pool),
        passwords,
        tokens,
        lockout=attempts,
        new_passwords=chosen,
        second_factors=second_factors,
    )
    recovery = Recovery(
        accounts, WaitingLetterRepository(pool), RecoveryRepository(pool), chosen, attempts
    )
    providers = openid_providers(settings)
    federation = Federation(
        providers,
        IdentityRepository(pool),
        SecretRepository(pool),
        second_factors=second_factors,
        sign_in=sign_in,
        sites=Sites(settings),
    )
    passkeys = PasskeySignIn(
        accounts,
        PasskeyRepository(pool),
        SecretRepository(pool),
        WebauthnCeremonies(),
        sign_in=sign_in,
        lockout=attempts,
        sites=Sites(settings),
    )
    return AccountServices(
        sign_in=sign_in,
        recovery=recovery,
        second_factors=second_factors,
        federation=federation,
        passkeys=passkeys,
        close=providers.close,
    )


def session_repository(settings: Settings, pool: asyncpg.Pool) -> SessionRepository:
    return SessionRepository(
        pool,
        timedelta(seconds=settings.refresh_token_seconds),
        timedelta(days=settings.session_days),
    )


def openid_providers(settings: Settings) -> Providers:
    """Those of the settings' file. Raises BadProviders."""
    if settings.openid_file == Path():
        return NoProviders()
    # Libraries that take 0.4 s to load, for shops that trust others.
    from ext.openid.providers import OpenIdProviders  # noqa: PLC0415
    from ext.openid.providers_file import read_providers  # noqa: PLC0415

    return OpenIdProviders(read_providers(settings.openid_file))


async def create_account(
    settings: Settings, url: str, *, email: str, password: str, role: str, display_name: str
) -> Account:
    """Open an account of any role. Raises Invalid, DuplicateAccount, StoreNotFound."""
    pool = await open_pool(url, size=1)
    passwords = Argon2Passwords(slots=1)
    try:
        store = (await migrated_stores(pool)).resolve(slug=settings.store)
        tokens = JwtTokens(signing_key(signing_key_file(settings)), seconds=1)
        registration = Registration(email=email, password=password, display_name=display_name)
        services = account_services(settings, pool, passwords, tokens)
        known_role = msgspec.convert(role, Role)
        return await services.sign_in.register(store, registration, known_role, vouched=True)
    finally:
        passwords.close()
        await pool.close()


async def end_sessions(settings: Settings, email: str) -> int:
    """End every session of an account; how many. Raises AccountNotFound, StoreNotFound."""
    async with database(settings) as (pool, store):
        found = await AccountRepository(pool).by_email(store, email.strip())
        if found is None:
            raise AccountNotFound(f"no account has the address {email}")
        return await session_repository(settings, pool).end_all(store.id, found.account.id)


def signing_key_file(settings: Settings) -> Path:
    """The key that the settings name, else the one kept beside the data."""
    if settings.signing_key_file != Path():
        return settings.signing_key_file
    return settings.data_dir / "keys" / "access-tokens.pem"


def rotate_signing_key(settings: Settings) -> str:
    """Replace the key; the new one's id. Raises BadSigningKey."""
    good_for = settings.access_token_seconds
    return rotate(signing_key_file(settings), good_for_seconds=good_for, now=time.time())


def held_signing_key(settings: Settings) -> Path | None:
    """The key's file, None before it is made. Raises BadSigningKey for what holds no key."""
    file = signing_key_file(settings)
    if not file.exists():
        return None
    signing_key(file)
    return file
