"""Signing in by what another provider says: OpenID Connect, whoever provides it."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from msgspec import Struct

from core.accounts.account import Account
from core.accounts.second_factor import SecondFactorNeeded
from core.accounts.sign_in import SignedIn
from core.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from core.stores.store import Store

PATIENCE: Final = timedelta(minutes=10)
"""Between leaving for the provider and coming back."""
BACK: Final = "/sign-in/back"
"""The page that the provider sends readers back to."""


class ProviderNotFound(NotFound): ...


class IdentityNotFound(NotFound): ...


class SignInBroken(Invalid):
    """What came back from the provider does not belong to a sign-in that this browser began."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, remedy="begin the sign-in anew")


class AddressNotVouched(Forbidden):
    def __init__(self) -> None:
        super().__init__(
            "the provider does not vouch for an e-mail address of yours",
            remedy="confirm your address there, or sign up here with a password",
        )


class AddressNotProved(Conflict):
    """An account has the address, and nobody has shown that it is the same person's."""

    def __init__(self) -> None:
        super().__init__(
            "there is an account with your address already, and the address is not confirmed",
            remedy="confirm it by the link we sent, or choose a new password by letter",
        )


class Provider(Struct, frozen=True):
    """name: in addresses; title: for people."""

    name: str
    title: str


class Identity(Struct, frozen=True, kw_only=True):
    """What a provider says of somebody. subject: names them there for good."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    display_name: str


class LinkedIdentity(Struct, frozen=True, kw_only=True):
    """An account's own, as its reader sees it."""

    id: UUID
    issuer: str
    linked_at: datetime


class Begun(Struct, frozen=True):
    """url: of the provider's page; binding: for the browser to keep until it is back."""

    url: str
    binding: str


class Outgoing(Struct, frozen=True, kw_only=True):
    redirect_uri: str
    state: str
    nonce: str
    code_challenge: str


class Returned(Struct, frozen=True, kw_only=True):
    """iss: as RFC 9207 has providers say who they are; "" where it was not sent."""

    redirect_uri: str
    code: str
    iss: str
    nonce: str
    code_verifier: str


class Providers(Protocol):
    @property
    def all(self) -> Sequence[Provider]: ...

    async def url(self, name: str, outgoing: Outgoing) -> str:
        """Where to send the reader. Raises ProviderNotFound, Unavailable."""
        ...

    async def identity(self, name: str, returned: Returned) -> Identity:
        """Exchange the code. Raises ProviderNotFound, SignInBroken, Unavailable."""
        ...

    async def close(self) -> None: ...


class NoProviders:
    """A shop that trusts no other."""

    all: Sequence[Provider] = ()

    async def url(self, name: str, outgoing: Outgoing) -> str:
        raise ProviderNotFound("no provider is trusted here")

    async def identity(self, name: str, returned: Returned) -> Identity:
        raise ProviderNotFound("no provider is trusted here")

    async def close(self) -> None:
        """Nothing is open."""


class Known(Protocol):
    @property
    def account(self) -> Account: ...
    @property
    def second_factor(self) -> bool: ...


class Identities(Protocol):
    async def known(self, store: Store, identity: Identity) -> Known | None: ...

    async def linked(self, store: Store, identity: Identity) -> Known:
        """Link by the address, which the provider vouches for, or open an account.

        Raises AddressNotProved where an account has the address and it is not confirmed.
        """
        ...

    async def of(self, store_id: UUID, reader_id: UUID) -> list[LinkedIdentity]:
        """Newest first."""
        ...

    async def unlink(self, store_id: UUID, reader_id: UUID, identity_id: UUID) -> None:
        """Raises IdentityNotFound, LastWayIn."""
        ...


class Kept(Protocol):
    @property
    def content(self) -> Any: ...


class States(Protocol):
    async def new(
        self, store_id: UUID, purpose: str, lifetime: timedelta, *, content: Any
    ) -> str: ...
    async def take(self, store_id: UUID, purpose: str, secret: str) -> Kept | None: ...


class SecondFactors(Protocol):
    async def challenge(self, account: Account) -> SecondFactorNeeded: ...


class Begins(Protocol):
    async def begin(self, account: Account) -> SignedIn: ...


class Sites(Protocol):
    def of(self, store: Store) -> str: ...


class Federation:
    def __init__(
        self,
        providers: Providers,
        identities: Identities,
        states: States,
        *,
        second_factors: SecondFactors,
        sign_in: Begins,
        sites: Sites,
    ) -> None:
        self.providers = providers
        self.identities = identities
        self._states = states
        self._second_factors = second_factors
        self._sign_in = sign_in
        self._sites = sites

    async def begin(self, store: Store, provider: str) -> Begun:
        """Raises ProviderNotFound, Unavailable."""
        binding, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        content = {
            "provider": provider,
            "binding": _digest(binding),
            "nonce": nonce,
            "verifier": verifier,
        }
        if all(provider != each.name for each in self.providers.all):
            raise ProviderNotFound(f"no provider is named {provider[:100]!r}")
        state = await self._states.new(store.id, "openid", PATIENCE, content=content)
        outgoing = Outgoing(
            redirect_uri=self._back(store),
            state=state,
            nonce=nonce,
            code_challenge=code_challenge(verifier),
        )
        return Begun(await self.providers.url(provider, outgoing), binding)

    async def finish(
        self, store: Store, *, state: str, binding: str, code: str, iss: str
    ) -> SignedIn:
        """Sign in whom the provider sent back.

        Raises SignInBroken, AddressNotVouched, AddressNotProved, SecondFactorNeeded, Unavailable.
        """
        kept = await self._states.take(store.id, "openid", state)
        if kept is None:
            raise SignInBroken("this sign-in is done, took too long, or was never begun")
        begun = kept.content
        # Otherwise somebody's own answer could be slipped to a reader: login CSRF, RFC 9700 §4.7.
        if not hmac.compare_digest(begun["binding"], _digest(binding)):
            raise SignInBroken("this sign-in was begun in another browser")
        returned = Returned(
            redirect_uri=self._back(store),
            code=code,
            iss=iss,
            nonce=begun["nonce"],
            code_verifier=begun["verifier"],
        )
        identity = await self.providers.identity(begun["provider"], returned)
        known = await self.identities.known(store, identity)
        if known is None:
            if not (identity.email and identity.email_verified):
                raise AddressNotVouched
            known = await self.identities.linked(store, identity)
        if known.second_factor:
            raise await self._second_factors.challenge(known.account)
        return await self._sign_in.begin(known.account)

    def _back(self, store: Store) -> str:
        return f"{self._sites.of(store)}{BACK}"


def code_challenge(verifier: str) -> str:
    """S256. Source: RFC 7636 §4.2."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _digest(binding: str) -> str:
    return hashlib.sha256(binding.encode("utf-8", "surrogatepass")).hexdigest()
