"""Access tokens: only ours are believed, and not for longer than they say."""

import base64
import hashlib
import hmac
import json
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from core.accounts.principal import BadToken, Principal
from core.kernel.ids import new_id
from ext.jwt_tokens import BadSigningKey, JwtTokens, derived_secret, signing_key

READER = Principal(new_id(), new_id(), "reader")


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def tokens(key: Ed25519PrivateKey, clock: Clock) -> JwtTokens:
    return JwtTokens(key, seconds=900, now=clock)


@pytest.fixture
def forge(key: Ed25519PrivateKey, tokens: JwtTokens) -> Callable[..., bytes]:
    """A token signed with the right key whose claims or header were changed."""

    def make(header: dict[str, Any] | None = None, **claims: Any) -> bytes:
        good = jwt.decode(
            tokens.issue(READER), options={"verify_signature": False, "verify_exp": False}
        )
        changed = {name: value for name, value in {**good, **claims}.items() if value is not None}
        kid = jwt.get_unverified_header(tokens.issue(READER))["kid"]
        headers = {"typ": "at+jwt", "kid": kid, **(header or {})}
        return jwt.encode(changed, key, algorithm="EdDSA", headers=headers).encode()

    return make


def unsigned(token: str, algorithm: str, secret: bytes = b"") -> bytes:
    """The token's claims under another algorithm, as forgers try."""
    claims = token.split(".")[1]
    header = json.dumps({"alg": algorithm, "typ": "at+jwt"}).encode()
    signed = base64.urlsafe_b64encode(header).rstrip(b"=") + b"." + claims.encode()
    signature = hmac.new(secret, signed, hashlib.sha256).digest() if secret else b""
    return signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")


def test_token_tells_whom_it_was_issued_to(tokens: JwtTokens) -> None:
    assert tokens.verify(tokens.issue(READER).encode()) == READER


def test_tokens_are_never_the_same(tokens: JwtTokens) -> None:
    assert tokens.issue(READER) != tokens.issue(READER)


def test_token_expires_though_it_was_verified_before(tokens: JwtTokens, clock: Clock) -> None:
    token = tokens.issue(READER).encode()
    clock.now += 899
    tokens.verify(token)

    clock.now += 1

    with pytest.raises(BadToken, match="expired"):
        tokens.verify(token)


def test_token_of_another_key_is_refused(tokens: JwtTokens, clock: Clock) -> None:
    other = JwtTokens(Ed25519PrivateKey.generate(), seconds=900, now=clock)

    with pytest.raises(BadToken):
        tokens.verify(other.issue(READER).encode())


def test_unsigned_token_is_refused(tokens: JwtTokens) -> None:
    with pytest.raises(BadToken):
        tokens.verify(unsigned(tokens.issue(READER), "none"))


def test_public_key_is_no_shared_secret(tokens: JwtTokens, key: Ed25519PrivateKey) -> None:
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    with pytest.raises(BadToken):
        tokens.verify(unsigned(tokens.issue(READER), "HS256", pem))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "another"},
        {"aud": "another"},
        {"exp": None},
        {"jti": None},
        {"store": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"sub": "nobody"},
        {"role": "owner"},
        {"sub": 7},
        {"header": {"typ": "JWT"}},
    ],
)
def test_token_with_other_claims_is_refused(
    tokens: JwtTokens, forge: Callable[..., bytes], changes: dict[str, Any]
) -> None:
    with pytest.raises(BadToken):
        tokens.verify(forge(**changes))


@pytest.mark.parametrize("token", [b"", b"a.b.c", b"\xff\xfe", b"x" * 3000, b"..", b"a" * 100])
def test_what_is_no_token_is_refused(tokens: JwtTokens, token: bytes) -> None:
    with pytest.raises(BadToken):
        tokens.verify(token)


def test_key_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    file = tmp_path / "keys" / "key.pem"

    made, read = signing_key(file), signing_key(file)

    assert made.private_bytes_raw() == read.private_bytes_raw()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["key.pem"]


def test_processes_that_make_the_key_at_once_agree(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    made: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: made.append(signing_key(file).private_bytes_raw()))
        for _ in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 8
    assert len(set(made)) == 1


def test_file_that_holds_no_key_is_refused_with_the_remedy(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text("not a key")

    with pytest.raises(BadSigningKey) as raised:
        signing_key(file)

    assert "openssl" in raised.value.remedy


def test_derived_secrets_differ_by_purpose_and_key(key: Ed25519PrivateKey) -> None:
    other = Ed25519PrivateKey.generate()

    secrets = {
        derived_secret(key, b"cursors"),
        derived_secret(key, b"letters"),
        derived_secret(other, b"cursors"),
    }

    assert len(secrets) == 3
    assert derived_secret(key, b"cursors") in secrets
