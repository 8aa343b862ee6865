"""How much longer do visitors wait while books change, a model swaps and an import runs?

A store of seeded synthetic books in a real PostgreSQL, its real follower and one real worker behind
a model of drawn neighbours; visitors as `bookwheel loadtest` sends them: a mix of searches,
suggestions, books and shelves, popular books more often, in an open loop at a fixed rate. First
quiet, then while another process changes 50 books a second, publishes the model anew every five
seconds and imports a catalogue again and again, then quiet once more, so that a machine that became
busy meanwhile shows. Left out: several workers. Meant: p99 within three times its quiet self.

    python -m benchmarks.mixed_load --picture docs/mixed-load.svg
"""

import asyncio
import csv
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import click
import numpy as np

from api.settings import environment_of, load
from api.wiring.load_testing import Plan, Tested, load_test
from benchmarks.drawn_model import drawn_arrays
from benchmarks.followed import SEED, Written, written_store
from benchmarks.shop import drawn_manifest
from benchmarks.synthetic import books
from core.load.chart import percentile_chart
from ext.model_files import publish
from ext.polars_import.catalogue_file import CatalogueFile, open_catalogue
from ext.postgres.books import BookRepository
from ext.postgres.loading import load_books
from ext.postgres.pool import open_pool
from ext.postgres.stores import load_stores
from ext.tantivy_search.reader import IndexReader

CHANGES_A_SECOND = 50
SWAP_SECONDS = 5.0
IMPORTED = 2_000
USERS = 32


async def disturb() -> None:
    """Change, import and publish until killed; the settings are in the environment."""
    settings, _ = load()
    pool = await open_pool(settings.database_url, size=4)
    store = (await load_stores(pool)).resolve(slug="main")
    repository = BookRepository(pool)
    ids = [row[0] for row in await pool.fetch("select id from book order by id limit 2000")]

    async def change() -> None:
        loop, began = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        for number in range(1_000_000):
            await asyncio.sleep(max(0.0, began + number / CHANGES_A_SECOND - loop.time()))
            book, version = ids[number % len(ids)], 1 + number // len(ids)
            await repository.patch(store, book, {"stock": number % 40}, version)

    async def load_again() -> None:
        with tempfile.TemporaryDirectory(prefix="bookwheel-import-") as folder:
            for turn in range(1_000_000):
                catalogue = exported(Path(folder), turn)
                await load_books(pool, store, catalogue.books(store.currency))

    async with asyncio.TaskGroup() as group:
        group.create_task(change())
        group.create_task(load_again())
        group.create_task(asyncio.to_thread(swap, settings.data_dir / "stores" / store.slug))


def exported(folder: Path, turn: int) -> CatalogueFile:
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
    return open_catalogue(path, kind="books")


def swap(home: Path) -> None:
    while True:
        publish_model(home)
        sleep(SWAP_SECONDS)


def publish_model(home: Path) -> None:
    columns = IndexReader(home / "index").current().columns
    publish(home / "models", drawn_arrays(columns.id_hi, columns.id_lo), drawn_manifest("main"))


@contextmanager
def disturbed(written: Written) -> Iterator[None]:
    command = (sys.executable, "-m", "benchmarks.mixed_load", "--disturb")
    process = subprocess.Popen(command, env=environment_of(written.settings))
    try:
        yield
        if process.poll() is not None:
            raise click.ClickException("what should have disturbed ended by itself")
    finally:
        process.terminate()
        process.wait(60)


def visited(port: int, rate: float, seconds: float, seed: int) -> Tested:
    plan = Plan(
        url=f"http://127.0.0.1:{port}", users=USERS, requests=round(rate * seconds), rate=rate,
        seed=seed,
    )  # fmt: skip
    return load_test(plan, lambda doing: lambda answered: None)


@click.command(help=(__doc__ or "").splitlines()[0])
@click.option("--books", "count", default=20_000, show_default=True)
@click.option("--rate", default=150.0, show_default=True, help="Visitors' requests a second.")
@click.option("--seconds", default=20.0, show_default=True, help="Of each of the three parts.")
@click.option("--picture", type=click.Path(path_type=Path), help="Write latencies as SVG.")
@click.option("--disturb", "disturbing", is_flag=True, hidden=True)
def main(
    *, count: int, rate: float, seconds: float, picture: Path | None, disturbing: bool
) -> None:
    if disturbing:
        asyncio.run(disturb())
        return
    found: dict[str, Tested] = {}
    with written_store(count) as store, store.follower():
        store.wait_for_index()
        publish_model(store.settings.data_dir / "stores" / store.store.slug)
        with store.workers(1) as (worker,):
            visited(worker.port, rate, seconds / 4, 1)
            found["quiet"] = visited(worker.port, rate, seconds, 2)
            with disturbed(store):
                visited(worker.port, rate, seconds / 4, 3)
                found["books change, model swaps, import runs"] = visited(
                    worker.port, rate, seconds, 2
                )
            visited(worker.port, rate, seconds / 4, 4)
            found["quiet again"] = visited(worker.port, rate, seconds, 2)
    for name, tested in found.items():
        told, latency = tested.load, tested.load.latency
        click.echo(
            f"{name:<40} p50 {latency.p50:7.2f} ms  p99 {latency.p99:8.2f}  p99.9 "
            f"{latency.p999:8.2f}  failed {told.requests - round(told.success * told.requests)} "
            f"of {told.requests:,}; {told.cpu_us or 0:.0f} µs of processor a request"
        )
    quiet, mixed, again = (tested.load.latency.p99 for tested in found.values())
    click.echo(
        f"{count:,} books, {rate:g} requests a second, load {os.getloadavg()[0]:.1f}: p99 "
        f"{mixed / np.mean([quiet, again]):.1f} times its quiet self"
    )
    if picture:
        lines = {name: tested.latencies["all"] for name, tested in found.items()}
        picture.write_text(percentile_chart(lines, "Latency of visitors, by percentile"))


if __name__ == "__main__":
    main()
