"""The counters behind limits."""

import contextlib
from collections.abc import AsyncIterator

from api.settings import Settings
from core.limits.counting import Limits
from core.limits.policy import Policy
from ext.memory_limits import MappedLimits
from ext.valkey_limits import ValkeyLimits


@contextlib.asynccontextmanager
async def counting(settings: Settings) -> AsyncIterator[Limits | None]:
    """Limits as the settings ask for; None in the demo and where they are off."""
    if settings.demo or not settings.limits:
        yield None
        return
    shared = None
    if settings.valkey_url:
        shared = ValkeyLimits(settings.valkey_url, timeout=settings.valkey_ms / 1000)
    node = MappedLimits(settings.data_dir / "run" / "quotas")
    try:
        yield Limits(node, shared, map(Policy.read, settings.quotas))
    finally:
        node.close()
        if shared is not None:
            await shared.close()
