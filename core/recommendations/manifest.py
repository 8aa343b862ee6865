"""What a published model says of itself."""

from datetime import UTC, datetime

from msgspec import Struct

from core.recommendations.evaluation import Quality
from core.recommendations.model import Parameters
from core.recommendations.training import Corpus, Trained


class ArrayFile(Struct, frozen=True):
    """bytes: of the whole file; blake2b: of the same, 32 hexadecimal digits."""

    name: str
    bytes: int
    blake2b: str


class Manifest(Struct, frozen=True, kw_only=True):
    """version and files are known once the model is written.

    interactions: pairs of reader and book it learnt from; oldest, newest: UTC of their acts.
    quality, baseline (popularity) and baselines by name: on newer acts of a sample of readers,
    which it has not seen. serving: the model before, on the same.
    """

    version: str = ""
    store: str
    trained_at: datetime
    seconds: float
    seed: int
    books: int
    readers: int
    interactions: int
    oldest: datetime | None
    newest: datetime | None
    parameters: Parameters
    quality: Quality
    baseline: Quality
    baselines: dict[str, Quality] = {}
    serving: Quality | None = None
    files: tuple[ArrayFile, ...] = ()


def describe(
    trained: Trained,
    corpus: Corpus,
    *,
    store: str,
    seed: int,
    seconds: float,
    serving: Quality | None = None,
) -> Manifest:
    """The manifest of a model that was just trained."""
    acts = corpus.interactions.seconds
    return Manifest(
        store=store,
        trained_at=datetime.now(UTC),
        seconds=round(seconds, 2),
        seed=seed,
        books=len(corpus.hi),
        readers=len(corpus.reader_keys),
        interactions=trained.trained_on,
        oldest=datetime.fromtimestamp(int(acts.min()), UTC) if len(acts) else None,
        newest=datetime.fromtimestamp(int(acts.max()), UTC) if len(acts) else None,
        parameters=trained.parameters,
        quality=trained.quality,
        baseline=trained.baselines["popularity"],
        baselines=trained.baselines,
        serving=serving,
    )
