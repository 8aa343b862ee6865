"""The keys that seal fields of the database."""

import time
from collections.abc import Callable
from pathlib import Path

from api.settings import Settings
from api.wiring.databases import running_database
from ext.field_encryption import PREFIX_BYTES, FieldKeys, forget, rotate
from ext.postgres.pool import open_pool
from ext.postgres.resealing import Resealed, prefixes_in_use, reseal


def field_key_file(settings: Settings) -> Path:
    """The key that the settings name, else the one kept beside the data."""
    if settings.field_key_file != Path():
        return settings.field_key_file
    return settings.data_dir / "keys" / "fields.key"


def field_keys(settings: Settings) -> FieldKeys:
    """What seals and opens, made at the first use. Raises BadFieldKey."""
    return FieldKeys(field_key_file(settings))


def held_field_keys(settings: Settings) -> FieldKeys | None:
    """None before the first is made. Raises BadFieldKey for what holds no key."""
    return field_keys(settings) if field_key_file(settings).exists() else None


def rotate_field_key(settings: Settings) -> str:
    """Seal with a new key; its id. Raises BadFieldKey."""
    return rotate(field_key_file(settings))


async def reseal_fields(settings: Settings, progress: Callable[[str, float], None]) -> Resealed:
    """Seal anew what old keys sealed. Call it from the main thread, see `running_database`."""
    with running_database(settings) as url:
        pool = await open_pool(url, size=1)
        try:
            return await reseal(pool, field_keys(settings), progress)
        finally:
            await pool.close()


async def forget_field_keys(settings: Settings) -> list[str]:
    """Remove keys that sealed nothing that is left; their ids. As `reseal_fields`."""
    with running_database(settings) as url:
        pool = await open_pool(url, size=1)
        try:
            needed = await prefixes_in_use(pool, PREFIX_BYTES)
            return forget(field_key_file(settings), needed, now=time.time())
        finally:
            await pool.close()
