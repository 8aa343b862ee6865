"""One file, one row a book: the second of the same identity or ISBN is refused."""

from core.importing.books import ImportedBook, Rejection


class Duplicates:
    """Remembers what has been read: two dictionary entries a book, some 200 bytes."""

    def __init__(self) -> None:
        self._lines: dict[str, int] = {}
        self._isbns: dict[str, tuple[int, str]] = {}

    def refusal(self, book: ImportedBook) -> Rejection | None:
        """Why the book may not follow those before it; None: it may, and is remembered."""
        if (first := self._lines.get(book.identity)) is not None:
            return _rejection(book, f"{book.identity!r} already stands on line {first}")
        if book.isbn and (other := self._isbns.get(book.isbn)):
            line, title = other
            return _rejection(book, f"ISBN {book.isbn} is that of {title!r} on line {line}")
        self._lines[book.identity] = book.line
        if book.isbn:
            self._isbns[book.isbn] = book.line, book.title[:60]
        return None


def _rejection(book: ImportedBook, reason: str) -> Rejection:
    return Rejection(book.line, reason, book.identity[:80], book.title[:80])
