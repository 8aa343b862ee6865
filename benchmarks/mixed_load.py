"""How much longer do visitors wait while books change, a model swaps and an import runs?

A store of seeded synthetic books in a real PostgreSQL, its real follower and one real worker behind
a model of drawn neighbours; visitors as `bookwheel loadtest` sends them: a mix of searches,
suggestions, books and shelves, popular books more often, in an open loop at a fixed rate. First
quiet, then beside each writer alone, so that it shows which of them costs what: one process changes
50 books a second, one publishes the model anew every five seconds, one runs `bookwheel import` of
2,000 books whose titles are new each time, again and again. Then beside all three, then quiet once
more, so that a machine that became busy meanwhile shows. Beside the latencies stands what the
worker waited for a processor, which tells whether it was slow itself or was not let run. Left out:
several workers. Meant: p99 beside all three within three times its quiet self.

    python -m benchmarks.mixed_load --picture docs/mixed-load.svg
"""

import asyncio
import csv
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import click
import numpy as np
from msgspec import Struct

from api.settings import environment_of, load
from api.wiring.load_testing import Plan, Tested, load_test
from benchmarks.drawn_model import drawn_arrays
from benchmarks.followed import SEED, Written, written_store
from benchmarks.servers import Server, Spent
from benchmarks.shop import drawn_manifest
from benchmarks.synthetic import books
from benchmarks.table import aligned
from core.load.chart import percentile_chart
from ext.model_files import publish
from ext.postgres.books import BookRepository
from ext.postgres.pool import open_pool
from ext.postgres.stores import load_stores
from ext.tantivy_search.reader import IndexReader

CHANGES_A_SECOND = 50
SWAP_SECONDS = 5.0
IMPORTED = 2_000
USERS = 32
HEADINGS = (
    "beside", "p50 ms", "p99 ms", "times the quiet", "p99.9 ms", "failed", "worker ran, waited",
)  # fmt: skip
QUIET, AGAIN, ALL = "nothing", "nothing again", "all three"


class Part(Struct, frozen=True):
    """What visitors met. worker: what it used and waited for meanwhile, a second."""

    tested: Tested
    worker: Spent


async def change() -> None:
    """Change books one by one until killed; the settings are in the environment."""
    settings, _ = load()
    pool = await open_pool(settings.database_url, size=2)
    store = (await load_stores(pool)).resolve(slug=settings.store)
    repository = BookRepository(pool)
    ids = [row[0] for row in await pool.fetch("select id from book order by id limit 2000")]
    loop, began = asyncio.get_running_loop(), asyncio.get_running_loop().time()
    for number in range(1_000_000):
        await asyncio.sleep(max(0.0, began + number / CHANGES_A_SECOND - loop.time()))
        book = ids[number % len(ids)]
        version = await pool.fetchval("select version from book where id = $1", book)
        await repository.patch(store, book, {"stock": number % 40}, version)


def import_again() -> None:
    command = (sys.executable, "-m", "api.cli", "import")
    with tempfile.TemporaryDirectory(prefix="bookwheel-import-") as folder:
        for turn in range(1_000_000):
            file = exported(Path(folder), turn)
            subprocess.run((*command, str(file)), check=True, stdout=subprocess.DEVNULL)


def exported(folder: Path, turn: int) -> Path:
    """The same books with ever new titles, as a shop's export would write them."""
    path = folder / "books.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("external_id", "title", "price", "description"))
        for batch in books(IMPORTED, SEED + 1):
            table.writerows(
                (
                    f"again:{book.id}",
                    f"{book.title} {turn}",
                    f"{book.price.amount_minor / 100:.2f}",
                    book.description,
                )
                for book in batch
            )
    return path


def swap() -> None:
    settings, _ = load()
    home = settings.data_dir / "stores" / settings.store
    while True:
        publish_model(home)
        sleep(SWAP_SECONDS)


def publish_model(home: Path) -> None:
    columns = IndexReader(home / "index").current().columns
    publish(home / "models", drawn_arrays(columns.id_hi, columns.id_lo), drawn_manifest("main"))


WRITERS = {
    "50 books a second change": lambda: asyncio.run(change()),
    "a model swaps every 5 s": swap,
    "imports of 2,000 books": import_again,
}


@contextmanager
def disturbed(written: Written, names: Iterable[str]) -> Iterator[None]:
    command = (sys.executable, "-m", "benchmarks.mixed_load", "--write")
    environment = environment_of(written.settings)
    processes = [
        subprocess.Popen((*command, name), env=environment, process_group=0) for name in names
    ]
    try:
        yield
        if any(process.poll() is not None for process in processes):
            raise click.ClickException("what should have disturbed ended by itself")
    finally:
        for process in processes:
            os.killpg(process.pid, signal.SIGTERM)  # an import under way, too
        for process in processes:
            process.wait(60)


def visited(worker: Server, rate: float, seconds: float, seed: int) -> Part:
    plan = Plan(
        url=f"http://127.0.0.1:{worker.port}", users=USERS, requests=round(rate * seconds),
        rate=rate, seed=seed,
    )  # fmt: skip
    before = worker.spent()
    tested = load_test(plan, lambda doing: lambda answered: None)
    return Part(tested, worker.spent().since(before).each_second(tested.load.seconds))


def table(found: Mapping[str, Part]) -> Iterator[str]:
    """Markdown."""
    quiet = quiet_p99(found)
    rows = []
    for name, part in found.items():
        told, latency = part.tested.load, part.tested.load.latency
        failed = told.requests - round(told.success * told.requests)
        rows.append(
            (
                name, f"{latency.p50:.1f}", f"{latency.p99:.0f}", f"{latency.p99 / quiet:.1f}",
                f"{latency.p999:.0f}", f"{failed} of {told.requests:,}",
                f"{part.worker.running:.0%}, {part.worker.waiting:.0%}",
            )
        )  # fmt: skip
    return aligned(HEADINGS, rows)


def quiet_p99(found: Mapping[str, Part]) -> float:
    """Milliseconds, of the two quiet parts together."""
    seconds = [found[name].tested.latencies["all"] for name in (QUIET, AGAIN)]
    return 1e3 * float(np.percentile(np.concatenate(seconds), 99))


@click.command(help=(__doc__ or "").splitlines()[0])
@click.option("--books", "count", default=20_000, show_default=True)
@click.option("--rate", default=50.0, show_default=True, help="Visitors' requests a second.")
@click.option("--seconds", default=20.0, show_default=True, help="Of each part.")
@click.option("--picture", type=click.Path(path_type=Path), help="Write latencies as SVG.")
@click.option("--write", "writer", type=click.Choice([*WRITERS]), hidden=True)
def main(
    *, count: int, rate: float, seconds: float, picture: Path | None, writer: str | None
) -> None:
    if writer:
        WRITERS[writer]()
        return
    load_before = os.getloadavg()[0]
    parts = {QUIET: (), **{name: (name,) for name in WRITERS}, ALL: tuple(WRITERS), AGAIN: ()}
    found: dict[str, Part] = {}
    with written_store(count) as store, store.follower():
        store.wait_for_index()
        publish_model(store.settings.data_dir / "stores" / store.store.slug)
        with store.workers(1) as (worker,):
            for number, (name, writers) in enumerate(parts.items()):
                click.echo(f"visiting beside {name}", err=True)
                with disturbed(store, writers):
                    visited(worker, rate, seconds / 4, number + 1)
                    found[name] = visited(worker, rate, seconds, 0)
    for line in table(found):
        click.echo(line)
    click.echo(
        f"\n{count:,} books, {rate:g} requests a second, load {load_before:.1f} before, on "
        f"{os.cpu_count()} cores, visitors and writers among them"
    )
    if picture:
        lines = {name: part.tested.latencies["all"] for name, part in found.items()}
        picture.write_text(percentile_chart(lines, "Visitors' latency by percentile, beside …"))


if __name__ == "__main__":
    main()
