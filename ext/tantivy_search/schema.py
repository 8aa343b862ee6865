"""What Tantivy holds of a book: its ordinal and its terms by field, nothing stored."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import tantivy

KEY = "key"
ALL = "all"
TITLE, AUTHOR, SERIES = "title", "author", "series"


class Texts(Protocol):
    """Of some rows, the words of each field, see `core.search.entries.Entries`."""

    @property
    def words(self) -> Sequence[str]: ...
    @property
    def full_title(self) -> Sequence[str]: ...
    @property
    def author(self) -> Sequence[str]: ...
    @property
    def series(self) -> Sequence[str]: ...


def build_schema() -> tantivy.Schema:
    """Words come with white space between, so index and query agree by construction.

    key is signed: deleting by an unsigned key silently deletes nothing (tantivy-py).
    """
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field(KEY, indexed=True, fast=True)
    builder.add_text_field(ALL, tokenizer_name="whitespace", index_option="freq")
    # Positions for phrases to come; they take 4 bytes a book.
    builder.add_text_field(TITLE, tokenizer_name="whitespace", index_option="position")
    builder.add_text_field(AUTHOR, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field(SERIES, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def documents(first: int, texts: Texts) -> Iterator[tantivy.Document]:
    """Those of consecutive rows; first: the ordinal of the first."""
    fields = zip(texts.words, texts.full_title, texts.author, texts.series, strict=True)
    for ordinal, (words, title, author, series) in enumerate(fields, first):
        yield tantivy.Document(key=ordinal, all=words, title=title, author=author, series=series)
