"""Accounts: who may sign in to a store, and the rules of signing up."""

import re
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct, UnsetType

from core.accounts.password_rules import Common, fault_in_password, none_is_common
from core.accounts.principal import Principal, Role
from core.kernel.errors import Conflict, Fault, Forbidden, Invalid, NotFound, Unauthenticated
from core.kernel.text import fault_in, one_line
from core.stores.store import Store

LONGEST_EMAIL = 254
LONGEST_NAME = 100
FRESH_SECONDS = 600
"""Who signed in so recently need not prove it again."""

# Deliberately loose: whether mail arrives is what tells a true address.
_EMAIL = re.compile(r"[^\s@\"<>(),;:\\\[\]]+@[^\s@\"<>(),;:\\\[\]]+\.[^\s@\"<>(),;:\\\[\].]+")


class AccountNotFound(NotFound): ...


class DuplicateAccount(Conflict): ...


class Unproved(Unauthenticated):
    """What was sent to prove who one is does not; no session would help."""


class WrongCredentials(Unproved): ...


class LastWayIn(Conflict):
    def __init__(self) -> None:
        super().__init__(
            "nothing else opens the account",
            remedy="first choose a password: POST /api/v1/auth/password/forgot",
        )


class SessionEnded(Unauthenticated): ...


class FreshSignInNeeded(Forbidden):
    """What is asked for wants more than a session that has lasted a while."""

    def __init__(self) -> None:
        super().__init__(
            "this needs the password, or a sign-in just now",
            remedy=f"send the password, or sign in again within {FRESH_SECONDS // 60} minutes",
        )


class Account(Struct, frozen=True, kw_only=True):
    id: UUID
    store_id: UUID
    email: str
    display_name: str
    role: Role = "reader"
    created_at: datetime
    email_verified: bool = False
    """Whether its owner has shown to read what is sent to the address."""

    @property
    def principal(self) -> Principal:
        return Principal(self.id, self.store_id, self.role)


class Registration(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """display_name: empty means what stands before the @."""

    email: str
    password: str
    display_name: str = ""


def accepted_registration(
    registration: Registration, store: Store, common: Common = none_is_common
) -> Registration:
    """The registration as it will be stored. Raises Invalid with a fault for every rule broken."""
    email, name = registration.email.strip(), one_line(registration.display_name)
    password, names = registration.password, names_of(store, email, name)
    faults = [
        Fault(pointer, fault)
        for pointer, fault in (
            ("/email", fault_in_email(email)),
            ("/password", fault_in_password(password, common=common, names=names)),
            ("/display_name", fault_in(name, longest=LONGEST_NAME)),
        )
        if fault
    ]
    if faults:
        raise Invalid("the registration breaks a rule", faults=tuple(faults))
    name = name or email.partition("@")[0][:LONGEST_NAME]
    return msgspec.structs.replace(registration, email=email, display_name=name)


class AccountChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one may change of one's own account; what is not given stays.

    current_password: needed with a new password.
    """

    display_name: str | UnsetType = UNSET
    password: str | UnsetType = UNSET
    current_password: str = ""


def accepted_change(
    change: AccountChange, account: Account, store: Store, common: Common = none_is_common
) -> AccountChange:
    """The change as it will be stored. Raises Invalid with a fault for every rule broken."""
    faults: list[tuple[str, str | None]] = []
    if change.display_name is not UNSET:
        name = one_line(change.display_name)
        faults.append(("/display_name", fault_in(name, longest=LONGEST_NAME, shortest=1)))
        change = msgspec.structs.replace(change, display_name=name)
    if change.password is not UNSET:
        names = names_of(store, account.email, account.display_name)
        fault = fault_in_password(change.password, common=common, names=names)
        faults.append(("/password", fault))
        if not change.current_password:
            faults.append(("/current_password", "is needed with a new password"))
    if broken := [Fault(pointer, fault) for pointer, fault in faults if fault]:
        raise Invalid("the change breaks a rule", faults=tuple(broken))
    return change


def fault_in_email(email: str) -> str | None:
    if fault := fault_in(email, longest=LONGEST_EMAIL, shortest=1):
        return fault
    return None if _EMAIL.fullmatch(email) else "is no e-mail address"


def names_of(store: Store, email: str, display_name: str) -> tuple[str, ...]:
    """What a password must not be."""
    return (
        email,
        email.partition("@")[0],
        display_name,
        store.name,
        store.slug,
        store.host or "",
    )
