"""Names for readers that tell two of them apart, and nothing else to who lacks the key."""

from collections.abc import Callable
from hashlib import blake2b


def pseudonyms(key: bytes) -> Callable[[str], str]:
    """key: up to 64 bytes. The same name gives the same 16 hex digits, for as long as the key."""

    def of(name: str) -> str:
        return blake2b(name.encode(), key=key, digest_size=8).hexdigest() if name else ""

    return of
