"""Which start of the machine this is: what was written in another may have been lost on the way."""

from functools import cache
from pathlib import Path

UNKNOWN_BOOT = "?"


@cache
def boot_id() -> str:
    """Linux's boot id; UNKNOWN_BOOT elsewhere, where a power cut is not noticed."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return UNKNOWN_BOOT
