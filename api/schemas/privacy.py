"""Bodies of the privacy routes."""

from typing import Annotated

from msgspec import Meta, Struct


class GivenReceipt(Struct, frozen=True, forbid_unknown_fields=True):
    receipt: Annotated[str, Meta(max_length=16_384)]
