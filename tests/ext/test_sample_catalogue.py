"""The books that come with Bookwheel."""

from collections import Counter

from core.importing.books import ImportedBook
from core.importing.duplicates import Duplicates
from ext.sample_catalogue import sample_books


def test_sample_is_large_and_many_sided() -> None:
    books = [book for book in sample_books("EUR") if isinstance(book, ImportedBook)]

    assert len(books) >= 600
    assert len({name for book in books for name in book.categories}) >= 12
    assert len({book.language for book in books}) >= 6
    series = Counter(book.series for book in books if book.series)
    assert sum(volumes > 1 for volumes in series.values()) >= 5


def test_every_sample_book_can_be_sold_and_read_about() -> None:
    for book in sample_books("EUR"):
        assert isinstance(book, ImportedBook), book
        assert book.authors, book.title
        assert book.categories, book.title
        assert book.description, book.title
        assert book.price_given, book.title


def test_no_sample_book_stands_there_twice() -> None:
    duplicates = Duplicates()

    refused = [
        duplicates.refusal(book) for book in sample_books("EUR") if isinstance(book, ImportedBook)
    ]

    assert not any(refused)
