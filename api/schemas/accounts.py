"""Bodies of the sign-in routes."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from core.accounts.account import Account
from core.accounts.public_key import PublicKey
from core.accounts.sign_in import SignedIn


class Login(Struct, frozen=True, forbid_unknown_fields=True):
    email: str
    password: str


class Password(Struct, frozen=True, forbid_unknown_fields=True):
    """password: of the account, where it has one."""

    password: str = ""


class Proof(Struct, frozen=True, forbid_unknown_fields=True):
    """password: of the account; may be left out within ten minutes of signing in."""

    password: str | None = None


class RefreshToken(Struct, frozen=True, forbid_unknown_fields=True):
    """Empty where a browser sends it as a cookie."""

    refresh_token: str = ""


class SessionEntry(Struct, frozen=True, kw_only=True):
    """renewed_at: when its last refresh token was made; current: the one that asks."""

    id: UUID
    started_at: datetime
    renewed_at: datetime
    expires_at: datetime
    current: bool


class PublicKeys(Struct, frozen=True):
    keys: tuple[PublicKey, ...]


class SessionList(Struct, frozen=True):
    sessions: tuple[SessionEntry, ...]


class Registered(SignedIn, frozen=True, kw_only=True):
    """Whoever registers is signed in."""

    account: Account


class DemoAccount(Struct, frozen=True):
    """An account of the demo, its password included; there are none elsewhere.

    tastes: the categories that a reader likes most.
    """

    email: str
    password: str
    display_name: str
    role: str
    tastes: tuple[str, ...] = ()


class DemoAccounts(Struct, frozen=True):
    accounts: tuple[DemoAccount, ...]
