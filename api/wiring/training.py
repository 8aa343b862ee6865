"""What `bookwheel train` needs."""

import time
from collections.abc import Callable

from api.settings import Settings
from api.wiring.databases import database
from api.wiring.model_stores import model_reader, model_store, models_folder
from core.recommendations.gate import judge, require_better
from core.recommendations.manifest import Manifest, describe
from core.recommendations.training import TrainingSettings, train
from ext.model_files import keep_here, publish
from ext.postgres.training_rows import training_rows


async def train_model(
    settings: Settings, seed: int, progress: Callable[[str, float], None], *, anyway: bool = False
) -> Manifest:
    """Train on the store that the settings name and publish, in the object store too where they
    name one; what `database` and `model_store` raise, NothingToTrainOn, and NotBetter unless
    anyway.

    progress hears the stage and the share of it that is done.
    """
    from ext.polars_training.corpus import corpus_of  # noqa: PLC0415 - the same

    began = time.perf_counter()
    progress("reading", 0.0)
    async with database(settings) as (pool, store):
        corpus = corpus_of(*await training_rows(pool, store))
        shared, models = model_store(settings, store.slug), model_reader(settings, store.slug)
    trained = train(corpus, TrainingSettings(seed=seed), progress)
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
    folder = models_folder(settings, store.slug)
    return publish(folder, trained.arrays, manifest, shared.push if shared else keep_here)
