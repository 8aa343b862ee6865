"""Bodies of the routes of other providers."""

from msgspec import Struct

from core.accounts.federation import LinkedIdentity, Provider


class ProviderList(Struct, frozen=True):
    providers: tuple[Provider, ...]


class IdentityList(Struct, frozen=True):
    identities: tuple[LinkedIdentity, ...]


class Back(Struct, frozen=True, forbid_unknown_fields=True):
    """state, code, iss: of the address that the provider sent back to; binding: of the start."""

    state: str
    code: str
    binding: str
    iss: str = ""
