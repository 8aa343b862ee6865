"""What does training cost at full size, and what does a model of a million books weigh?

Trained is what `bookwheel train` trains, choices, exam and gate's baselines among it, on goodbooks
where it lies beside the project, or on a seeded synthetic shop: readers of one taste of 200 each,
who read popular books of it rather than others, a book at a time over a year. Reading acts from
PostgreSQL and publishing are left out. Wall times tell little on a busy machine; processor time is
of all threads.

    export OPENBLAS_NUM_THREADS=1                               # as `bookwheel train` does
    python -m benchmarks.trainings                              # goodbooks: 1M acts, 10,000 books
    python -m benchmarks.trainings --books 100000 --acts 10000000
    python -m benchmarks.trainings --mapped 1000000             # publish a model and map it twice

`--mapped` publishes a model of drawn lists as training would write it and opens it in two processes
as workers do; each reads every page. Told is what lies on the disk, what is mapped, and each
process's share (PSS): a page that two have counts half for each.
"""

import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path

import click
import numpy as np
from msgspec import Struct

from api.wiring.evaluating_recommendations import Protocol, texts_of
from benchmarks.drawn_model import drawn_arrays
from benchmarks.shop import drawn_manifest
from benchmarks.synthetic import books, text_of
from core.recommendations.content import BookText
from core.recommendations.evaluation import scramble
from core.recommendations.interactions import Interactions
from core.recommendations.training import Corpus, TrainingSettings, train
from ext.model_files import load, publish, version_in
from ext.polars_training.interaction_file import read_interaction_file

GOODBOOKS = Path(__file__).parents[2] / "shared" / "data" / "goodbooks"
TASTES, READ, OF_TASTE = 200, 20, 0.85
YEAR_SECONDS = 31_536_000


class Stages:
    """Seconds of processor, of all threads, that each stage of a training took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._stage, self._since = "reading", time.process_time()

    def __call__(self, stage: str, _: float) -> None:
        now = time.process_time()
        self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now


class Share(Struct, frozen=True):
    """Megabytes of a process's mapped model: all of it, and its share of it."""

    resident: float
    proportional: float


def goodbooks() -> Corpus:
    items, ratings = GOODBOOKS / "books.csv.gz", GOODBOOKS / "ratings.csv.gz"
    file = read_interaction_file(ratings)
    protocol = Protocol(interactions=ratings, items=items, mapping="goodbooks")
    return corpus_of(file.acts, texts_of(protocol, file.books, lambda done, total: None))


def synthetic(count: int, acts: int) -> Corpus:
    rng = np.random.default_rng(12)
    reader = np.repeat(np.arange(acts // READ, dtype=np.int64), READ)
    taste = rng.integers(0, TASTES, acts // READ)[reader]
    popular = rng.random(len(reader), np.float32) ** 3
    own = taste + TASTES * (count // TASTES * popular).astype(np.int64)
    book = np.where(
        rng.random(len(reader), np.float32) < OF_TASTE, own, (count * popular).astype(np.int64)
    )
    reader, book = np.divmod(np.unique(reader * count + book), count)
    interactions = Interactions(
        reader.astype(np.int32),
        book.astype(np.int32),
        rng.choice(np.array([60, 80, 100], np.int32), len(book)),
        rng.integers(0, YEAR_SECONDS, len(book)),
    )
    return corpus_of(interactions, [text_of(book) for batch in books(count) for book in batch])


def corpus_of(acts: Interactions, texts: list[BookText]) -> Corpus:
    ids = np.arange(len(texts), dtype=np.uint64)
    readers = np.arange(int(acts.reader.max()) + 1, dtype=np.uint64)
    return Corpus(ids, ids, texts, np.zeros(len(texts), np.int64), acts, scramble(readers))


def report(corpus: Corpus) -> Iterator[str]:
    before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    stages, began, used = Stages(), time.perf_counter(), time.process_time()
    trained = train(corpus, TrainingSettings(), stages)
    wall, processor = time.perf_counter() - began, time.process_time() - used
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield (
        f"{len(corpus.interactions.book):,} acts, {len(corpus.texts):,} books, "
        f"load {os.getloadavg()[0]:.1f}: {wall:.1f} s by the clock, {processor:.1f} of processor; "
        f"{peak_mb:,.0f} MB at most, {before_mb:,.0f} before"
    )
    spent = (f"{name} {seconds:.1f} s" for name, seconds in stages.seconds.items())
    yield "of processor: " + ", ".join(spent)
    yield f"nDCG@10 {trained.quality.ndcg_at_10} of {trained.quality.readers:,} readers; " + str(
        trained.parameters
    )


def mapped(count: int) -> Iterator[str]:
    ids = np.arange(count, dtype=np.uint64)
    with tempfile.TemporaryDirectory(prefix="bookwheel-model-") as name:
        folder = Path(name)
        manifest = publish(folder, drawn_arrays(ids, ids), drawn_manifest("main"))
        on_disk = sum(file.bytes for file in manifest.files)
        yield f"{count:,} books: {on_disk / 2**30:.3f} GiB on the disk"
        spawned = multiprocessing.get_context("spawn")
        opened, told = spawned.Barrier(2), spawned.SimpleQueue()
        workers = [spawned.Process(target=worker, args=(folder, opened, told)) for _ in range(2)]
        for process in workers:
            process.start()
        for process in workers:
            process.join()
        for share in (told.get() for _ in workers):
            yield (
                f"a worker: {share.resident:,.0f} MB of it resident, "
                f"{share.proportional:,.0f} MB its share"
            )


def worker(folder: Path, opened: Barrier, told: "multiprocessing.SimpleQueue[Share]") -> None:
    """Opens the model, reads every page, and looks at its memory once the other has too."""
    model = load(folder / (version_in(folder) or ""))
    for lists in (model.neighbours, model.nearest, model.followers, model.content):
        for array in lists:
            array.max()
    opened.wait()
    found = Share(resident=mapped_mb(folder, "Rss"), proportional=mapped_mb(folder, "Pss"))
    opened.wait()
    told.put(found)


def mapped_mb(folder: Path, kind: str) -> float:
    """Megabytes of this process's mappings of the folder's files, by a line of smaps."""
    inside, kilobytes = False, 0
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        first, _, rest = line.partition(" ")
        if not first.endswith(":"):
            inside = str(folder) in rest
        elif inside and first == f"{kind}:":
            kilobytes += int(rest.split()[0])
    return kilobytes / 1024


@click.command(help=(__doc__ or "").splitlines()[0])
@click.option("--books", "count", default=0, help="Of a synthetic shop; 0 for goodbooks.")
@click.option("--acts", default=1_000_000, show_default=True, help="Of the synthetic shop.")
@click.option("--mapped", "drawn", default=0, help="Publish and map a model of so many books.")
def main(count: int, acts: int, drawn: int) -> None:
    if not (count or drawn or GOODBOOKS.is_dir()):
        raise click.ClickException(f"{GOODBOOKS} is not here")
    lines = mapped(drawn) if drawn else report(synthetic(count, acts) if count else goodbooks())
    for line in lines:
        click.echo(line)


if __name__ == "__main__":
    main()
