"""Every counter of limits passes the same suite: one mapped file, one Valkey."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from core.limits.policy import LimitsUnavailable, Policy
from ext.memory_limits import MappedLimits
from ext.valkey_limits import ValkeyLimits
from tests.valkey_server import ValkeyServer

TEN = Policy("ten", 10, 3600)
QUICK = Policy("quick", 2, 1)
PATIENT = 300
"""Seconds a counter waits where its sums are the question: a busy machine answers late."""

Take = Callable[[bytes, Policy], Awaitable[int]]


@pytest.fixture(params=["mapped", "valkey"])
async def take(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Take]:
    if request.param == "mapped":
        mapped = MappedLimits(tmp_path / "limits")

        async def take_mapped(key: bytes, policy: Policy) -> int:
            return mapped.counter(policy)(key)

        yield take_mapped
        mapped.close()
        return
    limits = ValkeyLimits(request.getfixturevalue("valkey").url, timeout=PATIENT)
    yield limits.take
    await limits.close()


async def test_as_many_pass_as_the_quota_says(take: Take) -> None:
    answers = await asyncio.gather(*(take(b"ann", TEN) for _ in range(60)))

    assert sum(answer >= 0 for answer in answers) == 10


async def test_refusal_says_how_long_to_wait(take: Take) -> None:
    for _ in range(10):
        await take(b"ann", TEN)

    refused = await take(b"ann", TEN)

    assert -360_000_000 <= refused < -350_000_000  # one of ten in an hour comes back in 6 minutes


async def test_keys_and_policies_are_counted_apart(take: Take) -> None:
    for _ in range(11):
        await take(b"ann", TEN)

    assert await take(b"bob", TEN) == TEN.interval_us
    assert await take(b"ann", Policy("other", 10, 3600)) > 0


async def test_quota_comes_back(take: Take) -> None:
    async with asyncio.timeout(PATIENT):  # half a second is what it takes
        while (answer := await take(b"ann", QUICK)) >= 0:
            pass
        while answer < 0:
            await asyncio.sleep(-answer / 1e6)
            answer = await take(b"ann", QUICK)


def test_workers_of_a_machine_share_one_quota(tmp_path: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from core.limits.policy import Policy
from ext.memory_limits import MappedLimits
limits = MappedLimits(Path({str(tmp_path / "limits")!r}), patience_seconds={PATIENT})
sys.stdin.readline()
take = limits.counter(Policy("many", 3000, 86400))
print(sum(take(b"ann") >= 0 for _ in range(2000)))
"""
    workers = [
        subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True)
        for _ in range(2)
    ]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()

    passed = [int(worker.communicate(timeout=300)[0]) for worker in workers]

    assert sum(passed) == 3000


def test_full_bucket_gives_away_the_quota_that_is_whole_first(tmp_path: Path) -> None:
    mapped = MappedLimits(tmp_path / "limits")
    take = mapped.counter(TEN)
    for number in range(20_000):
        take(b"%d" % number)
    for _ in range(10):
        take(b"ann")

    for number in range(20_000, 120_000):
        take(b"%d" % number)

    assert take(b"ann") < 0
    mapped.close()


async def test_valkey_that_is_away_is_told_and_asked_again_later(valkey: ValkeyServer) -> None:
    now = [0.0]
    limits = ValkeyLimits(valkey.url, now=lambda: now[0], timeout=PATIENT)
    await limits.take(b"ann", TEN)
    valkey.stop()

    for _ in range(5):
        with pytest.raises(LimitsUnavailable):
            await limits.take(b"ann", TEN)
    valkey.start()
    with pytest.raises(LimitsUnavailable):  # the pause lasts: nobody asks
        await limits.take(b"ann", TEN)
    now[0] += 2.0

    assert await limits.take(b"ann", TEN) > 0
    await limits.close()
