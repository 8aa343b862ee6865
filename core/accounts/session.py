"""Sessions: one sign-in, kept alive by refresh tokens that are each good for one use."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from core.accounts.account import Account
from core.kernel.errors import NotFound


class SessionNotFound(NotFound): ...


class Renewed(Struct, frozen=True):
    """account: as it is now, so that a changed role takes effect; refresh_token: the next one."""

    account: Account
    refresh_token: str
    session: UUID


class Session(Struct, frozen=True, kw_only=True):
    """family: names the session; renewed_at: when its last refresh token was made."""

    family: UUID
    started_at: datetime
    renewed_at: datetime
    expires_at: datetime
