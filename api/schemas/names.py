"""Authors, categories, publishers and series in and out."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from api.schemas.books import Links
from core.catalogue.naming import NamedEntry
from core.search.request import LARGEST_WINDOW


class PageQuery(Struct, frozen=True):
    """page × size may reach 10,000."""

    page: Annotated[int, Meta(ge=1, le=LARGEST_WINDOW)] = 1
    size: Annotated[int, Meta(ge=1, le=100)] = 20


class NameDraft(Struct, frozen=True, forbid_unknown_fields=True):
    name: str


class NameList(Struct, kw_only=True):
    """count: of all; results: this page of them, in order of name."""

    count: int
    page: int
    size: int
    results: tuple[NamedEntry, ...]
    links: Links = msgspec.field(name="_links")
