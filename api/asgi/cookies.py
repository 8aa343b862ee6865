"""Sessions of browsers: tokens in cookies that no script reads, and proof against forged posts."""

import hmac
import secrets
from typing import Final

from api.asgi.credentials import COOKIE_MARK
from api.asgi.types import Header
from api.problems import ForgedPost

ASKED_BY: Final = (b"x-session", b"cookie")
"""The header by which a page asks for cookies; another site cannot send it unasked."""
PROOF: Final = b"x-csrf-token"
_OWN_PAGES: Final = frozenset({b"same-origin", b"none"})
_PROOF_BYTES: Final = 24


class SessionCookies:
    """secure: for TLS, named `__Host-…`; the demo on plain HTTP does without both.

    seconds: how long browsers keep them: as long as a session may rest. The access token runs out
    before its cookie, so that the server says 401 and the page renews.
    """

    def __init__(self, *, secure: bool, seconds: int) -> None:
        prefix = "__Host-" if secure else ""
        self.access = f"{prefix}bookwheel-access"
        self.refresh = f"{prefix}bookwheel-refresh"
        self.proof = f"{prefix}bookwheel-csrf"
        self._seconds = seconds
        self._attributes = "; Path=/; SameSite=Strict" + ("; Secure" if secure else "")

    def token(self, headers: dict[bytes, bytes]) -> bytes:
        """The access token, b"" without one."""
        sent = headers.get(b"cookie")
        return _value(sent, self.access) if sent is not None and COOKIE_MARK in sent else b""

    def refresh_token(self, headers: dict[bytes, bytes]) -> str:
        """The refresh token, "" without one. Raises ForgedPost where the proof is missing."""
        sent = _value(headers.get(b"cookie", b""), self.refresh)
        if sent:
            self.check(headers)
        return sent.decode("latin-1")

    def check(self, headers: dict[bytes, bytes]) -> None:
        """Raises ForgedPost unless the request comes from a page of ours.

        The header repeats a cookie that other sites can neither read nor set.
        """
        kept, shown = _value(headers.get(b"cookie", b""), self.proof), headers.get(PROOF, b"")
        own = headers.get(b"sec-fetch-site", b"same-origin") in _OWN_PAGES
        if not (own and kept and hmac.compare_digest(kept, shown)):
            raise ForgedPost(
                "a change by cookie needs its proof",
                remedy=f"repeat the cookie {self.proof} in the header X-CSRF-Token",
            )

    def given(self, access_token: str, refresh_token: str) -> tuple[Header, ...]:
        """What hands a session to a browser, with a new proof."""
        proof = secrets.token_urlsafe(_PROOF_BYTES)
        return (
            self._set(self.access, access_token, self._seconds, script=False),
            self._set(self.refresh, refresh_token, self._seconds, script=False),
            self._set(self.proof, proof, self._seconds, script=True),
        )

    def taken_back(self) -> tuple[Header, ...]:
        names = (self.access, self.refresh, self.proof)
        return tuple(self._set(name, "", 0, script=False) for name in names)

    def _set(self, name: str, value: str, seconds: int, *, script: bool) -> Header:
        hidden = "" if script else "; HttpOnly"
        text = f"{name}={value}; Max-Age={seconds}{self._attributes}{hidden}"
        return b"set-cookie", text.encode()


def wants_cookies(headers: dict[bytes, bytes]) -> bool:
    name, value = ASKED_BY
    return headers.get(name) == value


def _value(sent: bytes, name: str) -> bytes:
    """Of the first cookie of that name."""
    mark = name.encode() + b"="
    for part in sent.split(b";", 100):
        if (found := part.strip()).startswith(mark):
            return found[len(mark) :]
    return b""
