"""The commonest passwords, as a sorted file of digests.

Made of the 27,986 of six characters and more in the list of zxcvbn 4.5.0 (MIT), by `digests`; the
words themselves are not shipped.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable
from pathlib import Path

DIGEST_BYTES = 4
"""One in 150,000 other passwords is taken for a common one."""
_FILE = Path(__file__).with_name("common_passwords.bin")


class CommonPasswords:
    """Reads 110 kB once; asking takes about 5 µs."""

    def __init__(self, file: Path = _FILE) -> None:
        self._digests = file.read_bytes()
        self._places = range(len(self._digests) // DIGEST_BYTES)

    def __call__(self, password: str) -> bool:
        """password: in lower case."""
        wanted = _digest(password)
        found = bisect_left(self._places, wanted, key=self._at)
        return found < len(self._places) and self._at(found) == wanted

    def _at(self, place: int) -> bytes:
        return self._digests[place * DIGEST_BYTES : (place + 1) * DIGEST_BYTES]


def digests(passwords: Iterable[str]) -> bytes:
    """What the file holds."""
    return b"".join(sorted({_digest(each.casefold()) for each in passwords}))


def _digest(password: str) -> bytes:
    return hashlib.blake2b(
        password.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES
    ).digest()
