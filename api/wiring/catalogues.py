"""What `bookwheel import` needs."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from api.settings import Settings
from api.wiring.databases import database
from core.importing.books import Rejection
from core.importing.summary import ImportSummary
from ext.postgres.interaction_loading import load_interactions
from ext.postgres.loading import load_books

if TYPE_CHECKING:
    from ext.polars_import.catalogue_file import CatalogueFile


def catalogue_file(
    path: Path, mapping: str = "", kind: Literal["books", "interactions"] | None = None
) -> "CatalogueFile":
    """A file to import. Raises UnknownFormat, UnreadableFile, BadMapping."""
    from ext.polars_import.catalogue_file import open_catalogue  # noqa: PLC0415 - Polars weighs 30 MB

    return open_catalogue(path, mapping, kind)


async def import_catalogue(
    settings: Settings,
    catalogue: "CatalogueFile",
    *,
    refused: Callable[[Rejection], None],
    progress: Callable[[str, int], None],
) -> ImportSummary:
    """Load a file into the store that the settings name. Raises what `database` raises."""
    async with database(settings) as (pool, store):
        if catalogue.mapping.kind == "books":
            return await load_books(
                pool, store, catalogue.books(store.currency), refused=refused, progress=progress
            )
        return await load_interactions(
            pool,
            store,
            catalogue.interactions(),
            spread_days=catalogue.mapping.defaults.spread_days,
            refused=refused,
            progress=progress,
        )
