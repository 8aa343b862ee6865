"""What readers may ask for about their own data."""

from typing import Protocol
from uuid import UUID

from core.accounts.principal import Principal
from core.accounts.sign_in import SignIn
from core.privacy.consent import Consent, ConsentChange
from core.privacy.erasure import BadReceipt, Erasure, Receipt, Verified
from core.privacy.export import Export
from core.stores.store import Store


class Exports(Protocol):
    async def ask(self, store: Store, reader_id: UUID) -> Export:
        """Raises AccountNotFound."""
        ...

    async def state(self, reader_id: UUID) -> Export:
        """Raises ExportMissing."""
        ...

    async def content(self, reader_id: UUID) -> bytes:
        """Raises ExportMissing, ExportUnfinished."""
        ...


class Consents(Protocol):
    async def of(self, reader_id: UUID) -> Consent: ...
    async def decide(self, store: Store, reader_id: UUID, change: ConsentChange) -> Consent:
        """Raises AccountNotFound."""
        ...


class Erasures(Protocol):
    async def erase(self, store: Store, reader_id: UUID) -> Erasure:
        """Raises AccountNotFound."""
        ...

    async def on_record(self, erasure_id: UUID) -> bool: ...
    async def remember_key(self, kid: str, x: str) -> None: ...
    async def key(self, kid: str) -> str | None: ...


class Letters(Protocol):
    async def forget(self, address: str) -> None:
        """Remove kept letters to that address."""
        ...


class Signer(Protocol):
    """One key. kid and x: as RFC 7517 and RFC 8037 name its public half."""

    @property
    def kid(self) -> str: ...
    @property
    def x(self) -> str: ...
    def sign(self, erasure: Erasure) -> str: ...


class Receipts(Protocol):
    def signer(self) -> Signer:
        """With the key that signs now."""
        ...

    def key_of(self, receipt: str) -> str:
        """The id of the key that a receipt names. Raises BadReceipt."""
        ...

    def opened(self, receipt: str, x: str) -> Erasure:
        """Raises BadReceipt for what that key did not sign."""
        ...


class Privacy:
    def __init__(
        self,
        sign_in: SignIn,
        *,
        exports: Exports,
        consents: Consents,
        erasures: Erasures,
        receipts: Receipts,
        letters: Letters,
    ) -> None:
        self.exports = exports
        self.consents = consents
        self._sign_in = sign_in
        self._erasures = erasures
        self._receipts = receipts
        self._letters = letters

    async def erase(
        self, store: Store, principal: Principal, password: str | None, address: bytes
    ) -> Receipt:
        """Erase the account that asks.

        Raises FreshSignInNeeded, WrongCredentials, SignInLocked, AccountNotFound.
        """
        await self._sign_in.prove_lately(store, principal, password, address)
        return await self.erase_for(store, principal.reader_id)

    async def erase_for(self, store: Store, reader_id: UUID) -> Receipt:
        """Erase whoever has asked the operator for it. Raises AccountNotFound."""
        account = await self._sign_in.accounts.by_id(store, reader_id)
        signer = self._receipts.signer()
        # Before the erasure: there is no moment at which its receipt cannot be verified.
        await self._erasures.remember_key(signer.kid, signer.x)
        erasure = await self._erasures.erase(store, reader_id)
        await self._letters.forget(account.email)
        return Receipt(erasure=erasure, receipt=signer.sign(erasure))

    async def verify(self, receipt: str) -> Verified:
        """Raises BadReceipt for what this deployment did not sign."""
        x = await self._erasures.key(self._receipts.key_of(receipt))
        if x is None:
            raise BadReceipt("this store has signed no such receipt")
        erasure = self._receipts.opened(receipt, x)
        return Verified(erasure=erasure, on_record=await self._erasures.on_record(erasure.id))
