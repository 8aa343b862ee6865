"""A mapping: which column of a file is which field of a book or an interaction, and how."""

import re
from collections.abc import Mapping as Table
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct

from core.importing.authors import NameOrder
from core.importing.categories import CategoryRules
from core.kernel.errors import Invalid

BOOK_FIELDS = frozenset(
    "external_id isbn title subtitle original_title series series_position authors publisher "
    "published language pages price price_minor currency stock status description cover_url "
    "categories rating_average rating_count".split()
)
INTERACTION_FIELDS = frozenset("id reader book isbn kind value quantity occurred_at".split())
FORGIVABLE = frozenset("isbn published language pages stock status series_position".split())

InteractionKind = Literal["rating", "purchase", "book_view", "add_to_cart", "search_click"]
KINDS: tuple[str, ...] = get_args(InteractionKind)


class BadMapping(Invalid): ...


class UnknownFormat(BadMapping): ...


class FileRules(Struct, frozen=True, forbid_unknown_fields=True):
    separator: str = ""
    """Between the columns of a CSV; empty: whichever of , ; tab | the header holds most."""

    encoding: str = ""
    """Of a text file; empty: UTF-8, or Windows-1252 where it is no UTF-8."""


class TitleRules(Struct, frozen=True, forbid_unknown_fields=True):
    series_in_parentheses: bool = False
    """Read "Catching Fire (The Hunger Games, #2)" as title, series and position."""

    subtitle_marks: tuple[str, ...] = ()
    """What follows the first of these is the subtitle."""


class AuthorRules(Struct, frozen=True, forbid_unknown_fields=True):
    separators: tuple[str, ...] = (";", "|")
    order: NameOrder = "first last"


class Refusal(Struct, frozen=True, forbid_unknown_fields=True):
    """Rows that are no books, by the value of a column or a pattern that is found in it."""

    column: str
    reason: str
    values: tuple[str, ...] = ()
    pattern: str = ""


class Defaults(Struct, frozen=True, forbid_unknown_fields=True):
    """What a source does not tell. Ranges are filled by a hash of the row's identity."""

    price: tuple[str, str] = ("5.00", "30.00")
    """Lowest and highest price; all end in .49 or .99 where the currency has cents."""

    stock: tuple[int, int] = (0, 40)
    language: str = ""
    kind: InteractionKind = "rating"
    spread_days: int = 0
    """Interactions without a time: spread over so many days before the import; 0: all at it."""


class Mapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One mapping file; columns: field → column, or several of which the first filled counts."""

    kind: Literal["books", "interactions"] = "books"
    source: str = ""
    """Put before external ids ("goodbooks:7"), so that number 7 of two sources are two books."""

    columns: dict[str, str | tuple[str, ...]] = {}
    file: FileRules = FileRules()
    title: TitleRules = TitleRules()
    authors: AuthorRules = AuthorRules()
    categories: tuple[CategoryRules, ...] = ()
    refuse: tuple[Refusal, ...] = ()
    forgive: tuple[str, ...] = ()
    """Fields left empty where they cannot be read; of all others the row is refused."""

    kinds: dict[str, InteractionKind] = {}
    """Interactions: what the source calls a kind → what it is here."""

    defaults: Defaults = Defaults()

    def sources(self, field: str) -> tuple[str, ...]:
        """The columns a field is read from, in order of preference."""
        column = self.columns.get(field, ())
        return (column,) if isinstance(column, str) else column

    @property
    def id_prefix(self) -> str:
        """What the external ids of this source begin with; "" without a source."""
        return f"{self.source}:" if self.source else ""


def read_mapping(table: Table[str, Any], name: str) -> Mapping:
    """Read a parsed TOML document; raises BadMapping naming the key that is wrong."""
    try:
        mapping = msgspec.convert(table, Mapping)
    except msgspec.ValidationError as error:
        raise BadMapping(f"mapping {name}: {error}") from error
    _check_fields(mapping, name)
    for refusal in mapping.refuse:
        try:
            re.compile(refusal.pattern)
        except re.error as error:
            raise BadMapping(f"mapping {name}: pattern {refusal.pattern!r}: {error}") from error
    low, high = mapping.defaults.stock
    if not 0 <= low <= high:
        raise BadMapping(f"mapping {name}: defaults.stock must be [low, high], 0 <= low <= high")
    return mapping


def identity_mapping(columns: frozenset[str], kind: Literal["books", "interactions"]) -> Mapping:
    """The mapping of a file whose columns are already called as the fields are."""
    fields = BOOK_FIELDS if kind == "books" else INTERACTION_FIELDS
    known: dict[str, str | tuple[str, ...]] = {field: field for field in sorted(fields & columns)}
    tags = (CategoryRules(column="categories", keep=20),) if "categories" in columns else ()
    return Mapping(kind=kind, columns=known, categories=tags)


def _check_fields(mapping: Mapping, name: str) -> None:
    fields = BOOK_FIELDS if mapping.kind == "books" else INTERACTION_FIELDS
    if unknown := sorted(set(mapping.columns) - fields):
        raise BadMapping(
            f"mapping {name}: {unknown[0]!r} is no field of {mapping.kind}",
            remedy=f"the fields are {', '.join(sorted(fields))}",
        )
    if unknown := sorted(set(mapping.forgive) - FORGIVABLE):
        raise BadMapping(f"mapping {name}: {unknown[0]!r} cannot be forgiven")
    for needed in ("title",) if mapping.kind == "books" else ("reader",):
        if needed not in mapping.columns:
            raise BadMapping(f"mapping {name}: no column is named for {needed!r}")
