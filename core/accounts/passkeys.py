"""Passkeys: keys that never leave their owner's device, instead of password and second factor."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from msgspec import Struct

from core.accounts.account import LONGEST_NAME, Account, Unproved
from core.accounts.lockout import Lockout, attempt_of
from core.accounts.principal import Principal
from core.accounts.sign_in import SignedIn
from core.kernel.errors import Conflict, Fault, Invalid, NotFound
from core.kernel.text import fault_in, one_line
from core.stores.store import Store

LIFETIME: Final = timedelta(minutes=5)
"""Of a challenge."""
MOST: Final = 20
CHALLENGE_BYTES: Final = 32

Credential = Mapping[str, Any]
"""What `navigator.credentials` gives, as `toJSON` writes it. Source: WebAuthn Level 3 §5.1."""


class PasskeyNotFound(NotFound): ...


class PasskeyKnown(Conflict): ...


class PasskeyRefused(Invalid):
    """A new one that does not hold."""


class WrongPasskey(Unproved):
    """Told alike whatever was wrong."""

    def __init__(self) -> None:
        super().__init__("no account here is opened by this passkey", remedy="begin anew")


class Passkey(Struct, frozen=True, kw_only=True):
    """backed_up: its owner has it on more than one device. used_at: when it last signed in."""

    id: UUID
    name: str
    backed_up: bool
    created_at: datetime
    used_at: datetime | None = None


class Made(Struct, frozen=True, kw_only=True):
    """public_key: COSE_Key. sign_count: 0 of those that do not count."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    backed_up: bool


class Stored(Struct, frozen=True, kw_only=True):
    id: UUID
    account: Account
    public_key: bytes
    sign_count: int


class Ceremonies(Protocol):
    """The words of WebAuthn. site: the origin that pages have, "https://shop.example"."""

    async def creation(
        self, site: str, shop: str, account: Account, others: Sequence[bytes], challenge: bytes
    ) -> dict[str, Any]: ...
    async def request(self, site: str, challenge: bytes) -> dict[str, Any]: ...
    async def made(self, site: str, credential: Credential, challenge: str) -> Made:
        """Raises PasskeyRefused."""
        ...

    async def signed(self, site: str, credential: Credential, stored: Stored) -> int:
        """The new count of signatures. Raises WrongPasskey."""
        ...

    def challenge_in(self, credential: Credential) -> str:
        """In base64url; "" where there is none."""
        ...

    def id_of(self, credential: Credential) -> bytes:
        """b"" where there is none."""
        ...


class Passkeys(Protocol):
    async def of(self, store_id: UUID, reader_id: UUID) -> list[Passkey]: ...
    async def credential_ids(self, store_id: UUID, reader_id: UUID) -> list[bytes]: ...
    async def add(self, store_id: UUID, reader_id: UUID, name: str, made: Made) -> Passkey:
        """Raises PasskeyKnown, also where the account has too many."""
        ...

    async def remove(self, store_id: UUID, reader_id: UUID, passkey_id: UUID) -> None:
        """Raises PasskeyNotFound, LastWayIn."""
        ...

    async def find(self, store: Store, credential_id: bytes) -> Stored | None: ...
    async def used(self, store_id: UUID, stored: Stored, sign_count: int) -> bool:
        """Whether nobody used a later signature meanwhile."""
        ...


class Kept(Protocol):
    @property
    def reader_id(self) -> UUID | None: ...


class Challenges(Protocol):
    async def new(
        self,
        store_id: UUID,
        purpose: str,
        lifetime: timedelta,
        *,
        reader_id: UUID | None = None,
        secret: str,
    ) -> str: ...
    async def take(self, store_id: UUID, purpose: str, secret: str) -> Kept | None: ...


class AccountsById(Protocol):
    async def by_id(self, store: Store, account_id: UUID) -> Account: ...


class Begins(Protocol):
    async def begin(self, account: Account) -> SignedIn: ...


class Sites(Protocol):
    def of(self, store: Store) -> str: ...


class PasskeySignIn:
    def __init__(
        self,
        accounts: AccountsById,
        passkeys: Passkeys,
        challenges: Challenges,
        ceremonies: Ceremonies,
        *,
        sign_in: Begins,
        lockout: Lockout,
        sites: Sites,
    ) -> None:
        self._accounts = accounts
        self._passkeys = passkeys
        self._challenges = challenges
        self._ceremonies = ceremonies
        self._sign_in = sign_in
        self._lockout = lockout
        self._sites = sites

    async def of(self, principal: Principal) -> list[Passkey]:
        """Newest first."""
        return await self._passkeys.of(principal.store_id, principal.reader_id)

    async def creation(self, store: Store, principal: Principal) -> dict[str, Any]:
        """Options for `navigator.credentials.create`. Raises AccountNotFound."""
        account = await self._accounts.by_id(store, principal.reader_id)
        others = await self._passkeys.credential_ids(store.id, account.id)
        challenge = await self._challenge(store, "passkey-new", account.id)
        site = self._sites.of(store)
        return await self._ceremonies.creation(site, store.name, account, others, challenge)

    async def add(
        self, store: Store, principal: Principal, name: str, credential: Credential
    ) -> Passkey:
        """Raises Invalid, PasskeyRefused, PasskeyKnown."""
        called = one_line(name) or "Passkey"
        if fault := fault_in(called, longest=LONGEST_NAME):
            raise Invalid("the name breaks a rule", faults=(Fault("/name", fault),))
        challenge = self._ceremonies.challenge_in(credential)
        kept = await self._challenges.take(store.id, "passkey-new", challenge)
        if kept is None or kept.reader_id != principal.reader_id:
            raise PasskeyRefused("this took too long, or was not begun here", remedy="begin anew")
        made = await self._ceremonies.made(self._sites.of(store), credential, challenge)
        return await self._passkeys.add(store.id, principal.reader_id, called, made)

    async def remove(self, principal: Principal, passkey_id: UUID) -> None:
        """Raises PasskeyNotFound, LastWayIn."""
        await self._passkeys.remove(principal.store_id, principal.reader_id, passkey_id)

    async def request(self, store: Store) -> dict[str, Any]:
        """Options for `navigator.credentials.get`: the same for everybody, naming nobody."""
        challenge = await self._challenge(store, "passkey-sign-in", None)
        return await self._ceremonies.request(self._sites.of(store), challenge)

    async def sign_in(self, store: Store, credential: Credential, address: bytes) -> SignedIn:
        """A passkey that knew its owner is two factors at once. Raises WrongPasskey."""
        challenge = self._ceremonies.challenge_in(credential)
        if await self._challenges.take(store.id, "passkey-sign-in", challenge) is None:
            raise WrongPasskey
        stored = await self._passkeys.find(store, self._ceremonies.id_of(credential))
        if stored is None:
            raise WrongPasskey
        count = await self._ceremonies.signed(self._sites.of(store), credential, stored)
        if not await self._passkeys.used(store.id, stored, count):
            raise WrongPasskey
        await self._lockout.recovered(attempt_of(store.id, stored.account.email, address))
        return await self._sign_in.begin(stored.account)

    async def _challenge(self, store: Store, purpose: str, reader_id: UUID | None) -> bytes:
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        text = urlsafe_b64encode(challenge).rstrip(b"=").decode()
        await self._challenges.new(store.id, purpose, LIFETIME, reader_id=reader_id, secret=text)
        return challenge
