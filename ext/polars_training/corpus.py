"""From recorded events to the corpus of a training run."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from core.recommendations.content import BookText
from core.recommendations.events import KINDS, Events, TextRows
from core.recommendations.interactions import (
    BEST_RATING,
    KIND_STRENGTHS,
    STRENGTH_UNITS,
    Interactions,
)
from core.recommendations.training import Corpus

EVENTS_A_READER = 200
"""A reader's newest books that count: one who rated thousands must not outvote hundreds."""

DATED_UNITS = 1_000
RATING, PURCHASE = KINDS.index("rating"), KINDS.index("purchase")
BOOK, READER = ["book_hi", "book_lo"], ["reader_hi", "reader_lo"]


def corpus_of(events: Events, rows: TextRows) -> Corpus:
    """Clean and number: events of unknown books and ratings out of range are left out.

    A reader and a book meet once: the last rating says how much it was liked, else the
    strongest act; their time is that of the last act. Books are in the order of the model,
    readers in that of their ids, whatever the order of the rows was.
    """
    books, texts = _books(rows)
    known = _known(events, books)
    readers = known.select(READER).unique().sort(READER[::-1]).with_row_index("reader")
    met = _meetings(known.join(readers, on=READER))
    return Corpus(
        hi=books["book_hi"].to_numpy(),
        lo=books["book_lo"].to_numpy(),
        texts=texts,
        units=_units(known, len(texts)),
        interactions=Interactions(
            met["reader"].cast(pl.Int32).to_numpy(),
            met["book"].cast(pl.Int32).to_numpy(),
            met["strength"].to_numpy(),
            met["seconds"].to_numpy(),
        ),
        reader_keys=readers["reader_lo"].to_numpy(),
    )


def _books(rows: TextRows) -> tuple[pl.DataFrame, Sequence[BookText]]:
    order = np.lexsort((rows.hi, rows.lo))
    books = pl.DataFrame({"book_hi": rows.hi[order], "book_lo": rows.lo[order]})
    return books.with_row_index("book"), [rows.texts[row] for row in order]


def _known(events: Events, books: pl.DataFrame) -> pl.DataFrame:
    rated_well = pl.col("value").is_between(1, BEST_RATING) | (pl.col("kind") != RATING)
    return pl.DataFrame(events._asdict()).filter(rated_well).join(books, on=BOOK)


def _meetings(known: pl.DataFrame) -> pl.DataFrame:
    strength_by_kind = {
        code: KIND_STRENGTHS[kind] for code, kind in enumerate(KINDS) if code != RATING
    }
    rating = (pl.col("value") * (STRENGTH_UNITS / BEST_RATING)).round().cast(pl.Int64)
    act = pl.col("kind").replace_strict(strength_by_kind, default=0, return_dtype=pl.Int64)
    # Time and rating in one number: its largest is the last rating, of two at once the better.
    dated = pl.when(pl.col("kind") == RATING).then(pl.col("seconds") * DATED_UNITS + rating)
    return (
        known.lazy()
        .select("reader", "book", "seconds", act.alias("act"), dated.alias("dated"))
        .group_by("reader", "book")
        .agg(pl.col("dated").max(), pl.col("act").max(), pl.col("seconds").max())
        .with_columns(
            pl.coalesce(pl.col("dated") % DATED_UNITS, "act").cast(pl.Int32).alias("strength")
        )
        .sort("reader", "seconds", "book", descending=[False, True, False])
        .filter(pl.int_range(pl.len()).over("reader") < EVENTS_A_READER)
        .sort("reader", "book")
        .collect()
    )


def _units(known: pl.DataFrame, books: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    bought = known.filter(pl.col("kind") == PURCHASE)
    units = np.zeros(books, np.int64)
    np.add.at(units, bought["book"].to_numpy(), bought["quantity"].to_numpy())
    return units
