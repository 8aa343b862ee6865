"""Interactions of any CSV or Parquet file as arrays to evaluate on; nothing is stored."""

import zlib
from pathlib import Path

import numpy as np
import polars as pl
from msgspec import Struct
from numpy.typing import NDArray

from core.kernel.errors import Invalid
from core.recommendations.interactions import KIND_STRENGTHS, STRENGTH_UNITS, Interactions

COLUMNS = {
    "reader": ("user_id", "reader_id", "reader", "user"),
    "book": ("item_id", "book_id", "book", "item"),
    "value": ("rating", "value", "stars"),
    "kind": ("event", "kind", "type"),
    "seconds": ("timestamp", "occurred_at", "time", "seconds"),
}


KINDS = {
    "view": "book_view",
    "book_view": "book_view",
    "search_click": "search_click",
    "addtocart": "add_to_cart",
    "add_to_cart": "add_to_cart",
    "transaction": "purchase",
    "purchase": "purchase",
}
"""What files call an act, and what the shop does; others count as purchases do."""


class BadInteractions(Invalid): ...


class InteractionFile(Struct, frozen=True, eq=False):
    """books: by ordinal, as the file calls them. values: (n,) ratings, NaN where there is none.
    target: (n,) bool, acts of the kind to be guessed. by_checksum: (n,) bool, the held-out fifth
    of the crc32 split."""

    books: list[str]
    acts: Interactions
    values: NDArray[np.float32]
    target: NDArray[np.bool_]
    by_checksum: NDArray[np.bool_]


def read_interaction_file(path: Path, *, history: str = "", target: str = "") -> InteractionFile:
    """history, target: kinds to learn from and to guess; without them every row is both.

    A pair of reader and book counts once: its newest row, of the history rather than the target.
    Without a rating it weighs what the strongest act of those rows does in the shop. Raises
    BadInteractions.
    """
    rows = _rows(path)
    if history or target:
        if "kind" not in rows.columns:
            raise BadInteractions(f"{path} has no column of kinds", remedy="leave --target out")
        rows = rows.filter(pl.col("kind").is_in([history, target]))
    wanted = (pl.col("kind") == target) if target else pl.lit(value=False)
    rows = (
        rows.with_columns(wanted.alias("target"), _act(rows).alias("act"))
        .with_columns(pl.col("act").max().over("reader", "book"))
        .sort("target", "seconds", descending=[False, True], maintain_order=True)
        .unique(["reader", "book"], keep="first", maintain_order=True)
    )
    if not len(rows):
        raise BadInteractions(f"{path} has no row to learn from")
    reader = np.unique(rows["reader"].to_numpy(), return_inverse=True)[1]
    books, book = np.unique(rows["book"].to_numpy(), return_inverse=True)
    values = rows["value"].cast(pl.Float32).to_numpy()
    scale = 5.0 if np.nanmax(values, initial=0) <= 5 else 10.0
    strength = np.where(np.isnan(values), rows["act"], np.rint(values / scale * STRENGTH_UNITS))
    pairs = zip(rows["reader"].to_list(), rows["book"].to_list(), strict=True)
    return InteractionFile(
        books=books.tolist(),
        acts=Interactions(
            reader.astype(np.int32),
            book.astype(np.int32),
            np.maximum(strength, 1).astype(np.int32),
            rows["seconds"].to_numpy(),
        ),
        values=values,
        target=rows["target"].to_numpy(),
        by_checksum=np.array([zlib.crc32(f"{a}|{b}".encode()) % 5 == 0 for a, b in pairs]),
    )


def _rows(path: Path) -> pl.DataFrame:
    try:
        parquet = path.suffix == ".parquet"
        table = pl.read_parquet(path) if parquet else pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise BadInteractions(f"{path} cannot be read: {error}") from error
    named = {}
    for ours, theirs in COLUMNS.items():
        if found := [name for name in theirs if name in table.columns]:
            named[ours] = pl.col(found[0]).cast(pl.String).alias(ours)
    for ours in ("reader", "book"):
        if ours not in named:
            raise BadInteractions(
                f"{path} has none of the columns {', '.join(COLUMNS[ours])}",
                remedy="rename the column",
            )
    rows = table.select(named.values())
    value = pl.col("value").cast(pl.Float64, strict=False) if "value" in named else pl.lit(None)
    return rows.with_columns(value.fill_null(float("nan")).alias("value"), _seconds(rows))


def _act(rows: pl.DataFrame) -> pl.Expr:
    """The strength of each row's kind, that of liking where there is none."""
    if "kind" not in rows.columns:
        return pl.lit(STRENGTH_UNITS, pl.Int32)
    strengths = {name: KIND_STRENGTHS[kind] for name, kind in KINDS.items()}
    return pl.col("kind").replace_strict(
        strengths, default=KIND_STRENGTHS["purchase"], return_dtype=pl.Int32
    )


def _seconds(rows: pl.DataFrame) -> pl.Expr:
    if "seconds" not in rows.columns:
        return pl.lit(0, pl.Int64).alias("seconds")
    told = pl.col("seconds")
    dated = told.str.to_datetime(strict=False, time_zone="UTC").dt.epoch("s")
    return pl.coalesce(told.cast(pl.Int64, strict=False), dated, pl.lit(0)).alias("seconds")
