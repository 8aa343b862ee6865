"""Who a request speaks for, as its credentials say."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from core.kernel.errors import Unauthenticated

Role = Literal["reader", "staff", "admin"]
Tier = Literal["free", "basic", "premium"]
"""How often an API key may ask, see `core.limits.policy`."""


class BadToken(Unauthenticated): ...


class Principal(Struct, frozen=True):
    """One account of one store; `reader_id` is the account's id, `session` what it signed in by.

    scopes: the permissions that are left of the role's; None leaves all. key and tier: of the API
    key that was used.
    """

    reader_id: UUID
    store_id: UUID
    role: Role = "reader"
    session: UUID | None = None
    scopes: frozenset[str] | None = None
    key: UUID | None = None
    tier: Tier | None = None
