"""A catalogue file as books and rejections, in the order of the file."""

from collections.abc import Iterator
from pathlib import Path

from core.importing.books import BookReader, ImportedBook, Rejection
from core.importing.duplicates import Duplicates
from core.importing.mapping import Mapping
from ext.polars_import.files import rows


def read_books(path: Path, mapping: Mapping, currency: str) -> Iterator[ImportedBook | Rejection]:
    """Every row that is not blank, as one or the other. Raises UnreadableFile, UnknownFormat."""
    _, numbered = rows(path, mapping.file)
    reader = BookReader(mapping, currency)
    duplicates = Duplicates()
    for row in numbered:
        if isinstance(row, Rejection):
            yield row
            continue
        book = reader.read(*row)
        refusal = None if isinstance(book, Rejection) else duplicates.refusal(book)
        yield refusal or book
