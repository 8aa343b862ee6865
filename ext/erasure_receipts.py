"""Receipts of erasures as JWS that can be verified long after the key was replaced."""

import base64
import binascii
from collections.abc import Callable
from typing import Any, Final

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from core.privacy.erasure import BadReceipt, Erasure

# Not that of access tokens: neither passes for the other (RFC 8725 §3.11).
TYPE: Final = "erasure-receipt+jwt"
ISSUER: Final = "bookwheel"
LONGEST: Final = 16_384


class ReceiptSigner(Struct, frozen=True):
    key: Ed25519PrivateKey
    kid: str
    x: str

    def sign(self, erasure: Erasure) -> str:
        claims = {
            "iss": ISSUER,
            "jti": str(erasure.id),
            "iat": int(erasure.erased_at.timestamp()),
            "erasure": msgspec.to_builtins(erasure),
        }
        headers = {"typ": TYPE, "kid": self.kid}
        return jwt.encode(claims, self.key, algorithm="EdDSA", headers=headers)


class Receipts:
    """signing: the key of now, asked for each time; name: of a public key, as `kid`."""

    def __init__(
        self,
        signing: Callable[[], Ed25519PrivateKey],
        name: Callable[[Ed25519PublicKey], str],
    ) -> None:
        self._signing = signing
        self._name = name

    def signer(self) -> ReceiptSigner:
        key = self._signing()
        public = key.public_key()
        x = base64.urlsafe_b64encode(public.public_bytes_raw()).rstrip(b"=").decode()
        return ReceiptSigner(key, self._name(public), x)

    def key_of(self, receipt: str) -> str:
        """Raises BadReceipt."""
        if len(receipt) > LONGEST:
            raise _bad()
        try:
            header: dict[str, Any] = jwt.get_unverified_header(receipt)
        except (jwt.InvalidTokenError, ValueError):
            raise _bad() from None
        kid = header.get("kid")
        if header.get("typ") != TYPE or not isinstance(kid, str) or "\0" in kid:
            raise _bad()
        return kid

    def opened(self, receipt: str, x: str) -> Erasure:
        """Raises BadReceipt."""
        try:
            key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(f"{x}="))
            claims = jwt.decode(
                receipt,
                key,
                algorithms=["EdDSA"],
                issuer=ISSUER,
                options={"require": ["iss", "jti", "iat"], "verify_aud": False},
            )
            return msgspec.convert(claims["erasure"], Erasure)
        except (jwt.InvalidTokenError, binascii.Error, KeyError, ValueError):
            raise _bad() from None


def _bad() -> BadReceipt:
    return BadReceipt("this is no receipt of this store", remedy="send it whole, as it was given")
