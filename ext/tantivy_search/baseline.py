"""What a search engine gives out of the box: BM25 over one stemmed field, any word."""

import re
from collections.abc import Iterable

import tantivy

_WORD = re.compile(r"\w+")


class Bm25:
    """Okapi BM25 (k1 1.2, b 0.75) of Tantivy's English analyser, held in memory."""

    def __init__(self, texts: Iterable[str]) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("number", indexed=True, stored=True, fast=True)
        builder.add_text_field("body", tokenizer_name="en_stem")
        self._index = tantivy.Index(builder.build())
        writer = self._index.writer(100_000_000, 1)
        for number, text in enumerate(texts):
            writer.add_document(tantivy.Document(number=number, body=text))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()

    def ranked(self, question: str, depth: int) -> list[int]:
        """Places of the texts that hold any word of the question, best first."""
        words = " ".join(_WORD.findall(question.lower()))
        if not words:
            return []
        # Only letters and digits reach the parser, in lower case: no operator can.
        query = self._index.parse_query(words, ["body"])
        hits = self._searcher.search(query, depth).hits
        if not hits:
            return []
        found = self._searcher.fast_field_values("number", [address for _, address in hits])
        return [int(number) for number in found if number is not None]
