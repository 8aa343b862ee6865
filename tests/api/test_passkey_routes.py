"""Passkeys over HTTP, with an authenticator in software: real CBOR, real keys, real signatures."""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import cbor2
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.accounts.account import Account
from core.accounts.passkeys import PasskeyRefused, Stored, WrongPasskey
from core.kernel.ids import new_id
from ext.webauthn_passkeys import WebauthnCeremonies

AUTH = "/api/v1/auth"
PASSKEYS = "/api/v1/me/passkeys"
ANNE = {"email": "anne@kellynch.example", "password": "a second spring"}
MARY = {"email": "mary@uppercross.example", "password": "a third summer"}
SITE = "http://localhost:8000"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(encoded: str) -> bytes:
    return urlsafe_b64decode(encoded + "==")


class Authenticator:
    """One passkey on one device. Source: WebAuthn Level 3 §6.1, §6.5; COSE: RFC 9053."""

    def __init__(self, *, kind: str = "ES256", counts: bool = False) -> None:
        self.key: Any = (
            ec.generate_private_key(ec.SECP256R1())
            if kind == "ES256"
            else ed25519.Ed25519PrivateKey.generate()
        )
        self.id = secrets.token_bytes(32)
        self.count = 0
        self.counts = counts
        self.origin, self.rp_id = SITE, "localhost"
        self.flags = PRESENT | VERIFIED
        self.user = b""

    def cose_key(self) -> bytes:
        public = self.key.public_key()
        if isinstance(public, ed25519.Ed25519PublicKey):
            return cbor2.dumps({1: 1, 3: -8, -1: 6, -2: public.public_bytes_raw()})
        numbers = public.public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            return self.key.sign(data)
        signature: bytes = self.key.sign(data, ec.ECDSA(SHA256()))
        return signature

    def data(self, extra: bytes = b"", flags: int = 0) -> bytes:
        self.count += self.counts
        head = hashlib.sha256(self.rp_id.encode()).digest() + bytes([self.flags | flags])
        return head + self.count.to_bytes(4, "big") + extra

    def client_data(self, kind: str, challenge: str) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        self.user = raw(options["user"]["id"])
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + self.cose_key()
        data = self.data(attested, ATTESTED)
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self.client_data("webauthn.create", options["challenge"])
        return self.credential(clientDataJSON=client, attestationObject=attestation)

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        client = self.client_data("webauthn.get", options["challenge"])
        data = self.data()
        signature = self.sign(data + hashlib.sha256(client).digest())
        return self.credential(
            clientDataJSON=client, authenticatorData=data, signature=signature, userHandle=self.user
        )

    def credential(self, **response: bytes) -> dict[str, Any]:
        return {
            "id": text(self.id),
            "rawId": text(self.id),
            "type": "public-key",
            "response": {name: text(value) for name, value in response.items()},
            "clientExtensionResults": {},
        }


async def registered(shop: Any, who: dict[str, str] = ANNE) -> dict[str, str]:
    answer = await shop.client.post(f"{AUTH}/register", json=who)
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def creation(shop: Any, headers: dict[str, str], who: dict[str, str] = ANNE) -> Any:
    given = {"password": who["password"]}
    answer = await shop.client.post(f"{PASSKEYS}/options", json=given, headers=headers)
    return answer.json()["publicKey"]


async def add(
    shop: Any, headers: dict[str, str], device: Authenticator, who: dict[str, str] = ANNE
) -> httpx.Response:
    made = device.create(await creation(shop, headers, who))
    given = {"name": "My telephone", "credential": made}
    answer: httpx.Response = await shop.client.post(PASSKEYS, json=given, headers=headers)
    return answer


async def options(shop: Any) -> Any:
    return (await shop.client.post(f"{AUTH}/passkey/options")).json()["publicKey"]


async def login(shop: Any, credential: dict[str, Any]) -> httpx.Response:
    answer: httpx.Response = await shop.client.post(
        f"{AUTH}/passkey/login", json={"credential": credential}
    )
    return answer


@pytest.mark.parametrize("kind", ["ES256", "EdDSA"])
async def test_passkey_is_added_and_signs_in(shop: Any, kind: str) -> None:
    headers, device = await registered(shop), Authenticator(kind=kind)

    added = await add(shop, headers, device)
    signed_in = await login(shop, device.get(await options(shop)))

    token = {"authorization": f"Bearer {signed_in.json()['access_token']}"}
    me = await shop.client.get("/api/v1/me", headers=token)
    listed = (await shop.client.get(PASSKEYS, headers=headers)).json()["passkeys"]
    assert added.status_code == 201
    assert me.json()["email"] == ANNE["email"]
    assert [each["name"] for each in listed] == ["My telephone"]
    assert listed[0]["used_at"] is not None


async def test_options_name_nobody_and_ask_the_device_who_it_is(shop: Any) -> None:
    asked = await options(shop)
    headers = await registered(shop)
    await add(shop, headers, Authenticator())
    to_make = await creation(shop, headers)

    assert asked["userVerification"] == "required"
    assert asked["rpId"] == to_make["rp"]["id"] == "localhost"
    assert not asked.get("allowCredentials")
    assert to_make["authenticatorSelection"]["residentKey"] == "required"
    assert to_make["authenticatorSelection"]["userVerification"] == "required"
    assert len(to_make["excludeCredentials"]) == 1
    assert len(raw(asked["challenge"])) == 32


async def test_adding_needs_the_password(shop: Any) -> None:
    headers = await registered(shop)

    given = {"password": "a first winter"}
    answer = await shop.client.post(f"{PASSKEYS}/options", json=given, headers=headers)

    assert answer.status_code == 401


async def test_passkey_passes_by_the_second_factor_for_it_is_two(shop: Any) -> None:
    headers, device = await registered(shop), Authenticator()
    await add(shop, headers, device)
    await shop.pool.execute(
        """insert into second_factor (reader_id, store_id, secret_sealed, confirmed_at)
           select id, store_id, '', now() from reader where email is not null"""
    )

    assert (await login(shop, device.get(await options(shop)))).status_code == 200


async def test_removed_passkey_signs_in_no_longer_and_only_its_owner_removes_it(shop: Any) -> None:
    headers, device = await registered(shop), Authenticator()
    theirs = await registered(shop, MARY)
    made = (await add(shop, headers, device)).json()["id"]

    by_other = await shop.client.delete(f"{PASSKEYS}/{made}", headers=theirs)
    seen_by_other = await shop.client.get(PASSKEYS, headers=theirs)
    by_owner = await shop.client.delete(f"{PASSKEYS}/{made}", headers=headers)

    assert seen_by_other.json() == {"passkeys": []}
    assert [by_other.status_code, by_owner.status_code] == [404, 204]
    assert (await login(shop, device.get(await options(shop)))).status_code == 401


async def test_last_passkey_of_an_account_without_a_password_stays(shop: Any) -> None:
    headers, device, other = await registered(shop), Authenticator(), Authenticator()
    first = (await add(shop, headers, device)).json()["id"]
    second = (await add(shop, headers, other)).json()["id"]
    await shop.pool.execute("update reader set password_hash = null where email is not null")

    answers = [
        await shop.client.delete(f"{PASSKEYS}/{each}", headers=headers) for each in (first, second)
    ]

    assert [each.status_code for each in answers] == [204, 409]
    assert (await login(shop, other.get(await options(shop)))).status_code == 200


async def test_answer_works_once(shop: Any) -> None:
    headers, device = await registered(shop), Authenticator()
    await add(shop, headers, device)
    answer = device.get(await options(shop))

    assert [(await login(shop, answer)).status_code for _ in range(2)] == [200, 401]


async def test_device_that_was_copied_is_noticed_by_its_count(shop: Any) -> None:
    headers, device = await registered(shop), Authenticator(counts=True)
    await add(shop, headers, device)
    await login(shop, device.get(await options(shop)))

    device.count -= 1  # the copy's count lags behind
    answer = await login(shop, device.get(await options(shop)))

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://localhost:8001"},
        {"rp_id": "evil.example"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"key": ec.generate_private_key(ec.SECP256R1())},
        {"user": b"somebody else's"},
        {"id": b"unknown"},
    ],
)
async def test_signature_for_anything_else_is_refused(shop: Any, lie: dict[str, Any]) -> None:
    headers, device = await registered(shop), Authenticator()
    await add(shop, headers, device)

    for name, value in lie.items():
        setattr(device, name, value)
    answer = await login(shop, device.get(await options(shop)))

    assert answer.status_code == 401
    assert "no account here" in answer.json()["detail"]


@pytest.mark.parametrize(
    "lie", [{"origin": "http://evil.example"}, {"rp_id": "evil.example"}, {"flags": PRESENT}]
)
async def test_passkey_made_elsewhere_is_not_kept(shop: Any, lie: dict[str, Any]) -> None:
    headers, device = await registered(shop), Authenticator()
    for name, value in lie.items():
        setattr(device, name, value)

    answer = await add(shop, headers, device)

    assert answer.status_code == 400
    assert (await shop.client.get(PASSKEYS, headers=headers)).json() == {"passkeys": []}


async def test_challenge_of_another_account_or_purpose_adds_nothing(shop: Any) -> None:
    anne, mary = await registered(shop), await registered(shop, MARY)
    for_mary = Authenticator().create(await creation(shop, mary, MARY))
    to_sign_in = {**await creation(shop, anne), "challenge": (await options(shop))["challenge"]}
    for_sign_in = Authenticator().create(to_sign_in)

    statuses = [
        (await shop.client.post(PASSKEYS, json={"credential": each}, headers=anne)).status_code
        for each in (for_mary, for_sign_in)
    ]

    assert statuses == [400, 400]


async def test_passkey_is_registered_once(shop: Any) -> None:
    anne, mary, device = await registered(shop), await registered(shop, MARY), Authenticator()

    first = await add(shop, anne, device)
    second = await add(shop, mary, device, MARY)

    assert [first.status_code, second.status_code] == [201, 409]


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"response": None},
        {"response": {"clientDataJSON": 1}},
        {"response": {"clientDataJSON": "%%%"}},
        {"response": {"clientDataJSON": text(b"[" * 5000)}},
        {"response": {"clientDataJSON": text(b'{"challenge": 1}')}},
        {"rawId": "\ud7ff", "response": {"clientDataJSON": text(b'{"challenge": "x"}')}},
    ],
)
async def test_what_is_no_credential_is_refused(shop: Any, credential: dict[str, Any]) -> None:
    headers = await registered(shop)

    signed_in = await login(shop, credential)
    added = await shop.client.post(PASSKEYS, json={"credential": credential}, headers=headers)

    assert [signed_in.status_code, added.status_code] == [401, 400]


broken = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.binary(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.binary(max_size=120), statement=broken, form=st.sampled_from(["none", "packed"]))
async def test_broken_attestation_is_refused_whatever_is_in_it(
    data: bytes, statement: Any, form: str
) -> None:
    device = Authenticator()
    challenge = text(b"c" * 32)
    attestation = cbor2.dumps({"fmt": form, "attStmt": statement, "authData": device.data(data)})
    client = device.client_data("webauthn.create", challenge)
    credential = device.credential(clientDataJSON=client, attestationObject=attestation)

    with pytest.raises(PasskeyRefused):
        await WebauthnCeremonies().made(SITE, credential, challenge)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.binary(max_size=60), signature=st.binary(max_size=80), key=st.binary(max_size=80))
async def test_broken_signature_is_refused_whatever_is_in_it(
    data: bytes, signature: bytes, key: bytes
) -> None:
    device = Authenticator()
    client = device.client_data("webauthn.get", text(b"c" * 32))
    credential = device.credential(
        clientDataJSON=client, authenticatorData=data, signature=signature
    )
    account = Account(
        id=new_id(),
        store_id=new_id(),
        email="a@b.org",
        display_name="A",
        created_at=datetime.now(UTC),
    )
    stored = Stored(id=new_id(), account=account, public_key=key, sign_count=0)

    with pytest.raises(WrongPasskey):
        await WebauthnCeremonies().signed(SITE, credential, stored)
