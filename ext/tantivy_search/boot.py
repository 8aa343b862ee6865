"""Refuses what another boot of the machine may have left half written."""

from core.search.snapshot import IndexUnavailable
from ext.boot import boot_id
from ext.tantivy_search.head import Published


def check_boot(state: Published) -> None:
    """Raises IndexUnavailable."""
    if state.boot not in {"", boot_id()}:
        raise IndexUnavailable(
            "the machine went down before the index was on the disk",
            remedy="`bookwheel index follow` rebuilds it",
        )
