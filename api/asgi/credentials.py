"""What a request shows to say who asks: a bearer token, or an API key."""

from typing import Final

API_KEY: Final = b"x-api-key"


def shown(headers: dict[bytes, bytes]) -> bool:
    """Whether there is any; nobody has looked at it yet."""
    return b"authorization" in headers or API_KEY in headers


def authorization_of(headers: dict[bytes, bytes]) -> bytes | None:
    """As an Authorization header; a key in X-API-Key is as good as one there."""
    given = headers.get(b"authorization")
    if given is None and (key := headers.get(API_KEY)) is not None:
        return b"Bearer " + key
    return given
