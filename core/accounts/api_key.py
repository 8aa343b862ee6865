"""API keys: what an account lets a program do in its name, and for how long."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from core.accounts.permissions import TABLE, Permission, held_by
from core.accounts.principal import Role, Tier
from core.kernel.errors import Conflict, Fault, Invalid, NotFound
from core.kernel.text import fault_in, one_line

MARK: Final = "bw_"
"""What every key begins with, so that scanners of leaked secrets know one."""
PREFIX_BYTES: Final = 6
PREFIX_LENGTH: Final = len(MARK) + 2 * PREFIX_BYTES
SECRET_BYTES: Final = 32
LONGEST_KEY: Final = 100
LONGEST_NAME: Final = 100
MOST_KEYS: Final = 20
"""Of one account: every worker holds all keys in memory."""
LONGEST_GRACE_SECONDS: Final = 7 * 86_400


class KeyNotFound(NotFound): ...


class TooManyKeys(Conflict): ...


class KeyDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """scopes: permissions of the account that the key has, too. expires_at: null is never."""

    name: str
    scopes: tuple[Permission, ...]
    expires_at: datetime | None = None


class Rotation(Struct, frozen=True, forbid_unknown_fields=True):
    """grace_seconds: how long the old secret goes on being good."""

    grace_seconds: int = 0


class TierDraft(Struct, frozen=True, forbid_unknown_fields=True):
    tier: Literal["free", "basic", "premium"]


class ApiKey(Struct, frozen=True, kw_only=True):
    """prefix: what the key begins with, to tell it by. last_used_at: true to half a minute."""

    id: UUID
    name: str
    prefix: str
    scopes: tuple[str, ...]
    tier: Tier
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


class NewKey(ApiKey, frozen=True, kw_only=True):
    """key: shown this once, and kept nowhere."""

    key: str


class Secret(Struct, frozen=True):
    """A key as it is told, and what is kept of it."""

    key: str
    prefix: str
    digest: bytes


def new_secret() -> Secret:
    prefix = MARK + secrets.token_hex(PREFIX_BYTES)
    key = f"{prefix}_{secrets.token_urlsafe(SECRET_BYTES)}"
    return Secret(key, prefix, digest_of(key.encode()))


def digest_of(key: bytes) -> bytes:
    """SHA-256 will do: a key is 256 random bits, there is nothing to guess."""
    return hashlib.sha256(key).digest()


def accepted_key(draft: KeyDraft, role: Role, now: datetime) -> KeyDraft:
    """The draft as it will be stored. Raises Invalid with a fault for every rule broken."""
    name = one_line(draft.name)
    faults = []
    if fault := fault_in(name, longest=LONGEST_NAME, shortest=1):
        faults.append(Fault("/name", fault))
    if not draft.scopes:
        faults.append(Fault("/scopes", "is empty: name at least one permission"))
    held = held_by(role)
    for place, scope in enumerate(draft.scopes):
        if scope not in held:
            faults.append(Fault(f"/scopes/{place}", f"the account does not have {scope}"))
        elif not TABLE[scope].delegable:
            faults.append(Fault(f"/scopes/{place}", f"no key may have {scope}"))
    if draft.expires_at is not None:
        if draft.expires_at.tzinfo is None:
            faults.append(Fault("/expires_at", "names no zone: end it with Z"))
        elif draft.expires_at <= now:
            faults.append(Fault("/expires_at", "has passed"))
    if faults:
        raise Invalid("the key breaks a rule", faults=tuple(faults))
    return replace(draft, name=name, scopes=tuple(dict.fromkeys(draft.scopes)))


def accepted_grace(rotation: Rotation) -> timedelta:
    """Raises Invalid for one that is negative or longer than a week."""
    if not 0 <= rotation.grace_seconds <= LONGEST_GRACE_SECONDS:
        fault = Fault("/grace_seconds", f"must be from 0 to {LONGEST_GRACE_SECONDS}")
        raise Invalid("the rotation breaks a rule", faults=(fault,))
    return timedelta(seconds=rotation.grace_seconds)
