"""What the demo does before it serves; each part is done wholly or not at all, and once."""

import asyncio
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from api.cli.steps import Report, Steps
from api.processes import PARENT_VARIABLE
from api.routes.accounts import DEMO_FILE
from api.settings import Settings, environment_of
from core.kernel.errors import Unavailable

if TYPE_CHECKING:
    from api.wiring.demo import DemoStore

READERS = 3
_PASSWORD_WORDS = (
    "amber birch cedar delta ember fable grove heron indigo juniper lantern maple nectar opal "
    "pebble quill raven saffron thistle umber velvet willow yarrow zephyr"
).split()


async def prepare(settings: Settings, url: str, files: tuple[Path, ...], steps: Steps) -> None:
    """Do whatever an earlier start has not done yet."""
    from api.wiring import demo  # noqa: PLC0415 - not for `--help`

    async with demo.demo_store(settings, url) as shop:
        if not await demo.has_books(shop):
            await _load_books(shop, files, steps)
        for file in files[1:]:
            if not await demo.has_interactions(shop):
                with steps.step(f"loading {file.name}") as step:
                    summary = await demo.load_file(shop, file, step.report)
                    step.done = f"{summary.added:,} acts of {summary.readers:,} readers imported"
        if not await demo.has_interactions(shop):
            with steps.step("simulating readers") as step:
                interactions, reviews = await demo.simulate_readers(shop)
                step.done = f"readers simulated: {interactions:,} acts, {reviews:,} reviews"
        accounts = settings.data_dir / DEMO_FILE
        if not accounts.exists():
            with steps.step("opening accounts") as step:
                opened = await demo.open_accounts(shop, READERS, new_password)
                write_private(accounts, msgspec.json.encode({"accounts": opened}))
                step.done = f"{len(opened)} accounts opened"
    if not demo.has_index(settings):
        with steps.step("indexing") as step:
            books = await demo.build_index(settings, step.report)
            step.done = f"{books:,} books indexed"
    if not demo.has_model(settings):
        with steps.step("training") as step:
            await _train(settings, step.report)
            step.done = demo.trained(settings)


async def _load_books(shop: "DemoStore", files: tuple[Path, ...], steps: Steps) -> None:
    from api.wiring import demo  # noqa: PLC0415 - not for `--help`

    if not files:
        with steps.step("loading the sample catalogue") as step:
            summary = await demo.load_sample_books(shop, step.report)
            step.done = f"{summary.added:,} books of the sample catalogue imported"
        return
    with steps.step(f"loading {files[0].name}") as step:
        summary = await demo.load_file(shop, files[0], step.report)
        refused = f", {summary.rejected:,} rows rejected" if summary.rejected else ""
        step.done = f"{summary.added:,} books imported{refused}"


async def _train(settings: Settings, report: Report) -> None:
    """In a process of its own: how many threads solve is settled when numpy is first imported."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "api.cli", "train"),
        env={**os.environ, **environment_of(settings), PARENT_VARIABLE: str(os.getpid())},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    last = ""
    if process.stderr is not None:
        async for line in process.stderr:
            last = line.decode(errors="replace").strip()
            report(last, 0.0)
    if await process.wait() != 0:
        raise Unavailable(f"training failed: {last}", remedy="run `bookwheel train` to see why")


def new_password() -> str:
    """Three words and two digits: easy to type from a screen, made anew for each demo."""
    words = [secrets.choice(_PASSWORD_WORDS) for _ in range(3)]
    return "-".join([*words, f"{secrets.randbelow(100):02}"])


def write_private(path: Path, content: bytes) -> None:
    """Readable for the owner alone from the first moment, and never half written."""
    building = path.with_suffix(".tmp")
    with os.fdopen(os.open(building, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    building.replace(path)
