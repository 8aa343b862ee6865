"""Synonyms and rules in and out."""

import msgspec
from msgspec import Struct

from api.schemas.books import Links
from core.search.rules import Rule, SynonymSet


class SynonymList(Struct, kw_only=True):
    """count: of all; results: this page of them, newest first."""

    count: int
    page: int
    size: int
    results: tuple[SynonymSet, ...]
    links: Links = msgspec.field(name="_links")


class RuleList(Struct, kw_only=True):
    """count: of all; results: this page of them, newest first."""

    count: int
    page: int
    size: int
    results: tuple[Rule, ...]
    links: Links = msgspec.field(name="_links")
