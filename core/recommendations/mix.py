"""How a reader's page is mixed: what an experiment may set otherwise."""

from typing import Annotated, Final

from msgspec import Meta, Struct

Share = Annotated[float, Meta(ge=0, le=1)]


class Mix(Struct, frozen=True, forbid_unknown_fields=True):
    """personal: share of the places, and of a score, that the reader's own history has; the crowd
    has the rest. sameness: what a book loses for being alike, by a cosine of 1, to one that was
    taken before."""

    personal: Share = 0.7
    sameness: Share = 0.1


USUAL: Final = Mix()
