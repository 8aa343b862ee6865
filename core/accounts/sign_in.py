"""Signing up, in and out: a password for a short token and a session that renews it."""

from typing import Protocol
from uuid import UUID

from msgspec import Struct

from core.accounts.account import (
    LONGEST_PASSWORD,
    Account,
    Registration,
    WrongCredentials,
    accepted_registration,
)
from core.accounts.principal import Principal, Role
from core.accounts.session import Renewed
from core.stores.store import Store


class SignedIn(Struct, frozen=True):
    """access_token: for Authorization: Bearer, good for expires_in seconds.

    refresh_token: good for one renewal; using it again ends the session.
    """

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105 - the word that OAuth 2.0 has for it


class Credentials(Protocol):
    @property
    def account(self) -> Account: ...
    @property
    def password_hash(self) -> str | None: ...


class Accounts(Protocol):
    async def create(
        self,
        store: Store,
        *,
        email: str,
        display_name: str,
        password_hash: str | None,
        role: Role = "reader",
    ) -> Account:
        """Raises DuplicateAccount."""
        ...

    async def by_email(self, store: Store, email: str) -> Credentials | None: ...
    async def by_id(self, store: Store, account_id: UUID) -> Account:
        """Raises AccountNotFound."""
        ...

    async def set_password(self, account_id: UUID, password_hash: str) -> None: ...


class Sessions(Protocol):
    async def open(self, store_id: UUID, reader_id: UUID) -> str:
        """The first refresh token of a new session."""
        ...

    async def renew(self, store_id: UUID, token: str) -> Renewed:
        """Raises SessionEnded."""
        ...

    async def close(self, store_id: UUID, token: str) -> None: ...


class Passwords(Protocol):
    async def hash(self, password: str) -> str: ...
    async def verify(self, stored: str | None, password: str) -> bool:
        """None takes as long as a wrong password."""
        ...

    def outdated(self, stored: str) -> bool: ...


class Tokens(Protocol):
    @property
    def seconds(self) -> int: ...
    def issue(self, principal: Principal) -> str: ...


class SignIn:
    """What the routes under /auth and the command line do with accounts."""

    def __init__(
        self, accounts: Accounts, sessions: Sessions, passwords: Passwords, tokens: Tokens
    ) -> None:
        self.accounts = accounts
        self._sessions = sessions
        self._passwords = passwords
        self._tokens = tokens

    async def register(
        self, store: Store, registration: Registration, role: Role = "reader"
    ) -> Account:
        """Raises Invalid with faults, DuplicateAccount."""
        accepted = accepted_registration(registration)
        return await self.accounts.create(
            store,
            email=accepted.email,
            display_name=accepted.display_name,
            password_hash=await self._passwords.hash(accepted.password),
            role=role,
        )

    async def sign_in(self, store: Store, email: str, password: str) -> SignedIn:
        """Raises WrongCredentials, in the same words and time whatever was wrong."""
        wrong = WrongCredentials("e-mail address or password is wrong")
        if len(password) > LONGEST_PASSWORD or "\0" in email:
            raise wrong
        found = await self.accounts.by_email(store, email.strip())
        stored = found.password_hash if found is not None else None
        if not await self._passwords.verify(stored, password) or found is None or stored is None:
            raise wrong
        if self._passwords.outdated(stored):
            await self.accounts.set_password(found.account.id, await self._passwords.hash(password))
        return await self.begin(found.account)

    async def begin(self, account: Account) -> SignedIn:
        """A new session of somebody who has proved to be the account's owner."""
        refresh_token = await self._sessions.open(account.store_id, account.id)
        return self._signed_in(account, refresh_token)

    async def renew(self, store: Store, refresh_token: str) -> SignedIn:
        """Raises SessionEnded."""
        renewed = await self._sessions.renew(store.id, refresh_token)
        return self._signed_in(renewed.account, renewed.refresh_token)

    async def sign_out(self, store: Store, refresh_token: str) -> None:
        """End the session; a token that is of none is no error."""
        await self._sessions.close(store.id, refresh_token)

    def _signed_in(self, account: Account, refresh_token: str) -> SignedIn:
        token = self._tokens.issue(account.principal)
        return SignedIn(token, refresh_token, self._tokens.seconds)
