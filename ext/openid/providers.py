"""Every provider that the operator trusts, by name."""

from collections.abc import Mapping

from core.accounts.federation import (
    Identity,
    Outgoing,
    Provider,
    ProviderNotFound,
    Returned,
)
from ext.openid.guarded_http import GuardedHttp, place_of
from ext.openid.provider import OpenIdProvider
from ext.openid.providers_file import ProviderSettings


class OpenIdProviders:
    """As `core.accounts.federation.Providers`.

    The issuers' own hosts, which the operator wrote down, may lie in our network; whatever else
    their documents name may not.
    """

    def __init__(self, providers: Mapping[str, ProviderSettings]) -> None:
        self.all = tuple(Provider(name, each.title or name) for name, each in providers.items())
        self._http = GuardedHttp(place_of(each.issuer) for each in providers.values())
        self._by_name = {name: OpenIdProvider(each, self._http) for name, each in providers.items()}

    async def url(self, name: str, outgoing: Outgoing) -> str:
        return await self._named(name).url(outgoing)

    async def identity(self, name: str, returned: Returned) -> Identity:
        return await self._named(name).identity(returned)

    async def close(self) -> None:
        await self._http.close()

    def _named(self, name: str) -> OpenIdProvider:
        if name not in self._by_name:
            raise ProviderNotFound(f"no provider is named {name[:100]!r}")
        return self._by_name[name]
