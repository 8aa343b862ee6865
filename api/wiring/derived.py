"""A store's derived files: where they lie, and why one is not there."""

from collections.abc import Callable
from pathlib import Path

from api.settings import Settings
from api.wiring.model_stores import model_reader
from core.kernel.errors import Unavailable
from core.stores.store import Store
from ext.model_files import ModelReader
from ext.tantivy_search.reader import IndexReader


def store_folder(settings: Settings, store: Store) -> Path:
    """Where a store's index and models lie."""
    return settings.data_dir / "stores" / store.slug


def index_folder(settings: Settings, slug: str) -> Path:
    return settings.data_dir / "stores" / slug / "index"


def missing_part(settings: Settings, slug: str, part: str) -> str:
    """Why a store's "index" or "model" is not there; "" when it is."""
    folder = settings.data_dir / "stores" / slug
    if part == "index":
        return why_missing(IndexReader(folder / "index").current)
    models = model_reader(settings, slug)
    models.refresh()
    return why_no_model(models)


def why_missing(part: Callable[[], object]) -> str:
    try:
        part()
    except Unavailable as error:
        return error.detail
    return ""


def why_no_model(models: ModelReader) -> str:
    if (fault := models.fault()) is not None:
        return fault.detail
    return "" if models.current() is not None else "none was trained yet: popularity answers"
