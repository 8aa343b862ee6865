"""A book as staff write it: what a request or an import asks for, before the rules are applied."""

import re
from collections.abc import Mapping
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct

from core.catalogue.book import Book
from core.kernel.errors import Fault, Invalid
from core.kernel.money import Money


class SeriesDraft(Struct, frozen=True):
    name: str
    position: float | None = None


class BookDraft(Struct, frozen=True, kw_only=True):
    """People and houses by name: those the store does not know yet are made.

    price: a decimal such as "12.99" in the store's currency, or minor units with theirs.
    published: ISO 8601 as precise as known, see `Book.published`.
    """

    title: str
    price: str | Money
    subtitle: str | None = None
    description: str | None = None
    isbn: str | None = None
    language: str | None = None
    pages: int | None = None
    published: str | None = None
    stock: int = 0
    status: str = "available"
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    publisher: str | None = None
    series: SeriesDraft | None = None
    cover_url: str | None = None


# A book read from us may be sent back whole: what only we can know is passed over.
READ_ONLY = frozenset(Book.__struct_fields__) - frozenset(BookDraft.__struct_fields__)
_TYPES = get_type_hints(BookDraft)
_REQUIRED = ("title", "price")


def draft_from(fields: Mapping[str, Any]) -> BookDraft:
    """Read a decoded JSON object; authors and the like may be names or objects with a name.

    Raises Invalid with a fault for every unknown, missing or mistyped field.
    """
    faults = [Fault(f"/{name}", "is missing") for name in _REQUIRED if name not in fields]
    values: dict[str, Any] = {}
    for name, raw in fields.items():
        if name in READ_ONLY:
            continue
        if name not in _TYPES:
            faults.append(Fault(pointer(name), "is no field of a book"))
            continue
        try:
            values[name] = msgspec.convert(_names_only(name, raw), _TYPES[name])
        except msgspec.ValidationError as error:
            faults.append(_fault(name, error))
    if faults:
        raise Invalid("the book cannot be read", faults=tuple(faults))
    return BookDraft(**values)


def merge_patch(draft: BookDraft, patch: Mapping[str, Any]) -> BookDraft:
    """Apply an RFC 7396 merge patch: null removes a field, a list replaces the list.

    Raises Invalid as `draft_from` does, and for a field that only we can set.
    """
    forbidden = tuple(Fault(f"/{name}", "cannot be set") for name in patch if name in READ_ONLY)
    if forbidden:
        raise Invalid("the patch cannot be applied", faults=forbidden)
    return draft_from(_merged(msgspec.to_builtins(draft), patch))


def draft_of(book: Book) -> BookDraft:
    """The draft that would write this book."""
    return draft_from(
        {name: value for name, value in msgspec.to_builtins(book).items() if name not in READ_ONLY}
    )


def pointer(*parts: str | int) -> str:
    """An RFC 6901 pointer."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _merged(target: Any, patch: Any) -> Any:
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(merged.get(name), value)
    return merged


def _names_only(field: str, raw: Any) -> Any:
    if field in ("authors", "categories") and isinstance(raw, list | tuple):
        return [_name(each) for each in raw]
    return _name(raw) if field == "publisher" else raw


def _name(raw: Any) -> Any:
    return raw.get("name") if isinstance(raw, Mapping) else raw


def _fault(field: str, error: msgspec.ValidationError) -> Fault:
    """msgspec tells the place as "… - at `$[0].name`"."""
    detail, _, place = str(error).partition(" - at `$")
    steps = re.findall(r"\.(\w+)|\[(\d+|\.\.\.)\]", place)
    return Fault(pointer(field, *(name or index for name, index in steps)), detail)
