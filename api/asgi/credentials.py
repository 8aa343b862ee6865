"""What a request shows to say who asks: a bearer token, an API key, or a browser's cookie."""

from typing import Final

API_KEY: Final = b"x-api-key"
COOKIE_MARK: Final = b"bookwheel-access="
"""In the name of the cookie, with and without `__Host-`."""


def shown(headers: dict[bytes, bytes]) -> bool:
    """Whether there is any; nobody has looked at it yet."""
    if b"authorization" in headers or API_KEY in headers:
        return True
    cookie = headers.get(b"cookie")
    return cookie is not None and COOKIE_MARK in cookie


def authorization_of(headers: dict[bytes, bytes]) -> bytes | None:
    """As an Authorization header; a key in X-API-Key is as good as one there."""
    given = headers.get(b"authorization")
    if given is None and (key := headers.get(API_KEY)) is not None:
        return b"Bearer " + key
    return given
