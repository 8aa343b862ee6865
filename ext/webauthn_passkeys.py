"""The ceremonies of WebAuthn, by py_webauthn, in a thread: its import alone takes a second."""

import asyncio
from base64 import urlsafe_b64decode
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from core.accounts.account import Account
from core.accounts.passkeys import Credential, Made, PasskeyRefused, Stored, WrongPasskey

T = TypeVar("T")

LARGEST_BYTES: Final = 32_768
"""Of a credential as JSON; those of devices have one to six thousand."""
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
# What py_webauthn lets pass of broken CBOR, ASN.1 and keys, beside errors of its own.
_BROKEN: Final = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    OverflowError,
    RecursionError,
    EOFError,
    MemoryError,
)


class WebauthnCeremonies:
    """As `core.accounts.passkeys.Ceremonies`. Users must prove to their device who they are."""

    async def creation(
        self, site: str, shop: str, account: Account, others: Sequence[bytes], challenge: bytes
    ) -> dict[str, Any]:
        def made() -> dict[str, Any]:
            import webauthn  # noqa: PLC0415 - see the module
            from webauthn.helpers import structs  # noqa: PLC0415

            options = webauthn.generate_registration_options(
                rp_id=_host(site),
                rp_name=shop,
                user_id=account.id.bytes,
                user_name=account.email,
                user_display_name=account.display_name,
                challenge=challenge,
                authenticator_selection=structs.AuthenticatorSelectionCriteria(
                    resident_key=structs.ResidentKeyRequirement.REQUIRED,
                    user_verification=structs.UserVerificationRequirement.REQUIRED,
                ),
                exclude_credentials=[
                    structs.PublicKeyCredentialDescriptor(id=each) for each in others
                ],
            )
            return _json(webauthn.options_to_json(options))

        return await asyncio.to_thread(made)

    async def request(self, site: str, challenge: bytes) -> dict[str, Any]:
        def made() -> dict[str, Any]:
            import webauthn  # noqa: PLC0415 - see the module
            from webauthn.helpers import structs  # noqa: PLC0415

            options = webauthn.generate_authentication_options(
                rp_id=_host(site),
                challenge=challenge,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            )
            return _json(webauthn.options_to_json(options))

        return await asyncio.to_thread(made)

    async def made(self, site: str, credential: Credential, challenge: str) -> Made:
        def verified() -> Made:
            import webauthn  # noqa: PLC0415 - see the module

            found = webauthn.verify_registration_response(
                credential=dict(credential),
                expected_challenge=_bytes(challenge),
                expected_rp_id=_host(site),
                expected_origin=_origin(site),
                require_user_verification=True,
            )
            return Made(
                credential_id=found.credential_id,
                public_key=found.credential_public_key,
                sign_count=found.sign_count,
                backed_up=found.credential_backed_up,
            )

        refused = PasskeyRefused("the passkey cannot be believed", remedy="begin anew")
        return await _verified(credential, verified, refused)

    async def signed(self, site: str, credential: Credential, stored: Stored) -> int:
        def verified() -> int:
            import webauthn  # noqa: PLC0415 - see the module

            _check_owner(credential, stored.account)
            found = webauthn.verify_authentication_response(
                credential=dict(credential),
                expected_challenge=_bytes(self.challenge_in(credential)),
                expected_rp_id=_host(site),
                expected_origin=_origin(site),
                credential_public_key=stored.public_key,
                credential_current_sign_count=stored.sign_count,
                require_user_verification=True,
            )
            return found.new_sign_count

        return await _verified(credential, verified, WrongPasskey())

    def challenge_in(self, credential: Credential) -> str:
        try:
            data = msgspec.json.decode(_bytes(credential["response"]["clientDataJSON"]))
            challenge = data["challenge"]
        except _BROKEN:
            return ""
        return challenge if isinstance(challenge, str) else ""

    def id_of(self, credential: Credential) -> bytes:
        try:
            return _bytes(credential["rawId"])
        except _BROKEN:
            return b""


async def _verified(credential: Credential, work: Callable[[], T], refused: Exception) -> T:
    def caught() -> T:
        from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415 - see the module

        try:
            if len(msgspec.json.encode(credential)) > LARGEST_BYTES:
                raise ValueError("too large")
            return work()
        except (WebAuthnException, *_BROKEN) as error:
            raise refused from error

    return await asyncio.to_thread(caught)


def _check_owner(credential: Credential, account: Account) -> None:
    """Raises ValueError where the device says that the passkey is somebody else's."""
    handle = credential["response"].get("userHandle")
    if handle and _bytes(handle) != account.id.bytes:
        raise ValueError("another owner")


def _json(text: str) -> dict[str, Any]:
    return msgspec.json.decode(text, type=dict[str, Any])


def _bytes(text: str) -> bytes:
    """Of base64url without padding; ValueError for what is none."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _host(site: str) -> str:
    return urlsplit(site).hostname or ""


def _origin(site: str) -> str:
    """As browsers write it: without a port that goes without saying. Source: RFC 6454 §6.2."""
    parts = urlsplit(site)
    port = "" if parts.port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname}{port}"
