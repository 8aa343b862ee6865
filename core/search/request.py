"""What may be asked of search: one Struct, decoded and validated once."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

import msgspec
from msgspec import Meta, Struct

from core.kernel.errors import Fault, Invalid
from core.kernel.money import exponent

LONGEST_QUERY = 256
LARGEST_WINDOW = 10_000

Facet = Literal[
    "category", "price", "rating", "author", "language", "year", "series", "availability"
]
DEFAULT_FACETS: tuple[Facet, ...] = ("category", "price", "rating")
Sort = Literal["relevance", "price", "price_asc", "price_desc", "rating", "date", "popular"]
Name = Annotated[str, Meta(max_length=500)]
Names = Annotated[tuple[Name, ...], Meta(max_length=50)]
LARGEST_AMOUNT = 10**9
Year = Annotated[int, Meta(ge=-9999, le=9999)]


class Filters(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Conditions that never change a score; values of one name are alternatives."""

    category: Names = ()
    author: Names = ()
    publisher: Names = ()
    language: Names = ()
    series: Names = ()
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    rating_min: Annotated[float, Meta(ge=0, le=5)] | None = None
    year_min: Year | None = None
    year_max: Year | None = None
    in_stock: bool | None = None


class SearchRequest(Filters, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Defaults are those of the public contract; page × size may reach 10,000."""

    q: Annotated[str, Meta(max_length=LONGEST_QUERY)] = ""
    match: Literal["most", "all", "any"] = "most"
    sort: Sort = "relevance"
    page: Annotated[int, Meta(ge=1, le=LARGEST_WINDOW)] = 1
    size: Annotated[int, Meta(ge=1, le=100)] = 20
    cursor: Annotated[str, Meta(max_length=500)] = ""
    facets: tuple[Facet, ...] = DEFAULT_FACETS
    highlight: bool = False
    explain: bool = False
    fuzzy: Literal["auto", "off"] = "auto"
    min_version: Annotated[str, Meta(max_length=40)] = ""


T = TypeVar("T", bound=Filters)
FILTER_FIELDS = Filters.__struct_fields__
REPEATABLE = frozenset({"category", "author", "publisher", "language", "series"})


def parse(pairs: Iterable[tuple[str, str]], kind: type[T]) -> T:
    """Read query parameters in the order they came.

    An empty value counts as absent, except `facets=`, which asks for none.
    Raises Invalid with a fault for each parameter that is unknown, given twice, of the
    wrong type or out of bounds.
    """
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, value in pairs:
        if name in REPEATABLE:
            if value:
                values.setdefault(name, []).append(value)
        elif name == "facets":
            values[name] = [part for part in value.split(",") if part]
        elif name in values:
            faults.append(Fault(name, "given more than once"))
        elif value:
            values[name] = value
    return _convert(values, kind, faults, strict=False)


def from_mapping(values: Mapping[str, Any], kind: type[T]) -> T:
    """Read the same fields from a decoded JSON object; types must be JSON's own."""
    return _convert(dict(values), kind, [], strict=True)


def minor_bound(amount: Decimal, currency: str) -> Decimal:
    """A price bound in minor units, fractions kept, so that 9.999 bounds as it reads."""
    return amount.scaleb(exponent(currency))


def _convert(values: dict[str, Any], kind: type[T], faults: list[Fault], *, strict: bool) -> T:
    try:
        request = msgspec.convert(values, kind, strict=strict)
    except msgspec.ValidationError:
        faults += _faults_of(values, kind, strict=strict)
    else:
        faults += _crossed(request, values)
    if faults:
        named = ", ".join(fault.pointer for fault in faults)
        raise Invalid(f"cannot read {named}", faults=tuple(faults))
    return request


def _faults_of(values: dict[str, Any], kind: type[Filters], *, strict: bool) -> Iterable[Fault]:
    """Every fault, not the first alone: each field is tried by itself."""
    hints = _hints(kind)
    for name, value in values.items():
        if name not in hints:
            yield Fault(name, f"unknown; known are {', '.join(sorted(hints))}")
            continue
        try:
            msgspec.convert(value, hints[name], strict=strict)
        except msgspec.ValidationError as error:
            yield Fault(name, str(error).partition(" - at")[0])


@lru_cache
def _hints(kind: type[Filters]) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _crossed(request: Filters, values: Mapping[str, Any]) -> Iterable[Fault]:
    """Rules that no single field can state."""
    for name in ("price_min", "price_max"):
        amount = getattr(request, name)
        # NaN compares as neither: it is caught here, too.
        if amount is not None and not (amount.is_finite() and 0 <= amount <= LARGEST_AMOUNT):
            yield Fault(name, f"must be 0 to {LARGEST_AMOUNT}")
            return
    for name in ("price", "year"):
        low, high = getattr(request, f"{name}_min"), getattr(request, f"{name}_max")
        if low is not None and high is not None and low > high:
            yield Fault(f"{name}_min", f"is above {name}_max")
    if any("\0" in text for text in _texts(values)):
        yield Fault("q", "holds a NUL character")
    if isinstance(request, SearchRequest) and request.page * request.size > LARGEST_WINDOW:
        yield Fault("page", f"page × size is past {LARGEST_WINDOW}: go on with `cursor`")


def _texts(values: Mapping[str, Any]) -> Iterable[str]:
    for value in values.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (part for part in value if isinstance(part, str))
