"""From a book to its index entry: terms by field, numbers, names and ready-made JSON."""

import re
from functools import lru_cache

import msgspec
from msgspec import Struct

from core.catalogue.book import LIST_FIELDS, Book, published_year
from core.search.analysis import name_terms, terms_of
from core.search.columns import NO_YEAR

# The list form of a book is a prefix of its whole JSON, cut before this field.
_AFTER_LIST = f',"{Book.__struct_fields__[len(LIST_FIELDS)]}":'.encode()
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_LARGEST = 2**31 - 1

_encode = msgspec.json.Encoder().encode
# Authors, categories and publishers recur from book to book.
_person = lru_cache(1 << 16)(name_terms)
_name = lru_cache(1 << 16)(terms_of)


class Entry(Struct, frozen=True, gc=False):
    """What the index keeps of one book.

    heading: distinct terms of the title without brackets; title (with subtitle), author and
    series: terms in order; terms: those and the terms of categories, publisher, description
    and ISBN, repeats kept. detail: the whole book as JSON; its first list_length bytes and a
    closing brace are the list form. rating_x100: average rating × 100.
    """

    version: int
    price_minor: int
    stock: int
    year: int
    rating_x100: int
    reviews: int
    language: str | None
    publisher: str | None
    series_name: str | None
    categories: tuple[str, ...]
    authors: tuple[str, ...]
    heading: tuple[str, ...]
    title: list[str]
    author: list[str]
    series: list[str]
    terms: list[str]
    detail: bytes
    list_length: int


def is_listed(book: Book) -> bool:
    """Hidden books are kept, but neither found nor shown."""
    return book.status != "hidden"


def entry_of(book: Book) -> Entry:
    title = terms_of(book.title)
    heading = title if "(" not in book.title and "[" not in book.title else _unbracketed(book.title)
    if book.subtitle:
        title = title + terms_of(book.subtitle)
    author = [term for named in book.authors for term in _person(named.name)]
    series = _name(book.series.name) if book.series else []
    detail = _encode(book)
    return Entry(
        version=book.version,
        price_minor=min(book.price.amount_minor, _LARGEST),
        stock=min(book.stock, _LARGEST),
        year=_year(book.published),
        rating_x100=round(book.average_rating * 100),
        reviews=min(book.review_count, _LARGEST),
        language=book.language,
        publisher=book.publisher.name if book.publisher else None,
        series_name=book.series.name if book.series else None,
        categories=tuple([named.name for named in book.categories]),
        authors=tuple([named.name for named in book.authors]),
        heading=tuple(dict.fromkeys(heading)),
        title=title,
        author=author,
        series=series,
        terms=[*title, *author, *series, *_rest(book)],
        detail=detail,
        list_length=detail.index(_AFTER_LIST),
    )


def _rest(book: Book) -> list[str]:
    terms = [term for named in book.categories for term in _name(named.name)]
    if book.publisher:
        terms += _name(book.publisher.name)
    if book.description:
        terms += terms_of(book.description)
    if book.isbn:
        terms.append(book.isbn.lower())
    return terms


def _unbracketed(title: str) -> list[str]:
    """The terms outside brackets, where cataloguers put series; all of them if none is left."""
    return terms_of(_BRACKETS.sub(" ", title)) or terms_of(title)


def _year(published: str | None) -> int:
    try:
        year = published_year(published)
    except ValueError:
        # A date nobody can read must not keep its book, and all after it, out of the index.
        return NO_YEAR
    return NO_YEAR if year is None else year
