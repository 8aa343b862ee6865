"""Access tokens: EdDSA-signed JWTs of the profile for OAuth 2.0 (RFC 9068)."""

import base64
import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import jwt
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from core.accounts.principal import BadToken, Principal
from core.accounts.public_key import PublicKey
from core.kernel.errors import BookwheelError
from core.kernel.ids import new_id

ISSUER = "bookwheel"
AUDIENCE = "bookwheel-api"
TYPE = "at+jwt"
REQUIRED = ("iss", "aud", "exp", "iat", "jti", "sub", "store", "role")
LONGEST_TOKEN = 2048
# A verified token is believed this long without looking at its signature again.
CACHE_SECONDS = 30.0
CACHE_SIZE = 10_000
CLOCK_SECONDS = 60
"""Clocks of nodes may differ by so much."""


class BadSigningKey(BookwheelError): ...


class _Verified(Struct, frozen=True):
    principal: Principal
    until: float


class Keys(Protocol):
    def signing(self) -> Ed25519PrivateKey: ...
    def public(self, kid: str) -> Ed25519PublicKey | None: ...
    def every(self) -> list[Ed25519PublicKey]: ...


class JwtTokens:
    """Signs and verifies for one deployment; several processes share the key file.

    keys: `ext.key_ring.KeyRing`, or one key for good.
    """

    def __init__(
        self,
        keys: Keys | Ed25519PrivateKey,
        *,
        seconds: int,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.seconds = seconds
        self._keys = _OneKey(keys) if isinstance(keys, Ed25519PrivateKey) else keys
        self._now = now
        self._cache: dict[bytes, _Verified] = {}

    def issue(self, principal: Principal) -> str:
        """A token that is good for `seconds`."""
        now = int(self._now())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(principal.reader_id),
            "store": str(principal.store_id),
            "role": principal.role,
            "iat": now,
            "exp": now + self.seconds,
            "jti": str(new_id()),
        }
        if principal.session is not None:
            claims["sid"] = str(principal.session)
        key = self._keys.signing()
        headers = {"typ": TYPE, "kid": key_id(key.public_key())}
        return jwt.encode(claims, key, algorithm="EdDSA", headers=headers)

    def public_keys(self) -> list[PublicKey]:
        """What verifies tokens now; the key that signs comes first."""
        return [_public_key(key) for key in self._keys.every()]

    def verify(self, token: bytes) -> Principal:
        """Whom the token speaks for. Raises BadToken for a forged, expired or foreign one."""
        now = self._now()
        known = self._cache.get(token)
        if known is not None and now < known.until:
            return known.principal
        claims = self._claims(token)
        if claims["exp"] <= now:
            raise BadToken("the access token has expired", remedy="POST /api/v1/auth/refresh")
        if claims["iat"] > now + CLOCK_SECONDS:
            raise BadToken("the access token was issued in the future")
        principal = _principal(claims)
        if len(self._cache) >= CACHE_SIZE:
            self._cache.clear()
        self._cache[token] = _Verified(principal, min(float(claims["exp"]), now + CACHE_SECONDS))
        return principal

    def _claims(self, token: bytes) -> dict[str, Any]:
        if len(token) > LONGEST_TOKEN:
            raise BadToken("the access token is too long")
        try:
            decoded = jwt.decode_complete(
                token,
                self._key_of(token),
                algorithms=["EdDSA"],
                audience=AUDIENCE,
                issuer=ISSUER,
                # The time is compared by `verify`, by the clock that also rules its cache.
                options={"require": list(REQUIRED), "verify_exp": False, "verify_iat": False},
            )
        except jwt.PyJWTError as error:
            raise BadToken(f"the access token is not valid: {error}") from error
        header, claims = decoded["header"], decoded["payload"]
        if header.get("typ") != TYPE or not _are_times(claims["exp"], claims["iat"]):
            raise BadToken("this is no access token")
        return dict(claims)

    def _key_of(self, token: bytes) -> Ed25519PublicKey:
        """The key that the token names: only ours are looked through, by their ids."""
        kid = jwt.get_unverified_header(token).get("kid")
        key = self._keys.public(kid) if isinstance(kid, str) else None
        if key is None:
            raise BadToken("the access token is signed with a key that is not known")
        return key


def _are_times(*claims: object) -> bool:
    return all(isinstance(claim, int) and not isinstance(claim, bool) for claim in claims)


class _OneKey:
    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    def signing(self) -> Ed25519PrivateKey:
        return self._key

    def public(self, kid: str) -> Ed25519PublicKey | None:
        public = self._key.public_key()
        return public if kid == key_id(public) else None

    def every(self) -> list[Ed25519PublicKey]:
        return [self._key.public_key()]


def _public_key(key: Ed25519PublicKey) -> PublicKey:
    x = base64.urlsafe_b64encode(key.public_bytes_raw()).rstrip(b"=")
    return PublicKey(kid=key_id(key), x=x.decode())


def _principal(claims: dict[str, Any]) -> Principal:
    try:
        return msgspec.convert(
            {
                "reader_id": UUID(claims["sub"]),
                "store_id": UUID(claims["store"]),
                "role": claims["role"],
                "session": UUID(claims["sid"]) if "sid" in claims else None,
            },
            Principal,
        )
    except (ValueError, AttributeError) as error:  # msgspec's ValidationError is a ValueError
        raise BadToken("the access token's claims cannot be read") from error


def signing_key(file: Path) -> Ed25519PrivateKey:
    """Read the PEM key, made first where there is none; of several who make it one wins.

    Raises BadSigningKey for a file that holds something else or cannot be read.
    """
    if not file.exists():
        _make_key(file)
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise BadSigningKey(f"{file}: {error}", remedy=REMEDY) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadSigningKey(f"{file} holds no Ed25519 key", remedy=REMEDY)
    return key


def derived_secret(key: Ed25519PrivateKey, purpose: bytes) -> bytes:
    """32 bytes for another use of the same key; purpose: up to 16 bytes that name the use."""
    raw = key.private_bytes_raw()
    return hashlib.blake2b(raw, digest_size=32, person=purpose).digest()


REMEDY = "point BOOKWHEEL_SIGNING_KEY_FILE at a PEM file of `openssl genpkey -algorithm ed25519`"


def _make_key(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = new_key_file(file.parent)
        with contextlib.suppress(FileExistsError):  # another process was first: use its key
            file.hardlink_to(draft)
        draft.unlink()
    except OSError as error:
        raise BadSigningKey(f"{file}: {error}", remedy=REMEDY) from error


def new_key_file(folder: Path) -> Path:
    """A new key in a file of a name that nobody looks for, closed to others. Raises OSError."""
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".signing-")  # mode 0600
    with os.fdopen(descriptor, "wb") as draft:
        draft.write(_pem(Ed25519PrivateKey.generate()))
        draft.flush()
        os.fsync(draft.fileno())
    return Path(name)


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def key_id(public: Ed25519PublicKey) -> str:
    """The first 8 bytes of the key in hex: enough to tell ours apart when they rotate."""
    return public.public_bytes_raw()[:8].hex()
