"""Bodies of the routes of second factors."""

from msgspec import Struct

from core.accounts.sign_in import SignedIn


class Code(Struct, frozen=True, forbid_unknown_fields=True):
    """code: of the app, or for recovery."""

    code: str


class RecoveryCodes(Struct, frozen=True):
    """Told this once."""

    recovery_codes: tuple[str, ...]


class Answered(Struct, frozen=True, forbid_unknown_fields=True):
    """challenge: of a sign-in that wants a second factor; without one a set-up is confirmed."""

    code: str
    challenge: str = ""


class Verified(Struct, frozen=True, omit_defaults=True):
    """With a challenge, who signed in; without, the recovery codes, told this once."""

    access_token: str = ""
    refresh_token: str = ""
    expires_in: int = 0
    token_type: str = ""
    recovery_codes: tuple[str, ...] = ()


def verified(signed_in: SignedIn) -> Verified:
    return Verified(
        signed_in.access_token, signed_in.refresh_token, signed_in.expires_in, signed_in.token_type
    )
