"""Interactions of another system on their way in: checked, not yet matched to readers and books."""

from msgspec import Struct

from core.importing.books import Rejection


class InteractionBlock(Struct, frozen=True):
    """Some thousands of interactions as CSV without a header, and the rows that are none.

    csv: UTF-8; columns line, id, reader, book, isbn, kind, value, quantity, occurred_at
    (ISO 8601 with offset), empty where the source has none; line is the row of the file.
    rows: how many are in it.
    """

    csv: bytes
    rows: int
    rejections: tuple[Rejection, ...] = ()


BLOCK_COLUMNS = ("line", "id", "reader", "book", "isbn", "kind", "value", "quantity", "occurred_at")
