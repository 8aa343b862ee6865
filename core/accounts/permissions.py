"""Who may do what: one table of permissions with the roles that have each."""

from typing import Final, Literal, get_args
from uuid import UUID

from msgspec import Struct

from core.accounts.principal import Principal, Role
from core.kernel.errors import Forbidden, Unauthenticated

Caller = Literal["anonymous", "reader", "staff", "admin"]
"""A role, or nobody who is known."""

Permission = Literal[
    "pages:read",
    "docs:read",
    "operations:read",
    "catalogue:read",
    "search:read",
    "recommendations:read",
    "reviews:read",
    "events:write",
    "account:open",
    "receipts:read",
    "recommendations:own",
    "reviews:write",
    "account:read",
    "account:write",
    "keys:read",
    "keys:write",
    "catalogue:write",
    "search:write",
    "experiments:write",
    "tiers:write",
    "sessions:end",
    "audit:read",
]


class NotPermitted(Forbidden):
    """permission: the one that is lacking."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission
        super().__init__(
            f"this needs the permission {permission}",
            remedy=f"ask as {' or '.join(TABLE[permission].roles)}",
        )


class Granted(Struct, frozen=True):
    """roles: who has it. delegable: an API key may have it, too."""

    roles: tuple[Caller, ...]
    meaning: str
    delegable: bool = True


CALLERS: Final[tuple[Caller, ...]] = get_args(Caller)
_SIGNED_IN: Final[tuple[Caller, ...]] = ("reader", "staff", "admin")
_STAFF: Final[tuple[Caller, ...]] = ("staff", "admin")
_ADMIN: Final[tuple[Caller, ...]] = ("admin",)

TABLE: Final[dict[Permission, Granted]] = {
    "pages:read": Granted(CALLERS, "see the pages and what they are made of"),
    "docs:read": Granted(CALLERS, "read how the API is asked"),
    "operations:read": Granted(CALLERS, "ask whether the service is well"),
    "catalogue:read": Granted(CALLERS, "see books and what they are filed under"),
    "search:read": Granted(CALLERS, "search"),
    "recommendations:read": Granted(CALLERS, "see what goes with a book, trends, is popular"),
    "reviews:read": Granted(CALLERS, "read reviews"),
    "events:write": Granted(CALLERS, "tell what a visitor did"),
    "account:open": Granted(CALLERS, "sign up, in and out"),
    "receipts:read": Granted(CALLERS, "ask whether a receipt of an erasure is genuine"),
    "recommendations:own": Granted(_SIGNED_IN, "see what is recommended to oneself"),
    "reviews:write": Granted(_SIGNED_IN, "write reviews, and change one's own"),
    "account:read": Granted(_SIGNED_IN, "see one's own account and sessions"),
    "account:write": Granted(_SIGNED_IN, "change one's own account, end sessions", delegable=False),
    "keys:read": Granted(_SIGNED_IN, "see one's own API keys"),
    "keys:write": Granted(_SIGNED_IN, "make, rotate and revoke API keys", delegable=False),
    "catalogue:write": Granted(_STAFF, "change books and what they are filed under"),
    "search:write": Granted(_STAFF, "keep synonyms and rules of search, and look behind it"),
    "experiments:write": Granted(_STAFF, "run experiments, and see what comes of them"),
    "tiers:write": Granted(_ADMIN, "say how often a key may ask", delegable=False),
    "sessions:end": Granted(_ADMIN, "end the sessions of any account", delegable=False),
    "audit:read": Granted(_ADMIN, "read who did what"),
}


def held_by(caller: Caller) -> frozenset[Permission]:
    """Every permission of the role."""
    return frozenset(each for each, granted in TABLE.items() if caller in granted.roles)


_OF_ROLE: Final[dict[Role, frozenset[Permission]]] = {
    role: held_by(role) for role in get_args(Role)
}
ANYBODYS: Final = held_by("anonymous")


def may(principal: Principal, permission: Permission) -> bool:
    """By the role, and by the key's scopes where one is used."""
    if permission not in _OF_ROLE[principal.role]:
        return False
    return principal.scopes is None or permission in principal.scopes


def require(principal: Principal | None, store_id: UUID, permission: Permission) -> Principal:
    """Whoever may do it in this store.

    Raises Unauthenticated for nobody, Forbidden for an account of another store, NotPermitted.
    """
    if principal is None:
        raise Unauthenticated(
            "this needs a signed-in reader", remedy="POST /api/v1/auth/login for a token"
        )
    if principal.store_id != store_id:
        raise Forbidden("the account belongs to another store")
    if not may(principal, permission):
        raise NotPermitted(permission)
    return principal
