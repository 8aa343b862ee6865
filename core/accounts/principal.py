"""Who a request speaks for, as its access token says."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from core.kernel.errors import Forbidden, Unauthenticated

Role = Literal["reader", "staff", "admin"]


class BadToken(Unauthenticated): ...


class Principal(Struct, frozen=True):
    """One account of one store; `reader_id` is the account's id, `session` what it signed in by."""

    reader_id: UUID
    store_id: UUID
    role: Role = "reader"
    session: UUID | None = None

    @property
    def is_staff(self) -> bool:
        return self.role != "reader"


def require_reader(principal: Principal | None, store_id: UUID) -> Principal:
    """Whoever signed in to this store.

    Raises Unauthenticated for nobody, Forbidden for an account of another store.
    """
    if principal is None:
        raise Unauthenticated(
            "this needs a signed-in reader", remedy="POST /api/v1/auth/login for a token"
        )
    if principal.store_id != store_id:
        raise Forbidden("the account belongs to another store")
    return principal


def require_staff(principal: Principal | None, store_id: UUID) -> Principal:
    """Staff or an admin of this store; raises as `require_reader`, and Forbidden for readers."""
    found = require_reader(principal, store_id)
    if not found.is_staff:
        raise Forbidden("this is for the store's staff")
    return found
