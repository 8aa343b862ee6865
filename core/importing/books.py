"""A row of another system's file becomes a book of ours, or a rejection that says why."""

import hashlib
import math
import re
from collections.abc import Callable
from collections.abc import Mapping as Row
from typing import TypeVar, get_args

import msgspec
from msgspec import Struct

from core.catalogue.book import Status, published_year
from core.catalogue.isbn import normalise_isbn
from core.importing.authors import split_authors
from core.importing.categories import Tags
from core.importing.dates import parse_published
from core.importing.languages import language_code
from core.importing.mapping import Mapping
from core.importing.prices import made_up_price, parse_price
from core.importing.text import LIST_SEPARATOR, filled, tidy
from core.importing.titles import Titled, read_series, read_title
from core.kernel.errors import Invalid
from core.kernel.money import minor_units

LONGEST_TITLE = 1_000
LARGEST_POSITION = 100_000
LARGEST_INTEGER = 2**31 - 1
# PostgreSQL cannot index a text of more than 2,700 bytes; no name comes near it.
LONGEST_NAME = 300

Value = TypeVar("Value")


class BadRow(Invalid): ...


class Rejection(Struct, frozen=True):
    """A row that stays out; line: of the file, 1 the first. identity: its external id or ISBN."""

    line: int
    reason: str
    identity: str = ""
    title: str = ""


class ImportedBook(Struct, frozen=True, kw_only=True):
    """line: of the file. price_given, stock_given: the file told it, it was not made up here."""

    line: int
    external_id: str | None
    isbn: str | None
    title: str
    subtitle: str | None
    description: str | None
    language: str | None
    pages: int | None
    published: str | None
    price_minor: int
    price_given: bool
    stock: int
    stock_given: bool
    status: Status
    publisher: str | None
    series: str | None
    series_position: float | None
    cover_url: str | None
    rating_average: float
    rating_count: int
    authors: tuple[str, ...]
    categories: tuple[str, ...]

    @property
    def published_year(self) -> int | None:
        return published_year(self.published)

    @property
    def identity(self) -> str:
        return self.external_id or self.isbn or ""

    def content_hash(self) -> bytes:
        """16 bytes over what the file says: the same row hashes the same wherever it stands."""
        told = msgspec.structs.asdict(self)
        del told["line"]
        for field in ("price", "stock"):
            if not told.pop(f"{field}_given"):
                told.pop("price_minor" if field == "price" else field)
        packed = msgspec.msgpack.encode(told)
        return hashlib.blake2b(packed, digest_size=16).digest()


class BookReader:
    """Reads rows by one mapping for a store of one currency."""

    def __init__(self, mapping: Mapping, currency: str) -> None:
        self.mapping = mapping
        self.currency = currency
        self._tags = tuple(Tags(rules) for rules in mapping.categories)
        self._refusals = tuple((rule, re.compile(rule.pattern)) for rule in mapping.refuse)
        low, high = (minor_units(price, currency) for price in mapping.defaults.price)
        self._price_range = (low, max(low, high))
        self._sources = {field: mapping.sources(field) for field in mapping.columns}

    def read(self, line: int, row: Row[str, str]) -> ImportedBook | Rejection:
        """row: column → text. Never raises for what a row holds."""
        try:
            return self._book(line, row)
        except Invalid as error:
            identity = self._cell(row, "external_id") or self._cell(row, "isbn")
            return Rejection(line, error.detail, identity[:80], self._cell(row, "title")[:80])

    def _book(self, line: int, row: Row[str, str]) -> ImportedBook:
        self._refuse(row)
        told_id = self._name(row, "external_id")
        external_id = self.mapping.id_prefix + told_id if told_id else None
        isbn = self._parsed(row, "isbn", normalise_isbn)
        if not (identity := external_id or isbn):
            raise BadRow("neither an ISBN nor an external id: it could not be found again")
        noise = int.from_bytes(hashlib.blake2b(identity.encode(), digest_size=8).digest(), "big")
        titled = self._title(row)
        price = self._price(row)
        stock = self._parsed(row, "stock", _count("stock"))
        low, high = self.mapping.defaults.stock
        series = self._name(row, "series")
        position = self._parsed(row, "series_position", _position)
        if series and "#" in series and position is None:
            named, position = read_series(series)
            series = named or series
        rating_average, rating_count = self._rating(row)
        return ImportedBook(
            line=line,
            external_id=external_id,
            isbn=isbn,
            title=titled.title,
            subtitle=self._cell(row, "subtitle") or titled.subtitle,
            description=self._description(row, titled.title),
            language=self._parsed(row, "language", language_code)
            or (self.mapping.defaults.language or None),
            pages=self._parsed(row, "pages", _count("pages")) or None,
            published=self._parsed(row, "published", parse_published),
            price_minor=made_up_price(noise, *self._price_range) if price is None else price,
            price_given=price is not None,
            stock=low + (noise >> 32) % (high - low + 1) if stock is None else stock,
            stock_given=stock is not None,
            status=self._parsed(row, "status", _status) or "available",
            publisher=self._name(row, "publisher"),
            series=series or titled.series,
            series_position=position if series else titled.position,
            cover_url=self._cover(row),
            rating_average=rating_average,
            rating_count=rating_count,
            authors=self._authors(row),
            categories=self._categories(row),
        )

    def _members(self, row: Row[str, str], field: str) -> str:
        for column in self._sources.get(field, ()):
            if (raw := row.get(column)) and (cell := filled(raw)):
                return cell
        return ""

    def _cell(self, row: Row[str, str], field: str) -> str:
        return self._members(row, field).replace(LIST_SEPARATOR, "; ")

    def _parsed(
        self, row: Row[str, str], field: str, parse: Callable[[str], Value]
    ) -> Value | None:
        if not (cell := self._cell(row, field)):
            return None
        try:
            return parse(cell)
        except Invalid:
            if field in self.mapping.forgive:
                return None
            raise

    def _name(self, row: Row[str, str], field: str) -> str | None:
        return _short_enough(field, self._cell(row, field)) or None

    def _refuse(self, row: Row[str, str]) -> None:
        for rule, pattern in self._refusals:
            cell = tidy(row.get(rule.column) or "")
            if cell in rule.values or (rule.pattern and pattern.search(cell)):
                raise BadRow(f"{rule.reason} ({rule.column}: {cell[:60]!r})")

    def _title(self, row: Row[str, str]) -> Titled:
        # A book may be called "None" or "N/A": a title is never read as nothing.
        texts = (tidy(row.get(column) or "") for column in self._sources["title"])
        if not (text := next(filter(None, texts), "").replace(LIST_SEPARATOR, "; ")):
            raise BadRow("no title")
        if len(text) > LONGEST_TITLE:
            raise BadRow(f"the title has {len(text)} characters, at most {LONGEST_TITLE} are taken")
        rules = self.mapping.title
        return read_title(
            text,
            series_in_parentheses=rules.series_in_parentheses,
            subtitle_marks=rules.subtitle_marks,
        )

    def _description(self, row: Row[str, str], title: str) -> str | None:
        told = self._cell(row, "description")
        original = self._cell(row, "original_title")
        if original and _letters(original) not in _letters(title):
            told = f"{told} Original title: {original}".strip()
        return told or None

    def _price(self, row: Row[str, str]) -> int | None:
        if (named := self._cell(row, "currency")) and named.upper() != self.currency:
            raise BadRow(f"the price is in {named[:20]}, this store sells in {self.currency}")
        if (minor := self._parsed(row, "price_minor", _count("price_minor"))) is not None:
            return minor
        return self._parsed(row, "price", lambda cell: parse_price(cell, self.currency))

    def _cover(self, row: Row[str, str]) -> str | None:
        url = self._cell(row, "cover_url")
        return url if url.startswith(("https://", "http://")) and "nophoto" not in url else None

    def _authors(self, row: Row[str, str]) -> tuple[str, ...]:
        rules = self.mapping.authors
        names = split_authors(self._members(row, "authors"), rules.separators, rules.order)
        return tuple(_short_enough("author", name) for name in names)

    def _categories(self, row: Row[str, str]) -> tuple[str, ...]:
        found = (tags.categories(row.get(tags.rules.column) or "") for tags in self._tags)
        return tuple(dict.fromkeys(name for names in found for name in names))

    def _rating(self, row: Row[str, str]) -> tuple[float, int]:
        average = self._parsed(row, "rating_average", _number("rating_average"))
        count = self._parsed(row, "rating_count", _count("rating_count"))
        if not average or not count:
            return 0.0, 0
        if not 1 <= average <= 5:
            raise BadRow(f"rating_average {average} is outside 1 to 5")
        return average, count


def _short_enough(field: str, name: str) -> str:
    if len(name) > LONGEST_NAME:
        raise BadRow(f"{field} {name[:40]!r}… has {len(name)} characters, {LONGEST_NAME} at most")
    return name


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _status(cell: str) -> Status:
    if (status := cell.lower().replace(" ", "_")) not in get_args(Status):
        raise BadRow(f"status {cell[:40]!r} is none of {', '.join(get_args(Status))}")
    return status  # type: ignore[return-value]  # just checked against the literals


def _number(field: str) -> Callable[[str], float]:
    def read(cell: str) -> float:
        try:
            number = float(cell.replace(",", "."))
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise BadRow(f"{field} {cell[:40]!r} is no number")
        return number

    return read


def _count(field: str) -> Callable[[str], int]:
    read_number = _number(field)

    def read(cell: str) -> int:
        number = read_number(cell)
        if number != int(number) or not 0 <= number <= LARGEST_INTEGER:
            raise BadRow(f"{field} {cell[:40]!r} is no whole number from 0 to {LARGEST_INTEGER}")
        return int(number)

    return read


def _position(cell: str) -> float:
    position = _number("series_position")(cell)
    if not 0 <= position <= LARGEST_POSITION:
        raise BadRow(f"series_position {cell[:40]!r} is outside 0 to {LARGEST_POSITION}")
    return position
