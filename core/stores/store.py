"""Which store a request speaks to: by header, by host, or the only one there is."""

from collections.abc import Iterable
from uuid import UUID

from msgspec import Struct

from core.kernel.errors import Invalid, NotFound


class StoreNotFound(NotFound): ...


class Store(Struct, frozen=True):
    """slug: names the store in the header X-Store; host: its own domain, without a port."""

    id: UUID
    slug: str
    name: str
    currency: str
    host: str | None = None


class Stores:
    """Every store of the deployment, looked up in one place."""

    def __init__(self, stores: Iterable[Store]) -> None:
        self.all = tuple(stores)
        self._by_slug = {store.slug: store for store in self.all}
        self._by_host = {store.host: store for store in self.all if store.host}

    def resolve(self, *, slug: str | None = None, host: str | None = None) -> Store:
        """The store named by slug, else by host, else the only one.

        Raises StoreNotFound for an unknown slug, Invalid where several stores leave it open.
        """
        if slug is not None:
            if slug in self._by_slug:
                return self._by_slug[slug]
            raise StoreNotFound(f"no store is named {slug!r}", remedy="correct X-Store")
        if host is not None and (found := self._by_host.get(host.partition(":")[0].lower())):
            return found
        if len(self.all) == 1:
            return self.all[0]
        raise Invalid("several stores are served here", remedy="name one in the header X-Store")
