"""The providers that the operator trusts: a TOML file, a table each."""

import tomllib
from pathlib import Path

import msgspec
from msgspec import Struct

from core.kernel.errors import BookwheelError
from ext.openid.guarded_http import place_of


class BadProviders(BookwheelError): ...


class ProviderSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """issuer: as the provider writes it. client_secret: "" for a public client."""

    issuer: str
    client_id: str
    client_secret: str = ""
    title: str = ""
    scopes: tuple[str, ...] = ("openid", "email", "profile")


def read_providers(file: Path) -> dict[str, ProviderSettings]:
    """By name, in the file's order. Raises BadProviders."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
        providers = msgspec.convert(tables, dict[str, ProviderSettings])
    except (OSError, ValueError) as error:  # msgspec's and tomllib's errors are ValueErrors
        # msgspec names the place, never the value: no secret is told.
        raise BadProviders(f"{file}: {error}", remedy="see docs/OPERATIONS.md") from error
    for name, each in providers.items():
        _check(file, name, each)
    return providers


def _check(file: Path, name: str, provider: ProviderSettings) -> None:
    place = place_of(provider.issuer)
    local = place.host in {"localhost", "127.0.0.1", "::1"}
    if not provider.issuer.startswith("https://" if not local else ("https://", "http://")):
        raise BadProviders(f"{file}: the issuer of {name} must begin with https://")
    if "openid" not in provider.scopes:
        raise BadProviders(f"{file}: the scopes of {name} must have openid")
