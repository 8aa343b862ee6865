"""HTTP to addresses that a provider names: bounded, encrypted, and never into our own network."""

import asyncio
import socket
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore
from msgspec import Struct

from core.kernel.errors import Unavailable

LARGEST_BYTES: Final = 256 * 1024
PATIENCE_SECONDS: Final = 8.0
_NAT64: Final = ip_network("64:ff9b::/96")


class ProviderUnavailable(Unavailable): ...


class Place(Struct, frozen=True):
    """A host and port that the operator named: it may lie in our own network."""

    host: str
    port: int


def place_of(url: str) -> Place:
    parts = urlsplit(url)
    default = 443 if parts.scheme == "https" else 80
    return Place((parts.hostname or "").lower(), parts.port or default)


class GuardedHttp:
    """trusted: places that may have private addresses, and plain HTTP on this very machine."""

    def __init__(self, trusted: Iterable[Place] = ()) -> None:
        self._trusted = frozenset(trusted)
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=16,
            keepalive_expiry=30.0,
            network_backend=_GuardedBackend(self._trusted),
        )

    async def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
    ) -> tuple[int, bytes]:
        """Status and body; redirects are not followed. Raises ProviderUnavailable."""
        self._check(url)
        sent = {"accept": "application/json", "accept-encoding": "identity", **(headers or {})}
        if content:
            sent["content-length"] = str(len(content))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._fetch(method, url, sent, content)
        except (
            TimeoutError,
            OSError,
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.TimeoutException,
            httpcore.UnsupportedProtocol,
        ) as error:
            raise _unavailable(url, str(error) or type(error).__name__) from error

    async def close(self) -> None:
        await self._pool.aclose()

    def _check(self, url: str) -> None:
        """Only https; http to this machine where the operator named it, as in a test."""
        try:
            parts, place = urlsplit(url), place_of(url)
        except ValueError as error:
            raise _unavailable(url, "no address") from error
        plain = parts.scheme == "http" and place in self._trusted and _is_here(place.host)
        if not (parts.scheme == "https" or plain) or not place.host or parts.username:
            raise _unavailable(url, "only https addresses are asked")

    async def _fetch(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes
    ) -> tuple[int, bytes]:
        body = bytearray()
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        async with self._pool.stream(method, url, headers=sent, content=content) as response:
            async for chunk in response.aiter_stream():
                body += chunk
                if len(body) > LARGEST_BYTES:
                    raise _unavailable(url, "the answer is too large")
            return response.status, bytes(body)


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Looks at the address that is connected to, not at a name that may resolve anew."""

    def __init__(self, trusted: frozenset[Place]) -> None:
        self._trusted = trusted
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(each[4][0]) for each in found]
        if Place(host.lower(), port) not in self._trusted:
            addresses = [each for each in addresses if is_public(each)]
        if not addresses:
            raise httpcore.ConnectError(f"{host} has no public address")
        return await self._network.connect_tcp(
            addresses[0], port, timeout, local_address, socket_options
        )

    async def connect_unix_socket(self, *given: Any, **named: Any) -> httpcore.AsyncNetworkStream:
        raise httpcore.ConnectError("no sockets of this machine")

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


def is_public(text: str) -> bool:
    """Whether an address belongs to the Internet, also where it wraps an IPv4 address."""
    address = ip_address(text.partition("%")[0])
    return all(each.is_global and not each.is_multicast for each in _unwrapped(address))


def _unwrapped(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    if isinstance(address, IPv4Address):
        return [address]
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inner.append(IPv4Address(int(address) & 0xFFFF_FFFF))
    wrapped = [each for each in inner if each is not None]
    # ::ffff:8.8.8.8 itself counts as private.
    return list(wrapped) if address.ipv4_mapped else [address, *wrapped]


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _unavailable(url: str, why: str) -> ProviderUnavailable:
    return ProviderUnavailable(
        f"the sign-in provider cannot be asked at {url[:200]}: {why}",
        remedy="try again; the operator finds the address in the providers' file",
    )
