"""How far pages reach."""

from core.kernel.errors import Fault, Invalid
from core.search.request import LARGEST_WINDOW


def check_window(page: int, size: int) -> None:
    """Raises Invalid where page × size is past 10,000."""
    if page * size > LARGEST_WINDOW:
        fault = Fault("page", f"page × size is past {LARGEST_WINDOW}")
        raise Invalid("cannot read page", faults=(fault,))
