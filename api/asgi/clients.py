"""Where a request comes from: the address that limits count by."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from api.asgi.types import Scope
from core.privacy.masking import network_of

REMEMBERED = 10_000
_UNKNOWN = b"unknown"


class ClientAddresses:
    """trusted: networks of proxies whose X-Forwarded-For is believed, as "10.0.0.0/8".

    IPv6 addresses count as their /64: whoever has one has all of it.
    """

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        self._trusted = tuple(ip_network(each, strict=False) for each in trusted)
        self._keys: dict[str, bytes] = {}
        self._networks: dict[bytes, str] = {}

    def of(self, scope: Scope) -> bytes:
        """A short key of the client's network address."""
        peer = scope.get("client")
        if peer is None:
            return _UNKNOWN
        name = peer[0]
        if self._trusted:
            lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
            if lines:
                return self._behind_proxies(name, b",".join(lines))
        return self._keys.get(name) or self._key(name, name)

    def address(self, scope: Scope) -> str:
        """The client's network address as text, "" where there is none."""
        peer = scope.get("client")
        if peer is None:
            return ""
        name: str = peer[0]
        lines = [value for key, value in scope["headers"] if key == b"x-forwarded-for"]
        believed = lines and self._trusted and self._is_trusted(name)
        return self._forwarded(name, b",".join(lines)) if believed else name

    def network(self, scope: Scope) -> str:
        """The client's network, as a log may tell it."""
        key = self.of(scope)
        told = self._networks.get(key)
        if told is None:
            if len(self._networks) >= REMEMBERED:
                self._networks.clear()
            told = self._networks[key] = _network(key)
        return told

    def _behind_proxies(self, peer: str, forwarded: bytes) -> bytes:
        asked = f"{peer} {forwarded.decode('latin-1')}"
        if (known := self._keys.get(asked)) is not None:
            return known
        name = self._forwarded(peer, forwarded) if self._is_trusted(peer) else peer
        return self._key(asked, name)

    def _forwarded(self, peer: str, forwarded: bytes) -> str:
        """The nearest address that is not one of our proxies; what stands before it may be made up.

        Each proxy appends whom it was asked by, so the list is read from its end.
        """
        for part in reversed(forwarded.decode("latin-1").split(",")):
            name = _without_port(part.strip())
            if _parsed(name) is None:
                break
            peer = name
            if not self._is_trusted(name):
                break
        return peer

    def _is_trusted(self, name: str) -> bool:
        address = _parsed(name)
        return address is not None and any(address in network for network in self._trusted)

    def _key(self, asked: str, name: str) -> bytes:
        if len(self._keys) >= REMEMBERED:
            self._keys.clear()
        address = _parsed(name)
        key = name.encode()[:64] if address is None else address.packed
        if isinstance(address, IPv6Address):
            key = key[:8]
        self._keys[asked] = key
        return key


def _network(key: bytes) -> str:
    if len(key) == 4:
        return network_of(IPv4Address(key))
    return network_of(IPv6Address(key + bytes(8))) if len(key) == 8 else ""


def _parsed(name: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(name)
    except ValueError:
        return None
    # ::ffff:192.0.2.1 is how a socket for both families names an IPv4 client.
    return getattr(address, "ipv4_mapped", None) or address


def _without_port(name: str) -> str:
    """[2001:db8::1]:443 and 192.0.2.1:443 as some proxies write them."""
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0] if name.count(":") == 1 else name
