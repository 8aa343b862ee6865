"""What Tantivy holds of a book: its ordinal and its terms by field, nothing stored."""

import tantivy

from core.search.entry import Entry

KEY = "key"
ALL = "all"
TITLE, AUTHOR, SERIES = "title", "author", "series"


def build_schema() -> tantivy.Schema:
    """Terms come joined by spaces, so index and query agree by construction.

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


def document(ordinal: int, entry: Entry) -> tantivy.Document:
    return tantivy.Document(key=ordinal, **texts(entry))


def texts(entry: Entry) -> dict[str, str]:
    """What is indexed of a book, by field; a build may make it in another process."""
    return {
        ALL: " ".join(entry.terms),
        TITLE: " ".join(entry.title),
        AUTHOR: " ".join(entry.author),
        SERIES: " ".join(entry.series),
    }
