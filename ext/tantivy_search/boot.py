"""Which start of the machine this is: what was written in another may have been lost on the way."""

from functools import cache
from pathlib import Path

from core.search.snapshot import IndexUnavailable
from ext.tantivy_search.head import Published


def check_boot(state: Published) -> None:
    """Raises IndexUnavailable for what another boot of the machine may have left half written."""
    if state.boot not in {"", boot_id()}:
        raise IndexUnavailable(
            "the machine went down before the index was on the disk",
            remedy="`bookwheel index follow` rebuilds it",
        )


UNKNOWN_BOOT = "?"


@cache
def boot_id() -> str:
    """Linux's boot id; UNKNOWN_BOOT elsewhere, where a power cut is not noticed."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return UNKNOWN_BOOT
