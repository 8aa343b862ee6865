"""Forged tokens, table by table, against the application: none is accepted, by header or cookie."""

import asyncio
import base64
import hashlib
import hmac
import itertools
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from api.app import create_app
from api.wiring.accounts import signing_key_file
from core.accounts.principal import Principal
from core.kernel.ids import new_id
from ext.jwt_tokens import JwtTokens, key_id, signing_key
from ext.key_ring import KeyRing, rotate

HOUR = 3600
ROUTES = (
    ("GET", "/api/v1/me"),
    ("GET", "/api/v1/me/sessions"),
    ("GET", "/api/v1/audit"),
    ("POST", "/api/v1/authors"),
    ("GET", "/api/v1/search"),
)


def encoded(part: Any) -> bytes:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def by_hand(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    return b".".join((encoded(header), encoded(claims), encoded(signature))).decode()


def shared(header: dict[str, Any], claims: dict[str, Any], secret: bytes) -> str:
    """Signed by HMAC, as if the secret were one that both sides know."""
    signed = encoded(header) + b"." + encoded(claims)
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
    return by_hand(header, claims, hmac.new(secret, signed, digest[header["alg"]]).digest())


def forgeries(shop: Any, key: Ed25519PrivateKey) -> Iterator[tuple[str, str]]:
    """Names and tokens; the last kinds are signed with the right key and say what they must not."""
    good = shop.tokens.issue(Principal(new_id(), shop.store.id, "admin"))
    header = jwt.get_unverified_header(good)
    bare = {name: value for name, value in header.items() if name != "alg"}
    claims = jwt.decode(good, options={"verify_signature": False})
    public = key.public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head, body, signature = good.split(".")

    for name in ("none", "None", "NONE", "nOnE", "", "EdDSA"):
        yield f"alg {name!r} without signature", by_hand({**header, "alg": name}, claims)
    yield "no alg at all", by_hand({"typ": "at+jwt", "kid": header["kid"]}, claims)
    secrets = (pem, public.public_bytes_raw(), b"", b"secret", header["kid"].encode())
    for name, secret in itertools.product(("HS256", "HS384", "HS512"), secrets):
        yield f"{name} with {secret[:9]!r}", shared({**header, "alg": name}, claims, secret)
    other_rsa = rsa.generate_private_key(65537, 2048)
    for name, another in (
        ("EdDSA", Ed25519PrivateKey.generate()),
        ("RS256", other_rsa),
        ("PS256", other_rsa),
        ("ES256", ec.generate_private_key(ec.SECP256R1())),
    ):
        yield f"{name} by a stranger", jwt.encode(claims, another, name, headers=bare)
    for kid in (
        "../../../../dev/null",
        "..%2f..%2fetc%2fpasswd",
        "/etc/passwd",
        "file:///dev/null",
        "' or '1'='1",
        "\0",
        "x" * 1000,
        "",
        None,
        7,
        ["a"],
        {"a": 1},
        key_id(Ed25519PrivateKey.generate().public_key()),
    ):
        yield f"kid {kid!r:.30}", shared({**header, "alg": "HS256", "kid": kid}, claims, b"")
        yield f"kid {kid!r:.30} signed", signed({**header, "kid": kid}, claims, key)
    stranger = Ed25519PrivateKey.generate()
    raw = stranger.public_key().public_bytes_raw()
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": encoded(raw).decode()}
    for name, brought in (
        ("jwk", jwk),
        ("jku", "https://evil.example/jwks.json"),
        ("x5u", "https://evil.example/key.pem"),
        ("x5c", ["MIIB"]),
    ):
        yield f"brings {name}", signed({**header, name: brought}, claims, stranger)
    yield "critical extension", signed({**header, "crit": ["exp"], "exp": 1}, claims, key)
    for name, changed in (
        ("role", {"role": "owner"}),
        ("subject", {"sub": str(new_id())}),
        ("later expiry", {"exp": claims["exp"] + HOUR}),
    ):
        payload = encoded({**claims, **changed}).decode()
        yield f"body changed: {name}", f"{head}.{payload}.{signature}"
    yield "signature cut", f"{head}.{body}.{signature[:-4]}"
    yield "signature gone", f"{head}.{body}."
    yield "two parts", f"{head}.{body}"
    yield "four parts", f"{good}.x"

    now = int(time.time())
    wrong: tuple[dict[str, Any], ...] = (
        {"iss": "another"}, {"iss": ""}, {"iss": ["bookwheel"]}, {"iss": None},
        {"aud": "another"}, {"aud": ""}, {"aud": []}, {"aud": None},
        {"exp": now - 1}, {"exp": 0}, {"exp": -1}, {"exp": now - HOUR}, {"exp": None},
        {"exp": "2999-01-01"}, {"exp": 1e300}, {"exp": True},
        {"nbf": now + HOUR}, {"iat": now + HOUR}, {"iat": None}, {"iat": "now"},
        {"role": "owner"}, {"role": ["admin"]}, {"role": None}, {"sub": "nobody"}, {"sub": None},
        {"sub": 1}, {"store": "main"}, {"store": None}, {"store": str(new_id())}, {"jti": None},
        {"sid": "x"},
    )  # fmt: skip
    for change in wrong:
        changed_claims = {k: v for k, v in {**claims, **change}.items() if v is not None}
        yield f"claims {change}", signed(header, changed_claims, key)
    for typ in ("JWT", "id+jwt", "rt+jwt", "AT+JWT ", "", None, 1):
        yield f"typ {typ!r}", signed({**header, "typ": typ}, claims, key)


def signed(header: dict[str, Any], claims: dict[str, Any], key: Ed25519PrivateKey) -> str:
    """By the key, whatever header and claims say: no library would write some of these."""
    text = encoded({"alg": "EdDSA", **header}) + b"." + encoded(claims)
    return by_hand({"alg": "EdDSA", **header}, claims, key.sign(text))


async def test_no_forged_token_is_accepted_anywhere(shop: Any) -> None:
    key = signing_key(signing_key_file(shop.settings))
    table = list(forgeries(shop, key))
    accepted, tried = [], 0
    shop.services.limits = None  # a refusal must not be for asking too often
    transport = httpx.ASGITransport(create_app(shop.services))
    client = httpx.AsyncClient(transport=transport, base_url="http://shop.test")

    for name, token in table:
        for carried in ("bearer", "cookie"):
            value = token.encode("latin-1", "replace")
            headers = (
                {b"authorization": b"Bearer " + value}
                if carried == "bearer"
                else {
                    b"cookie": b"__Host-bookwheel-access=" + value + b"; __Host-bookwheel-csrf=a",
                    b"x-csrf-token": b"a",
                }
            )
            for method, path in ROUTES:
                answer = await client.request(method, path, headers=headers)
                tried += 1
                # A token of another store is true, and speaks for nobody in this one.
                foreign = "'store'" in name and path == "/api/v1/search"
                empty = carried == "cookie" and not token
                if answer.status_code not in {401, 403} and not foreign and not empty:
                    accepted.append(f"{name} by {carried}: {method} {path}: {answer.status_code}")

    await client.aclose()
    sys.stdout.write(f"{len(table)} forgeries, {tried} tries, {len(accepted)} accepted\n")
    assert accepted == []
    assert len(table) > 90


async def test_keys_change_under_load_without_one_failure(shop: Any, serving: Any) -> None:
    settings = replace(shop.settings, limits=False)
    clients = await serving(settings, 2)
    file = signing_key_file(settings)
    issuing = JwtTokens(KeyRing(file), seconds=900)
    principal = Principal(new_id(), shop.store.id, "reader")
    done = asyncio.Event()
    statuses: list[int] = []
    answered: asyncio.Queue[None] = asyncio.Queue()

    async def asking(client: Any) -> None:
        old = issuing.issue(principal)
        while not done.is_set():
            for token in (old, issuing.issue(principal)):
                headers = {"authorization": f"Bearer {token}"}
                answer = await client.get("/api/v1/me/sessions", headers=headers)
                statuses.append(answer.status_code)
                answered.put_nowait(None)

    asked = [asyncio.create_task(asking(client)) for client in clients for _ in range(4)]
    before = issuing.public_keys()[0].kid
    for _ in range(8):
        await asyncio.to_thread(rotate, file, good_for_seconds=900, now=time.time())
        for _ in range(40):
            await answered.get()
    done.set()
    await asyncio.gather(*asked)

    failures = [status for status in statuses if status != 200]
    sys.stdout.write(f"8 rotations, {len(statuses)} requests, {len(failures)} failures\n")
    assert failures == []
    assert issuing.public_keys()[0].kid != before
