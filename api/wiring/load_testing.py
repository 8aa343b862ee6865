"""What `bookwheel loadtest` needs: a shop's books, the generator, what the processes use."""

import asyncio
import ipaddress
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from core.kernel.errors import Invalid, Unavailable
from core.load.report import Load, kinds_of, latency_of
from core.load.traffic import API, Known, Sent, arrivals, drawn
from ext.http_load import Answered, send
from ext.process_usage import listeners, usage_of

MOST_BOOKS = 1_000
OF_CAPACITY = 0.7
"""The share of the capacity that visitors take where no rate is named."""
PROBES = 2_000
AGENT = "bookwheel-loadtest"

Progress = Callable[[str], Callable[[int], None]]


class Plan(Struct, frozen=True, kw_only=True):
    """users: connections. rate: arrivals a second; 0: seven tenths of what the shop can do."""

    url: str
    users: int
    requests: int
    rate: float = 0.0
    seed: int = 0


class Tested(Struct, frozen=True):
    """latencies: seconds by kind, and of all under "all"."""

    load: Load
    latencies: dict[str, NDArray[np.float64]]


def load_test(plan: Plan, progress: Progress) -> Tested:
    """Visit the shop. Raises Invalid for a shop elsewhere, Unavailable where none answers."""
    address = _address(plan.url)
    books = known_books(plan.url)
    sent = drawn(books, plan.requests, plan.seed)
    heads = [_head(plan.url, each) for each in sent]
    servers = listeners(address[1])
    capacity = 0.0
    rate = plan.rate
    if not rate:
        probes = [_head(plan.url, each) for each in drawn(books, PROBES, plan.seed + 1)]
        capacity = _capacity(plan, address, probes, progress)
        rate = OF_CAPACITY * capacity
    before = usage_of(servers)
    due = arrivals(len(heads), rate, plan.seed)
    answered = _sent(plan, address, heads, due, progress("visiting"))
    after = usage_of(servers)
    names = [each.kind for each in sent]
    statuses, numbers = np.unique(answered.statuses, return_counts=True)
    load = Load(
        users=plan.users,
        requests=len(heads),
        seconds=answered.lasted,
        rate=rate,
        capacity=capacity,
        statuses=dict(zip(statuses.tolist(), numbers.tolist(), strict=True)),
        latency=latency_of(answered.seconds),
        kinds=kinds_of(names, answered.seconds),
        cpu_us=1e6 * (after.cpu_seconds - before.cpu_seconds) / len(heads) if servers else None,
        memory_mb=after.memory_mb if servers else None,
    )
    of = np.array(names)
    latencies = {kind.name: answered.seconds[of == kind.name] for kind in load.kinds}
    return Tested(load, {"all": answered.seconds, **latencies})


def _capacity(
    plan: Plan, address: tuple[str, int], heads: list[bytes], progress: Progress
) -> float:
    """Requests a second with every connection kept busy."""
    busy = _sent(plan, address, heads, np.zeros(len(heads)), progress("looking for the capacity"))
    answered = int(np.count_nonzero(busy.statuses))
    if not answered:
        raise Unavailable(f"{plan.url} answers nothing", remedy="look at the shop's log")
    return answered / busy.lasted


def _sent(
    plan: Plan,
    address: tuple[str, int],
    heads: list[bytes],
    due: NDArray[np.float64],
    progress: Callable[[int], None],
) -> Answered:
    try:
        return asyncio.run(send(address, heads, due, connections=plan.users, progress=progress))
    except OSError as error:
        raise Unavailable(f"{plan.url}: {error}", remedy="is the shop running?") from error


def _address(url: str) -> tuple[str, int]:
    """Where to connect: this machine alone, for load is an attack on anybody else's."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise Invalid(f"{url!r} is no http:// address", remedy="as in http://127.0.0.1:8000")
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 80, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unavailable(
            f"{parts.hostname}: {error}", remedy="name a host of this machine"
        ) from error
    host, port = found[0][4][:2]
    if not ipaddress.ip_address(host).is_loopback:
        raise Invalid(
            f"{parts.hostname} is another machine",
            remedy="run the test where the shop runs: it visits this machine alone",
        )
    return str(host), int(port)


def known_books(url: str) -> list[Known]:
    """The shop's most popular books. Raises Unavailable where none answers, or it has none."""
    books: list[Known] = []
    for page in range(1, MOST_BOOKS // 100 + 1):
        query = urlencode({"sort": "popular", "size": 100, "page": page, "facets": ""})
        found = _asked(f"{url.rstrip('/')}{API}/search?{query}")["results"]
        books += [_book(each) for each in found]
        if len(found) < 100:
            break
    if not books:
        raise Unavailable(f"{url} has no books", remedy="import a catalogue first")
    return books


def _book(listed: dict[str, Any]) -> Known:
    def first(names: list[dict[str, str]]) -> str:
        return names[0]["name"] if names else ""

    return Known(
        listed["id"],
        listed["title"],
        first(listed.get("authors", [])),
        first(listed.get("categories", [])),
    )


def _asked(url: str) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - http, see _address
            found: dict[str, Any] = json.load(answer)
            return found
    except (OSError, ValueError) as error:
        raise Unavailable(f"{url}: {error}", remedy="is a shop running there?") from error


def _head(url: str, sent: Sent) -> bytes:
    lines = (f"GET {sent.path} HTTP/1.1", f"host: {urlsplit(url).netloc}", f"user-agent: {AGENT}")
    return "\r\n".join((*lines, "", "")).encode()
