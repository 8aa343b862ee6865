"""Bodies of the privacy routes."""

from typing import Annotated

from msgspec import Meta, Struct


class Erase(Struct, frozen=True, forbid_unknown_fields=True):
    """password: may be left out within ten minutes of signing in."""

    password: str | None = None


class GivenReceipt(Struct, frozen=True, forbid_unknown_fields=True):
    receipt: Annotated[str, Meta(max_length=16_384)]
