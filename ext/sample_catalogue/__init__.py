"""The sample catalogue that comes with Bookwheel: real books, described in our own words."""

from collections.abc import Iterator
from importlib import resources

import msgspec

from core.importing.books import BookReader, ImportedBook, Rejection
from core.importing.mapping import identity_mapping
from core.importing.nested import flatten


def sample_books(currency: str) -> Iterator[ImportedBook | Rejection]:
    """The books of every books_*.jsonl, priced in the store's currency; none is rejected."""
    rows = [flatten(msgspec.json.decode(line)) for line in _lines()]
    columns = frozenset(name for row in rows for name in row)
    reader = BookReader(identity_mapping(columns, "books"), currency)
    for number, row in enumerate(rows, start=1):
        yield reader.read(number, row)


def _lines() -> Iterator[bytes]:
    folder = resources.files("ext.sample_catalogue")
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.startswith("books_") and entry.name.endswith(".jsonl"):
            yield from filter(None, entry.read_bytes().splitlines())
