"""How hard a password is to guess, by zxcvbn, off the event loop."""

import sys
from collections.abc import Awaitable, Callable
from typing import Final

from core.accounts.new_password import LEAST_GUESSES_LOG10

# Its time grows with the square of the length: 5 ms for 12 characters, 20 for 24, 150 for 72.
FIRST_LOOK: Final = 24
LONGEST_LOOK: Final = 72
"""zxcvbn refuses more."""

Gate = Callable[[Callable[[], float]], Awaitable[float]]


class ZxcvbnStrength:
    """gate: runs work in a thread, a few at a time."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def __call__(self, password: str, names: tuple[str, ...]) -> float:
        """As `core.accounts.new_password.Strength`; raises what the gate raises."""
        return await self._gate(lambda: guesses_log10(password, names))


def guesses_log10(password: str, names: tuple[str, ...]) -> float:
    """What begins with something hard to guess is at least as hard to guess as a whole."""
    start = _estimate(password[:FIRST_LOOK], names)
    if start >= LEAST_GUESSES_LOG10 or len(password) <= FIRST_LOOK:
        return start
    return _estimate(password[:LONGEST_LOOK], names)


def _estimate(password: str, names: tuple[str, ...]) -> float:
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists take 0.2 s: not at a worker's start

    # It is plain Python and holds the interpreter: the loop gets it back this often.
    sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_SECONDS))
    return float(zxcvbn(password, user_inputs=list(names))["guesses_log10"])


SWITCH_SECONDS: Final = 0.0005
