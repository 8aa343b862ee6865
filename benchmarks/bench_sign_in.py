"""Can a stranger tell accounts that exist from those that do not by how long a sign-in takes?

Corpus: 150 accounts (BOOKWHEEL_BENCH_ACCOUNTS for another number) in a PostgreSQL of its own, and
as many addresses that nobody has, each from a network address of its own, so that no lock has a
part. They are asked in pairs, a known and an unknown one after the other in an order drawn with a
fixed seed, through the whole application. Left out: the network, which only blurs more.

    just bench sign_in

Told: in what share of the pairs the known account took longer (0.5 is a coin), with its 95 %
interval, and p of the signed-rank test. Control: the same application where an unknown address is
answered without hashing; and where a known one takes a millisecond more, which shows how fine the
test is on this machine. A ratio is the median of known over that of unknown accounts.
"""

import asyncio
import os
import random
import shutil
import statistics
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import httpx
import pytest
from msgspec import Struct
from pytest_benchmark.fixture import BenchmarkFixture

from api.app import create_app
from api.settings import Settings
from api.wiring.serving import services
from benchmarks.rank_test import Told, told_apart
from ext.argon2_passwords import Argon2Passwords
from ext.embedded_postgres import EmbeddedPostgres
from ext.postgres.migrating import migrate

ACCOUNTS = int(os.environ.get("BOOKWHEEL_BENCH_ACCOUNTS", "150"))
SEED = 20_261_129
PASSWORD = "a second spring"
AUTH = "/api/v1/auth"
MILLISECOND_NS = 1_000_000


class Sample(Struct):
    """Microseconds."""

    known: list[float] = []
    unknown: list[float] = []


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    folder = Path(tempfile.mkdtemp(prefix="bookwheel-sign-in-"))
    folder.chmod(0o755)  # a root's PostgreSQL runs as nobody
    server = EmbeddedPostgres(folder / "pg")
    try:
        url = server.start()
        asyncio.run(migrate(url))
        yield Settings(
            data_dir=folder,
            database_url=url,
            limits=False,  # one client asks more than a client may
            trusted_proxies=("127.0.0.0/8",),
        )
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def client_of(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with services(settings) as served:
        transport = httpx.ASGITransport(create_app(served))
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
            yield client


async def timed(client: httpx.AsyncClient, path: str, body: dict[str, str], place: int) -> float:
    """Microseconds; place: makes up a network address."""
    address = f"10.{place >> 16 & 255}.{place >> 8 & 255}.{place & 255}"
    began = perf_counter_ns()
    answer = await client.post(path, json=body, headers={"x-forwarded-for": address})
    taken = (perf_counter_ns() - began) / 1_000
    assert answer.status_code in {401, 202}, answer.text
    return taken


Ask = Callable[[httpx.AsyncClient, str, int], Coroutine[Any, Any, float]]


async def wrong_password(client: httpx.AsyncClient, email: str, place: int) -> float:
    return await timed(client, f"{AUTH}/login", {"email": email, "password": "not it"}, place)


async def forgotten(client: httpx.AsyncClient, email: str, place: int) -> float:
    return await timed(client, f"{AUTH}/password/forgot", {"email": email}, place)


async def sampled(settings: Settings, ask: Ask, name: str) -> Sample:
    """Ask of each account and of each made-up address once."""
    drawn = random.Random(SEED)
    sample = Sample()
    async with client_of(settings) as client:
        for number in range(ACCOUNTS):
            given = {"email": f"{name}-{number}@known.example", "password": PASSWORD}
            registered = await client.post(f"{AUTH}/register", json=given)
            assert registered.status_code == 201, registered.text
        for warm in range(10):
            await ask(client, f"warm-{name}-{warm}@nobody.example", drawn.getrandbits(24))
        for number in range(ACCOUNTS):
            for kind in drawn.sample(("known", "unknown"), 2):
                email = f"{name}-{number}@{kind}.example"
                taken = await ask(client, email, drawn.getrandbits(24))
                (sample.known if kind == "known" else sample.unknown).append(taken)
    return sample


def measure(
    benchmark: BenchmarkFixture, settings: Settings, ask: Ask, name: str, label: str
) -> Told:
    sample: Sample = benchmark.pedantic(  # type: ignore[no-untyped-call]
        lambda: asyncio.run(sampled(settings, ask, name)), rounds=1
    )
    found = told_apart(sample.known, sample.unknown)
    told = f"{found.slower:.3f} [{found.low:.3f}, {found.high:.3f}], p {found.p:.2g}"
    known, unknown = statistics.median(sample.known), statistics.median(sample.unknown)
    benchmark.extra_info |= {
        "label": f"{label}: {told}",
        "median_us": round(known, 2),
        "control_us": round(unknown, 2),
        "ratio": round(known / unknown, 3),
        "load_average": os.getloadavg()[0],
    }
    return found


def test_sign_in(benchmark: BenchmarkFixture, settings: Settings) -> None:
    found = measure(benchmark, settings, wrong_password, "login", "sign-in")

    assert found.p > 0.01


def test_forgotten_password(benchmark: BenchmarkFixture, settings: Settings) -> None:
    found = measure(benchmark, settings, forgotten, "forgot", "forgotten password")

    assert found.p > 0.01


def test_control_without_a_decoy(
    benchmark: BenchmarkFixture, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = Argon2Passwords.verify

    async def hasty(self: Argon2Passwords, stored: str | None, password: str) -> bool:
        return stored is not None and await verify(self, stored, password)

    monkeypatch.setattr(Argon2Passwords, "verify", hasty)
    found = measure(benchmark, settings, wrong_password, "hasty", "control: no decoy")

    assert found.p < 1e-6


def test_control_of_a_millisecond(
    benchmark: BenchmarkFixture, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = Argon2Passwords.verify

    async def slower(self: Argon2Passwords, stored: str | None, password: str) -> bool:
        right = await verify(self, stored, password)
        began = perf_counter_ns()
        while stored is not None and perf_counter_ns() - began < MILLISECOND_NS:
            pass
        return right

    monkeypatch.setattr(Argon2Passwords, "verify", slower)
    measure(benchmark, settings, wrong_password, "slower", "control: 1 ms more")  # told, not held
