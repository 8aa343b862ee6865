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


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def code_at(secret: bytes, step: int) -> str:
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: bytes, code: str, now: float) -> int | None:
    """The present step if the code is its own; those before and after live past their 30 seconds.

    Source: ASVS v5.0.0-6.5.5; RFC 6238 §5.2 lets a verifier take others and asks for none.
    """
    step = int(now) // STEP_SECONDS
    right = hmac.compare_digest(code_at(secret, step).encode(), code.encode())
    return step if right else None


def key_uri(secret: bytes, *, issuer: str, account: str) -> str:
    """What apps read from a QR code. Source: the Key URI Format of Google Authenticator."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='@')}"
    return f"otpauth://totp/{label}?secret={shown(secret)}&issuer={quote(issuer, safe='')}"


def shown(secret: bytes) -> str:
    """As it is typed by hand."""
    return b32encode(secret).rstrip(b"=").decode()
