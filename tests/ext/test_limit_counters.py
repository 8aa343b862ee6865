"""Every counter of limits passes the same suite: one mapped file, one Valkey."""

import asyncio
import os
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


def worker(file: Path, code: str) -> subprocess.Popen[str]:
    """A process with counters of its own, which waits for a line before it runs the code."""
    begun = f"""
import os, sys
from pathlib import Path
from core.limits.policy import Policy
from ext.memory_limits import MappedLimits
limits = MappedLimits(Path({str(file)!r}), patience_seconds={PATIENT})
print("ready", flush=True)
sys.stdin.readline()
"""
    command = [sys.executable, "-c", begun + code]
    return subprocess.Popen(command, stdin=-1, stdout=-1, text=True)


def told(workers: list[subprocess.Popen[str]]) -> list[list[int]]:
    """What each prints, once all of them run and are let go together."""
    for each in workers:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in workers:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    return [list(map(int, each.communicate(timeout=300)[0].split())) for each in workers]


def test_workers_of_a_machine_share_one_quota(tmp_path: Path) -> None:
    code = """
take = limits.counter(Policy("many", 3000, 864_000))
print(sum(take(b"ann") >= 0 for _ in range(2000)))
"""

    passed = told([worker(tmp_path / "limits", code) for _ in range(2)])

    assert sum(map(sum, passed)) == 3000


def test_workers_that_begin_a_quota_at_once_lose_one_request_each_at_most(tmp_path: Path) -> None:
    code = """
take = limits.counter(Policy("few", 5, 864_000))
print(*(sum(take(b"%d" % key) >= 0 for _ in range(5)) for key in range(500)))
"""

    passed = told([worker(tmp_path / "limits", code) for _ in range(3)])

    assert {sum(each) for each in zip(*passed, strict=True)} <= {5, 6, 7}


def test_what_a_killed_worker_let_through_stays_counted(tmp_path: Path) -> None:
    code = """
take = limits.counter(Policy("ten", 10, 3600))
print(*(take(b"ann") for _ in range({count})), flush=True)
if {killed}:
    os.kill(os.getpid(), 9)
"""
    file = tmp_path / "limits"

    both = [worker(file, code.format(count=count, killed=True)) for count in (4, 3)]
    passed = [answer for each in both for answer in told([each])[0]]
    (heir,) = told([worker(file, code.format(count=4, killed=False))])

    assert [answer >= 0 for answer in passed] == [True] * 7
    assert [answer >= 0 for answer in heir] == [True, True, True, False]


def test_another_start_of_the_machine_begins_every_quota_anew(tmp_path: Path) -> None:
    file = tmp_path / "limits"
    before = MappedLimits(file)
    take = before.counter(TEN)
    for _ in range(11):
        take(b"ann")
    before.close()
    with file.open("r+b") as opened:
        opened.seek(-16, os.SEEK_END)
        opened.write(b"another.")  # where the boot is named

    after = MappedLimits(file)

    assert after.counter(TEN)(b"ann") == TEN.interval_us
    after.close()


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
