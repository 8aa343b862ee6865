"""Codes of an authenticator app: HOTP by time, 6 digits, 30 seconds, SHA-1.

Source: RFC 4226 §5, RFC 6238 §4; SHA-1 because apps know no other, and HMAC does not suffer by it.
"""

import hmac
import secrets
from base64 import b32encode
from typing import Final
from urllib.parse import quote

DIGITS: Final = 6
STEP_SECONDS: Final = 30
SECRET_BYTES: Final = 20
EARLIER, LATER = 1, 1
"""Steps that a clock may be behind or ahead, or a reader slow."""


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def code_at(secret: bytes, step: int) -> str:
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: bytes, code: str, now: float) -> int | None:
    """The step around now whose code it is; None: of none. Compares every one, in equal time."""
    present = int(now) // STEP_SECONDS
    found = None
    for step in range(present - EARLIER, present + LATER + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            found = step
    return found


def key_uri(secret: bytes, *, issuer: str, account: str) -> str:
    """What apps read from a QR code. Source: the Key URI Format of Google Authenticator."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='@')}"
    return f"otpauth://totp/{label}?secret={shown(secret)}&issuer={quote(issuer, safe='')}"


def shown(secret: bytes) -> str:
    """As it is typed by hand."""
    return b32encode(secret).rstrip(b"=").decode()
