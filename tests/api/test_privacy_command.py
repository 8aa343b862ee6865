"""`bookwheel privacy` and `bookwheel work`, run as an operator runs them."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from api.settings import Settings, environment_of

EMAIL = "anne@kellynch.example"
PASSWORD = "a second spring"


def started(settings: Settings, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", *arguments],
        env={**os.environ, **environment_of(settings)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


async def bookwheel(settings: Settings, *arguments: str, typed: str = "") -> tuple[int, str, str]:
    process = started(settings, *arguments)
    out, err = await asyncio.to_thread(process.communicate, typed, 300)
    return process.returncode, out, err


async def test_operator_erases_and_verifies_the_receipt(shop: Any, tmp_path: Path) -> None:
    await shop.client.post("/api/v1/auth/register", json={"email": EMAIL, "password": PASSWORD})

    refused = await bookwheel(shop.settings, "privacy", "erase", EMAIL, typed="n\n")
    unknown = await bookwheel(shop.settings, "privacy", "erase", "x@y.example", "--yes")
    status, out, err = await bookwheel(shop.settings, "privacy", "erase", EMAIL, "--yes")
    receipt = json.loads(out)
    good = await bookwheel(shop.settings, "privacy", "verify", "-", typed=receipt["receipt"])
    bad = await bookwheel(shop.settings, "privacy", "verify", "-", typed="x.y.z")

    assert refused[0] != 0
    assert (unknown[0], "no account of that address" in unknown[2]) == (1, True)
    assert (status, err) == (0, "")
    assert receipt["erasure"]["erased"]["reader"] == 1
    assert (good[0], json.loads(good[1])["on_record"]) == (0, True)
    assert (bad[0], bad[2].count("\n")) == (1, 1)
    assert await bookwheel(shop.settings, "privacy", "again") == (0, "0 readers erased again\n", "")


async def test_worker_schedules_the_night_and_ends_when_asked(shop: Any) -> None:
    process = await asyncio.to_thread(started, shop.settings, "work")
    async with asyncio.timeout(300):
        while True:
            due = await shop.pool.fetchval(
                "select due_at - now() from job where kind = 'privacy.retention'"
            )
            if due is not None:
                break
            await asyncio.sleep(0.05)

    process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(process.communicate, None, 300)

    assert process.returncode == 0
    assert 3000 <= due.total_seconds() <= 25 * 3600
