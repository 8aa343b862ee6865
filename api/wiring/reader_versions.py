"""How workers learn that a reader did something at another."""

import contextlib
from collections.abc import AsyncIterator

from api.beside import beside
from api.readers import Versions
from api.settings import Settings
from ext.reader_versions import ReaderVersions
from ext.valkey_reader_versions import ValkeyReaderVersions


@contextlib.asynccontextmanager
async def reader_versions(settings: Settings) -> AsyncIterator[Versions]:
    """Those of a node in a file, those of other nodes through Valkey where there is one."""
    node = ReaderVersions(settings.data_dir / "run" / "readers")
    if settings.demo or not settings.valkey_url:
        yield node
        return
    versions = ValkeyReaderVersions(node, settings.valkey_url, settings.valkey_ms / 1000)
    try:
        async with beside(versions.tell(), versions.hear()):
            yield versions
    finally:
        await versions.close()
