"""A book as the cluster keeps it, and the fields it is found by.

Texts are analysed here, by the same functions as for the index in the process, and sent as
terms between spaces: the cluster splits at white space and does nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from core.catalogue.book import Book
from core.search import browsing, cards
from core.search.analysis import fold
from core.search.autocomplete import MOST_WORDS, folded
from core.search.columns import NO_YEAR, NONE, Columns, Ragged
from core.search.entries import Entries, entries_of
from core.search.forms import LANGUAGES, SHORTEST, Stem
from core.search.request import Sort

SCHEMA: Final = 1
"""Raised when the fields or their meaning change: part of every index's name."""
MOST_START = 60
"""Letters of a title that are compared from one of its words on."""
SHORTEST_START = 4
LONGEST_START = 12
"""Letters of a word's beginning that is found with a slip in it."""
UNKNOWN_DATE = 1e9
"""Stands for infinity, which JSON has not, where books of unknown date are sorted."""
NAMES: Final = ("category", "author", "publisher", "language", "series")

_TEXT = {"type": "text", "analyzer": "whitespace", "index_options": "freqs"}
_KEYWORD = {"type": "keyword"}
_INTEGER = {"type": "integer"}
_UNSEARCHED = {"type": "keyword", "index": False, "doc_values": False}
TEXTS: Final = ("all", "title", "names", "series_title", "stems")
NUMBERS: Final = ("version", "price_minor", "stock", "year", "rating_x100", "reviews")
STARTS: Final = ("starts", "beginnings", "author_starts", "author_beginnings")
SORTS: Final[tuple[Sort, ...]] = ("price", "price_desc", "rating", "date", "popular")

_names = (*NAMES, *(f"{name}_key" for name in NAMES))
MAPPINGS: Final[dict[str, Any]] = {
    "dynamic": "strict",
    # What is found by is not kept besides: the book's own JSON is all that is shown.
    "_source": {"excludes": [*TEXTS, *STARTS, *(f"{name}_key" for name in NAMES)]},
    "properties": {
        "kind": _KEYWORD,
        "id": _KEYWORD,
        "list": _UNSEARCHED,
        "rest": _UNSEARCHED,
        "version": {"type": "integer", "index": False},
        "heading": _KEYWORD,
        "heading_size": {"type": "integer"},
        **dict.fromkeys(_names, _KEYWORD),
        **dict.fromkeys(TEXTS, _TEXT),
        **dict.fromkeys(STARTS, _KEYWORD),
        **{f"by_{name}": {"type": "double"} for name in SORTS},
        **dict.fromkeys(NUMBERS[1:], _INTEGER),
        "state": _UNSEARCHED,
        "shown": _KEYWORD,
    },
}


def documents(books: Sequence[Book], stem: Stem, spoken: str) -> list[bytes]:
    """The JSON of each book's document. spoken: the language of books that tell none."""
    if not books:
        return []
    entries = entries_of(books)
    keys = np.arange(len(books), dtype=np.int32)
    columns = columns_of([book.id.int for book in books], entries.numbers)
    numbers = {name: entries.numbers[name].tolist() for name in NUMBERS}
    for sort in SORTS:
        values = browsing.ORDERS[sort](columns, keys)
        numbers[f"by_{sort}"] = np.minimum(values, UNKNOWN_DATE).tolist()
    return [
        msgspec.json.encode(
            {name: values[place] for name, values in numbers.items()}
            | _document(book, entries, place, stem, spoken)
        )
        for place, book in enumerate(books)
    ]


def columns_of(ids: Sequence[int], numbers: Mapping[str, NDArray[Any]]) -> Columns:
    """Columns of a few books: names and terms are empty, and so is what numbers has not."""
    zeros, none = np.zeros(len(ids), np.int32), np.full(len(ids), NONE, np.int32)
    empty = Ragged(np.zeros(len(ids) + 1, np.int64), np.zeros(0, np.int32))
    return Columns(
        id_hi=np.array([each >> 64 for each in ids], np.uint64),
        id_lo=np.array([each & (1 << 64) - 1 for each in ids], np.uint64),
        version=numbers.get("version", zeros),
        price_minor=numbers.get("price_minor", zeros),
        stock=numbers.get("stock", zeros),
        year=numbers.get("year", zeros.astype(np.int16)),
        rating_x100=numbers.get("rating_x100", zeros.astype(np.int16)),
        reviews=numbers.get("reviews", zeros),
        popularity=zeros.astype(np.float32),
        language=none,
        publisher=none,
        series=none,
        card=cards.build(empty, zeros.astype(np.float32)),
        category=empty,
        author=empty,
        title_terms=empty,
    )


def stemmed_language(language: str | None, spoken: str) -> str:
    """The language whose stems a book's words have, "" for one that is not stemmed."""
    named = language or spoken
    return named[:2] if named[:2] in LANGUAGES and named[2:3] in ("", "-") else ""


def stem_terms(terms: Sequence[str], language: str, stem: Stem) -> list[str]:
    """As "en:run", of those terms that have a stem."""
    words = [term for term in terms if len(term) >= SHORTEST and term.isalpha()]
    if not language or not words:
        return []
    return [f"{language}:{stemmed}" for stemmed in stem(words, language)]


def _document(book: Book, entries: Entries, place: int, stem: Stem, spoken: str) -> dict[str, Any]:
    names: dict[str, Any] = {
        "category": list(dict.fromkeys(entries.categories[place])),
        "author": list(dict.fromkeys(entries.authors[place])),
    }
    for name, value in (
        ("publisher", entries.publisher[place]),
        ("language", entries.language[place]),
        ("series", entries.series_name[place]),
    ):
        if value is not None:
            names[name] = [value]
    language = stemmed_language(entries.language[place], spoken)
    heading = list(dict.fromkeys(entries.heading[place].split()))
    words = entries.words[place]
    starts, author_starts = word_starts([book.title]), word_starts(entries.authors[place])
    detail, length = entries.details[place], int(entries.list_lengths[place])
    year = int(entries.numbers["year"][place])
    return {
        "kind": "book",
        "id": book.id.hex,
        "list": detail[:length].decode(),
        "rest": detail[length:].decode(),
        "heading": heading,
        "heading_size": len(heading) or 1_000,
        "year": None if year == NO_YEAR else year,
        **names,
        **{f"{name}_key": [fold(each) for each in values] for name, values in names.items()},
        "all": words,
        "title": entries.full_title[place],
        "names": entries.author[place],
        "series_title": entries.series[place],
        "stems": " ".join(stem_terms(words.split(), language, stem)),
        "starts": starts,
        "beginnings": beginnings(starts),
        "author_starts": author_starts,
        "author_beginnings": beginnings(author_starts),
    }


def word_starts(texts: Sequence[str]) -> list[str]:
    """Each text from each of its words on."""
    found = []
    for text in texts:
        words = folded(text).split()
        found += [" ".join(words[place:])[:MOST_START] for place in range(len(words))[:MOST_WORDS]]
    return list(dict.fromkeys(found))


def beginnings(starts: Sequence[str]) -> list[str]:
    """The first letters of each word, for typing with a slip."""
    words = {start.partition(" ")[0] for start in starts}
    return sorted(
        {
            word[:length]
            for word in words
            for length in range(SHORTEST_START - 1, min(len(word), LONGEST_START) + 1)
        }
    )
