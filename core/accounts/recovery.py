"""Proving an address, and choosing a new password where the old one is forgotten."""

from typing import Protocol
from uuid import UUID

from core.accounts.account import (
    LONGEST_EMAIL,
    Account,
    fault_in_email,
    names_of,
)
from core.accounts.lockout import Lockout, attempt_of
from core.accounts.principal import Principal
from core.kernel.errors import Conflict, Fault, Invalid
from core.mail.wording import Kind
from core.stores.store import Store


class LinkNoLongerGood(Invalid):
    """Used, too old, or never made: told alike."""

    def __init__(self, remedy: str) -> None:
        super().__init__("the link has been used or is too old", remedy=remedy)


class AlreadyVerified(Conflict): ...


class Letters(Protocol):
    async def post(self, store_id: UUID, kind: Kind, recipient: str) -> None: ...


class Resets(Protocol):
    async def reader_of(self, store_id: UUID, token: str) -> UUID | None:
        """Whose password the link may change; it goes on being good."""
        ...

    async def reset(self, store_id: UUID, token: str, password_hash: str) -> Account | None:
        """In one step use the link up, store the password, take the address as proved, end every
        session; None where the link is no longer good.

        Where the address was not proved before, whatever else signs in goes, too: somebody else
        may have opened the account.
        """
        ...

    async def verify(self, store_id: UUID, token: str) -> Account | None:
        """Use the link up and take the address as proved; None where it is no longer good."""
        ...

    async def ask_for_email(self, store_id: UUID, reader_id: UUID, email: str) -> None:
        """Leave a letter at the address that is to become the account's."""
        ...

    async def change_email(self, store_id: UUID, token: str) -> Account | None:
        """In one step use the link up, store its address as proved, tell the old one; None where
        the link is no longer good, or the address became somebody else's.
        """
        ...


class AccountsById(Protocol):
    async def by_id(self, store: Store, account_id: UUID) -> Account:
        """Raises AccountNotFound."""
        ...


class PasswordRules(Protocol):
    async def accepted(self, password: str, names: tuple[str, ...], pointer: str) -> str:
        """The hash of a password that keeps the rules. Raises Invalid."""
        ...


class Recovery:
    def __init__(
        self,
        accounts: AccountsById,
        letters: Letters,
        resets: Resets,
        passwords: PasswordRules,
        lockout: Lockout,
    ) -> None:
        self._accounts = accounts
        self._letters = letters
        self._resets = resets
        self._passwords = passwords
        self._lockout = lockout

    async def forgotten(self, store: Store, email: str) -> None:
        """Leave a letter for whoever has the address.

        Whether somebody has it is looked up when the letter is sent, so that neither the answer
        nor its time can tell. Raises Invalid for what is no address.
        """
        address = email.strip()[: LONGEST_EMAIL + 1]
        if fault := fault_in_email(address):
            raise Invalid("the address cannot be read", faults=(Fault("/email", fault),))
        await self._letters.post(store.id, "reset-password", address)

    async def reset(self, store: Store, token: str, password: str, address: bytes = b"") -> None:
        """Store a new password and end every session; address: of the client's network.

        Whoever reads the account's letters may sign in from here, whatever was guessed before.
        Raises LinkNoLongerGood; Invalid for a password that breaks a rule, which leaves the link
        good.
        """
        reader_id = await self._resets.reader_of(store.id, token)
        if reader_id is None:
            raise _ask_again()
        account = await self._accounts.by_id(store, reader_id)
        names = names_of(store, account.email, account.display_name)
        stored = await self._passwords.accepted(password, names, "/password")
        if await self._resets.reset(store.id, token, stored) is None:
            raise _ask_again()
        await self._lockout.recovered(attempt_of(store.id, account.email, address))

    async def verify(self, store: Store, token: str) -> Account:
        """Take an address as proved. Raises LinkNoLongerGood."""
        account = await self._resets.verify(store.id, token)
        if account is None:
            raise LinkNoLongerGood("sign in and ask for another")
        return account

    async def ask_for_email(self, store: Store, account: Account, email: str) -> None:
        """Leave a letter with a link at the new address; until it is followed nothing changes.

        Whether somebody else has the address is looked up when the letter is sent, and none is
        sent then: neither the answer nor its time can tell. Raises Invalid for what is no address.
        """
        address = email.strip()[: LONGEST_EMAIL + 1]
        fault = fault_in_email(address)
        if address == account.email:
            fault = "is your address already"
        if fault:
            raise Invalid("the address cannot be taken", faults=(Fault("/email", fault),))
        await self._resets.ask_for_email(store.id, account.id, address)

    async def change_email(self, store: Store, token: str) -> Account:
        """Take the address that a letter's link proves. Raises LinkNoLongerGood."""
        account = await self._resets.change_email(store.id, token)
        if account is None:
            raise LinkNoLongerGood("sign in and ask for another")
        return account

    async def send_verification(self, store: Store, principal: Principal) -> None:
        """Leave another letter with a link. Raises AlreadyVerified, AccountNotFound."""
        account = await self._accounts.by_id(store, principal.reader_id)
        if account.email_verified:
            raise AlreadyVerified(f"{account.email} is confirmed already")
        await self._letters.post(store.id, "verify-email", account.email)


def _ask_again() -> LinkNoLongerGood:
    return LinkNoLongerGood("POST /api/v1/auth/password/forgot for another")
