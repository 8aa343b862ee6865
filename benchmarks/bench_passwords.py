"""How late is the event loop while the strength of new passwords is estimated?

Corpus: one password of 25 characters that zxcvbn takes long for (20 to 30 ms on a quiet core), 30
times in a row. A task sleeps for a millisecond again and again; how much later than asked it wakes
is the lateness. Left out: everything else that registration does.

    just bench passwords

Control: the same estimates on the loop itself. The last line is the loop with nothing to do, which
shows what other processes of the machine cost. A ratio is that of the medians.
"""

import asyncio
import os
import statistics
from collections.abc import Awaitable, Callable
from time import perf_counter

from pytest_benchmark.fixture import BenchmarkFixture

from ext.argon2_passwords import Argon2Passwords
from ext.zxcvbn_strength import ZxcvbnStrength, guesses_log10

PASSWORD = "password1996qwertyanne198"
ESTIMATES = 30
SLEEP_SECONDS = 0.001


async def lateness(work: Callable[[], Awaitable[object]]) -> list[float]:
    """Microseconds, sorted."""
    late: list[float] = []

    async def tick() -> None:
        while True:
            began = perf_counter()
            await asyncio.sleep(SLEEP_SECONDS)
            late.append((perf_counter() - began - SLEEP_SECONDS) * 1e6)

    ticking = asyncio.create_task(tick())
    for _ in range(ESTIMATES):
        await work()
    ticking.cancel()
    await asyncio.gather(ticking, return_exceptions=True)
    return sorted(late)


async def measured() -> dict[str, list[float]]:
    passwords = Argon2Passwords()
    strength = ZxcvbnStrength(passwords.off_loop)

    async def gated() -> None:
        await strength(PASSWORD, ())

    async def inline() -> None:
        guesses_log10(PASSWORD, ())
        await asyncio.sleep(0)

    async def idle() -> None:
        await asyncio.sleep(0.03)

    try:
        await gated()
        kinds = {"gate": gated, "inline": inline, "idle": idle}
        return {name: await lateness(work) for name, work in kinds.items()}
    finally:
        passwords.close()


def test_loop_goes_on(benchmark: BenchmarkFixture) -> None:
    found: dict[str, list[float]] = benchmark.pedantic(  # type: ignore[no-untyped-call]
        lambda: asyncio.run(measured()), rounds=1
    )

    medians = {name: statistics.median(late) for name, late in found.items()}
    worst = {name: late[-1 - len(late) // 100] for name, late in found.items()}
    benchmark.extra_info |= {
        "label": "lateness: " + ", ".join(f"{n} p99 {w / 1e3:.1f} ms" for n, w in worst.items()),
        "median_us": round(medians["gate"], 2),
        "controls": {
            name: {
                "control_us": round(medians[name], 2),
                "ratio": round(medians["gate"] / medians[name], 3),
            }
            for name in ("inline", "idle")
        },
        "load_average": os.getloadavg()[0],
    }
    assert medians["gate"] < medians["inline"]
