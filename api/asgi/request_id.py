"""The request's name in logs and answers: the client's where it is safe, else our own."""

import os
import re
from collections.abc import Callable
from itertools import count

# What fits a log line, a header and a file name without quoting.
_SAFE = re.compile(rb"[A-Za-z0-9._~+/=:@-]{1,128}")


def request_ids() -> Callable[[bytes | None], bytes]:
    """Make a function that echoes a safe X-Request-ID of 1 to 128 characters, or mints one.

    Minted ones are 64 random bits of this process and a counter: unique without a system call.
    """
    prefix = os.urandom(8).hex().encode()
    numbers = count(1)

    def request_id(given: bytes | None) -> bytes:
        if given is not None and _SAFE.fullmatch(given):
            return given
        return b"%b%08x" % (prefix, next(numbers))

    return request_id
