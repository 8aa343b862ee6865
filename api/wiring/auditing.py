"""The audit log, for the command line."""

from msgspec import Struct

from api.settings import Settings
from api.wiring.databases import database
from core.audit.entry import Flaw
from ext.postgres.audit import AuditRepository


class Audited(Struct, frozen=True):
    """count: of entries that there were; seal: of the newest, in hex."""

    flaws: tuple[Flaw, ...]
    count: int
    seal: str
    seal_missing: bool


async def audited(settings: Settings, noted: str = "") -> Audited:
    """Verify the chain of the store that the settings name; noted: a seal that must be in it."""
    async with database(settings) as (pool, store):
        log = AuditRepository(pool)
        flaws, count, digest = await log.flaws(store.id)
        missing = bool(noted) and not await log.holds(store.id, noted)
    return Audited(tuple(flaws), count, digest.hex(), missing)
