"""What Tantivy holds of a book: its ordinal and its terms by field, nothing stored."""

from collections.abc import Iterator

import tantivy

from core.search.entries import Entries

KEY = "key"
ALL = "all"
TITLE, AUTHOR, SERIES = "title", "author", "series"


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


def documents(first: int, entries: Entries) -> Iterator[tantivy.Document]:
    """Those of consecutive rows; first: the ordinal of the first."""
    fields = zip(entries.words, entries.full_title, entries.author, entries.series, strict=True)
    for ordinal, (words, title, author, series) in enumerate(fields, first):
        yield tantivy.Document(key=ordinal, all=words, title=title, author=author, series=series)
