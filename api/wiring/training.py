"""What `bookwheel train` needs."""

import time
from collections.abc import Callable

from api.settings import Settings
from api.wiring.databases import database
from api.wiring.derived import store_folder
from core.recommendations.gate import judge, require_better
from core.recommendations.manifest import Manifest, describe
from core.recommendations.training import TrainingSettings, train
from ext.model_files import ModelReader, publish
from ext.postgres.training_rows import training_rows


async def train_model(
    settings: Settings, seed: int, progress: Callable[[str, float], None], *, anyway: bool = False
) -> Manifest:
    """Train on the store that the settings name and publish; what `database` raises,
    NothingToTrainOn, and NotBetter unless anyway.

    progress hears the stage and the share of it that is done.
    """
    from ext.polars_training.corpus import corpus_of  # noqa: PLC0415 - the same

    began = time.perf_counter()
    progress("reading", 0.0)
    async with database(settings) as (pool, store):
        corpus = corpus_of(*await training_rows(pool, store))
    trained = train(corpus, TrainingSettings(seed=seed), progress)
    folder = store_folder(settings, store) / "models"
    models = ModelReader(folder)
    models.refresh()
    verdict = judge(trained, corpus, models.current())
    if not anyway:
        require_better(verdict)
    seconds = time.perf_counter() - began
    manifest = describe(
        trained,
        corpus,
        store=store.slug,
        seed=seed,
        seconds=seconds,
        serving=verdict.serving,
    )
    return publish(folder, trained.arrays, manifest)
