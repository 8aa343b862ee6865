"""Where a store's models come from and go to besides the node's own folder."""

from pathlib import Path
from typing import TYPE_CHECKING

from api.settings import Settings
from core.kernel.errors import Unavailable
from ext.model_files import ModelReader

if TYPE_CHECKING:
    from ext.model_store import ModelStore


class ObjectStoresMissing(Unavailable): ...


def model_store(settings: Settings, slug: str) -> "ModelStore | None":
    """The object store of the settings, None where they name none. Raises ObjectStoresMissing
    where what opens it is not installed, and StoreAway for an address that it cannot read."""
    if not settings.models_url:
        return None
    try:
        from ext.model_store import ModelStore  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise ObjectStoresMissing(
            f"{settings.models_url} needs the package obstore",
            remedy="pip install 'bookwheel[objects]'",
        ) from error
    return ModelStore(settings.models_url, slug)


def model_reader(settings: Settings, slug: str) -> ModelReader:
    """A store's models as this node has them, fetched where the settings say from where."""
    folder = models_folder(settings, slug)
    store = model_store(settings, slug)
    if store is None:
        return ModelReader(folder)
    from ext.model_store import Fetching  # noqa: PLC0415 - an extra

    return ModelReader(folder, Fetching(store, folder))


def models_folder(settings: Settings, slug: str) -> Path:
    return settings.data_dir / "stores" / slug / "models"
