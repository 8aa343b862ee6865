"""Signing up, in and out: a password for a short token and a session that renews it."""

from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from msgspec import UNSET, Struct
from msgspec.structs import replace

from core.accounts.account import (
    FRESH_SECONDS,
    Account,
    AccountChange,
    FreshSignInNeeded,
    Registration,
    WrongCredentials,
    accepted_change,
    accepted_registration,
    names_of,
)
from core.accounts.lockout import Attempt, Lockout, attempt_of
from core.accounts.new_password import NewPasswords
from core.accounts.password_rules import LONGEST_PASSWORD
from core.accounts.principal import Principal, Role
from core.accounts.second_factor import SecondFactors
from core.accounts.session import Renewed, Session
from core.kernel.errors import Unavailable
from core.kernel.ids import new_id
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
    @property
    def second_factor(self) -> bool: ...


class Accounts(Protocol):
    async def create(
        self,
        store: Store,
        *,
        email: str,
        display_name: str,
        password_hash: str | None,
        role: Role = "reader",
        verified: bool = False,
    ) -> Account:
        """An address not verified is sent a letter. Raises DuplicateAccount."""
        ...

    async def by_email(self, store: Store, email: str) -> Credentials | None: ...
    async def by_id(self, store: Store, account_id: UUID) -> Account:
        """Raises AccountNotFound."""
        ...

    async def credentials(self, store: Store, account_id: UUID) -> Credentials:
        """Raises AccountNotFound."""
        ...

    async def set_password(self, store_id: UUID, account_id: UUID, password_hash: str) -> None:
        """The same password, hashed anew."""
        ...

    async def change_password(
        self, store_id: UUID, account_id: UUID, password_hash: str, *, but: UUID | None
    ) -> None:
        """Another password: every session but one ends, and the owner is told by letter."""
        ...

    async def set_display_name(
        self, store_id: UUID, account_id: UUID, display_name: str
    ) -> None: ...


class Sessions(Protocol):
    async def open(self, store_id: UUID, reader_id: UUID, session: UUID) -> str:
        """The first refresh token of a new session."""
        ...

    async def renew(self, store_id: UUID, token: str) -> Renewed:
        """Raises SessionEnded."""
        ...

    async def close(self, store_id: UUID, token: str) -> None: ...
    async def of_reader(self, store_id: UUID, reader_id: UUID) -> list[Session]: ...
    async def end(self, store_id: UUID, reader_id: UUID, session: UUID) -> None:
        """Raises SessionNotFound for one that is not the reader's."""
        ...

    async def end_all(self, store_id: UUID, reader_id: UUID) -> int:
        """How many there were. Raises AccountNotFound."""
        ...


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
        self,
        accounts: Accounts,
        sessions: Sessions,
        passwords: Passwords,
        tokens: Tokens,
        *,
        lockout: Lockout,
        new_passwords: NewPasswords,
        second_factors: SecondFactors,
    ) -> None:
        self.accounts = accounts
        self.sessions = sessions
        self._lockout = lockout
        self._new_passwords = new_passwords
        self._second_factors = second_factors
        self._passwords = passwords
        self._tokens = tokens

    async def register(
        self,
        store: Store,
        registration: Registration,
        role: Role = "reader",
        *,
        vouched: bool = False,
    ) -> Account:
        """vouched: somebody we trust says that the address is right.

        Raises Invalid with faults, DuplicateAccount.
        """
        accepted = accepted_registration(registration, store, self._new_passwords.common)
        names = names_of(store, accepted.email, accepted.display_name)
        return await self.accounts.create(
            store,
            email=accepted.email,
            display_name=accepted.display_name,
            password_hash=await self._new_passwords.accepted(accepted.password, names, "/password"),
            role=role,
            verified=vouched,
        )

    async def sign_in(
        self, store: Store, email: str, password: str, address: bytes = b""
    ) -> SignedIn:
        """address: of the client's network.

        Raises WrongCredentials, in the same words and time whatever was wrong; SignInLocked;
        SecondFactorNeeded where the password is right.
        """
        if len(password) > LONGEST_PASSWORD or "\0" in email:
            raise _wrong()
        attempt = await self._lockout.begin(attempt_of(store.id, email, address))
        found = await self.accounts.by_email(store, email.strip())
        account = await self._proved(found, password, attempt)
        await self._lockout.succeeded(attempt)
        return await self.begin(account)

    async def prove(
        self, store: Store, principal: Principal, password: str, address: bytes = b""
    ) -> Account:
        """That whoever holds the session knows the password; an account without one has to have
        signed in just now.

        Raises WrongCredentials, FreshSignInNeeded, SignInLocked, AccountNotFound.
        """
        found = await self.accounts.credentials(store, principal.reader_id)
        if found.password_hash is None:
            await self._begun_just_now(store, principal)
        else:
            await self._proved_again(store, found, password, address)
        return found.account

    async def prove_lately(
        self, store: Store, principal: Principal, password: str | None, address: bytes = b""
    ) -> None:
        """As `prove`; without a password, having signed in just now will do for any account."""
        if password is not None:
            await self.prove(store, principal, password, address)
            return
        await self.accounts.by_id(store, principal.reader_id)
        await self._begun_just_now(store, principal)

    async def change(
        self, store: Store, principal: Principal, change: AccountChange, address: bytes = b""
    ) -> Account:
        """Change one's own account; a new password ends every other session.

        Raises Invalid with faults, WrongCredentials, SignInLocked, AccountNotFound.
        """
        found = await self.accounts.credentials(store, principal.reader_id)
        accepted = accepted_change(change, found.account, store, self._new_passwords.common)
        if accepted.password is not UNSET:
            await self._proved_again(store, found, accepted.current_password, address)
            names = names_of(store, found.account.email, found.account.display_name)
            stored = await self._new_passwords.accepted(accepted.password, names, "/password")
            await self.accounts.change_password(
                store.id, found.account.id, stored, but=principal.session
            )
        if accepted.display_name is not UNSET:
            await self.accounts.set_display_name(store.id, found.account.id, accepted.display_name)
        return await self.accounts.by_id(store, principal.reader_id)

    async def _proved_again(
        self, store: Store, found: Credentials, password: str, address: bytes
    ) -> None:
        begun = await self._lockout.begin(attempt_of(store.id, found.account.email, address))
        await self._right(found, password, begun)
        await self._lockout.succeeded(begun)

    async def _begun_just_now(self, store: Store, principal: Principal) -> None:
        """Raises FreshSignInNeeded where the session that asks is older than that."""
        since = datetime.now(UTC) - timedelta(seconds=FRESH_SECONDS)
        sessions = await self.sessions.of_reader(store.id, principal.reader_id)
        own = (each for each in sessions if each.family == principal.session)
        if not any(each.started_at > since for each in own):
            raise FreshSignInNeeded

    async def _proved(self, found: Credentials | None, password: str, attempt: Attempt) -> Account:
        """The account, once its owner has proved to be it.

        Raises WrongCredentials; SecondFactorNeeded where the password alone proves too little.
        """
        account = await self._right(found, password, attempt)
        if found is not None and found.second_factor:
            # Neither failed nor done: the place is not known before the code, too, was right.
            await self._lockout.withdrawn(attempt)
            raise await self._second_factors.challenge(account)
        return account

    async def _right(self, found: Credentials | None, password: str, attempt: Attempt) -> Account:
        """The account, once the password is known to be its own. Raises WrongCredentials."""
        stored = found.password_hash if found is not None else None
        try:
            right = await self._passwords.verify(stored, password)
        except Unavailable:
            await self._lockout.withdrawn(attempt)
            raise
        if not right or found is None or stored is None:
            raise _wrong()
        if self._passwords.outdated(stored):
            account, hashed = found.account, await self._passwords.hash(password)
            await self.accounts.set_password(account.store_id, account.id, hashed)
        return found.account

    async def begin(self, account: Account) -> SignedIn:
        """A new session of somebody who has proved to be the account's owner."""
        session = new_id()
        refresh_token = await self.sessions.open(account.store_id, account.id, session)
        return self._signed_in(account, refresh_token, session)

    async def renew(self, store: Store, refresh_token: str) -> SignedIn:
        """Raises SessionEnded."""
        renewed = await self.sessions.renew(store.id, refresh_token)
        return self._signed_in(renewed.account, renewed.refresh_token, renewed.session)

    async def sign_out(self, store: Store, refresh_token: str) -> None:
        """End the session; a token that is of none is no error."""
        await self.sessions.close(store.id, refresh_token)

    def _signed_in(self, account: Account, refresh_token: str, session: UUID) -> SignedIn:
        token = self._tokens.issue(replace(account.principal, session=session))
        return SignedIn(token, refresh_token, self._tokens.seconds)


def _wrong() -> WrongCredentials:
    return WrongCredentials("e-mail address or password is wrong")
