"""Bodies of the routes of passkeys."""

from typing import Any

from msgspec import Struct, field

from core.accounts.passkeys import Passkey


class PasskeyOptions(Struct, frozen=True):
    """public_key: for `PublicKeyCredential.parseCreationOptionsFromJSON` or its like."""

    public_key: dict[str, Any] = field(name="publicKey")


class NewPasskey(Struct, frozen=True, forbid_unknown_fields=True):
    """credential: as `PublicKeyCredential.toJSON` writes it."""

    credential: dict[str, Any]
    name: str = ""


class PasskeyAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """credential: as `PublicKeyCredential.toJSON` writes it."""

    credential: dict[str, Any]


class PasskeyList(Struct, frozen=True):
    passkeys: tuple[Passkey, ...]
