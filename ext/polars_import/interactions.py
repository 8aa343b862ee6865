"""A file of ratings, purchases or views as blocks ready for COPY, its bad rows told apart."""

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from core.catalogue.isbn import BadIsbn, normalise_isbn
from core.importing.books import Rejection
from core.importing.dates import BadDate, parse_instant
from core.importing.interactions import BLOCK_COLUMNS, InteractionBlock
from core.importing.mapping import INTERACTION_FIELDS, KINDS, Mapping
from ext.polars_import.frames import LINE, frames

_LONGEST_ID = 300
_NOTHING = ("null", "none", "nan", "n/a", "\\n")
_CONTROL = r"[\x00-\x1f\x7f]"
_UNREADABLE = "?"


def read_interactions(path: Path, mapping: Mapping) -> Iterator[InteractionBlock]:
    """Every row that is not blank. Raises UnreadableFile, UnknownFormat."""
    for frame, rejections in frames(path, mapping.file):
        fields = _fields(frame, mapping).with_columns(_reason().alias("reason"))
        bad = fields.filter(pl.col("reason").is_not_null())
        good = fields.filter(pl.col("reason").is_null()).select(BLOCK_COLUMNS)
        told = bad.select("line", "reason", pl.concat_str("reader", pl.lit(" "), "book"))
        refused = tuple(Rejection(*row) for row in told.iter_rows())
        yield InteractionBlock(
            csv=good.write_csv(include_header=False).encode(),
            rows=good.height,
            rejections=tuple(sorted(rejections + refused, key=lambda rejection: rejection.line)),
        )


def _fields(frame: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """The frame with our columns, blank rows left out."""
    texts = [_cell(field, mapping, frame.columns) for field in sorted(INTERACTION_FIELDS)]
    cells = frame.select(pl.col(LINE).alias("line"), *texts).filter(
        pl.any_horizontal(pl.col(field) != "" for field in INTERACTION_FIELDS)
    )
    return cells.with_columns(
        _kind(mapping).alias("kind"),
        *(_sourced(field, mapping.id_prefix) for field in ("id", "reader", "book")),
        _known(cells.get_column("isbn"), _isbn),
        _known(cells.get_column("occurred_at"), _moment),
        _number("value", pl.Float32),
        _number("quantity", pl.Int32),
    )


def _cell(field: str, mapping: Mapping, columns: list[str]) -> pl.Expr:
    """The first filled of the field's columns, tidied; "" where there is none."""
    filled = [
        pl.when(~pl.col(column).str.to_lowercase().is_in(_NOTHING))
        .then(pl.col(column).str.replace_all(_CONTROL, "").str.strip_chars())
        .replace("", None)
        for column in mapping.sources(field)
        if column in columns
    ]
    return pl.coalesce(*filled, pl.lit("")).alias(field)


def _sourced(field: str, prefix: str) -> pl.Expr:
    told = pl.col(field)
    return pl.when(told == "").then(told).otherwise(pl.lit(prefix) + told).alias(field)


def _kind(mapping: Mapping) -> pl.Expr:
    told = pl.col("kind").str.to_lowercase()
    named = told.replace({name.lower(): kind for name, kind in mapping.kinds.items()})
    return pl.when(told == "").then(pl.lit(mapping.defaults.kind)).otherwise(named)


def _number(field: str, kind: type[pl.DataType]) -> pl.Expr:
    """Null where the cell is empty, NaN or -1 where it is no number."""
    read = pl.col(field).str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    whole = read if kind is pl.Float32 else pl.when(read == read.round()).then(read)
    wrong = pl.when(pl.col(field) != "").then(pl.lit(-1.0))
    return pl.coalesce(whole, wrong).cast(kind, strict=False).alias(field)


def _known(cells: pl.Series, read: Callable[[str], str]) -> pl.Series:
    """Each distinct text read once."""
    meanings = {text: read(text) for text in cells.unique() if text}
    return cells.replace(meanings) if meanings else cells


def _isbn(text: str) -> str:
    try:
        return normalise_isbn(text)
    except BadIsbn:
        return _UNREADABLE


def _moment(text: str) -> str:
    try:
        return parse_instant(text).isoformat()
    except BadDate:
        return _UNREADABLE


def _reason() -> pl.Expr:
    """Why a row is refused; null for a good one. The first reason that holds counts."""
    value, quantity = pl.col("value"), pl.col("quantity")
    rating = pl.col("kind") == "rating"
    rules = (
        (pl.col("reader") == "", "no reader"),
        ((pl.col("book") == "") & (pl.col("isbn") == ""), "no book"),
        (pl.col("isbn") == _UNREADABLE, "the ISBN of the book cannot be read"),
        (
            pl.max_horizontal(pl.col("id", "reader", "book").str.len_chars()) > _LONGEST_ID,
            f"an id of more than {_LONGEST_ID} characters",
        ),
        (~pl.col("kind").is_in(KINDS), f"the kind is none of {', '.join(KINDS)}"),
        (pl.col("occurred_at") == _UNREADABLE, "the time cannot be read"),
        (rating & value.is_null(), "no rating"),
        (rating & ~value.is_between(1, 5), "the rating is no number from 1 to 5"),
        (quantity < 1, "the quantity is no whole number of at least 1"),
    )
    return pl.coalesce(*(pl.when(broken).then(pl.lit(reason)) for broken, reason in rules))
