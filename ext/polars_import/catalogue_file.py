"""One file to import: what is in it, by which mapping, and how much."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from msgspec import Struct
from polars.exceptions import PolarsError

from core.importing.books import ImportedBook, Rejection
from core.importing.interactions import InteractionBlock
from core.importing.mapping import Mapping
from ext.polars_import.books import read_books
from ext.polars_import.files import JSON_LINES, PARQUET, columns_of, suffix_of
from ext.polars_import.interactions import read_interactions
from ext.polars_import.lines import UnreadableFile
from ext.polars_import.mappings import Kind, choose, file_rules


class CatalogueFile(Struct, frozen=True):
    """mapping_name: a preset, the path of a TOML file, or how the mapping came about."""

    path: Path
    mapping_name: str
    mapping: Mapping

    def books(self, currency: str) -> Iterator[ImportedBook | Rejection]:
        """For a mapping of kind books; currency: of the store that they go to."""
        return read_books(self.path, self.mapping, currency)

    def interactions(self) -> Iterator[InteractionBlock]:
        """For a mapping of kind interactions."""
        return read_interactions(self.path, self.mapping)

    def about_rows(self) -> int:
        """How many rows there are at most; a row may have several lines."""
        if suffix_of(self.path) == PARQUET:
            frame = pl.scan_parquet(self.path)
        else:
            frame = pl.scan_csv(
                self.path,
                has_header=False,
                quote_char=None,
                separator="\x00",
                raise_if_empty=False,
                schema={"line": pl.String},
                truncate_ragged_lines=True,
                extra_columns="ignore",
                encoding="utf8-lossy",
            )
        try:
            return int(frame.select(pl.len()).collect().item())
        except (PolarsError, OSError) as error:
            raise UnreadableFile(f"{self.path.name} cannot be read: {error}") from error


def open_catalogue(path: Path, mapping: str = "", kind: Kind | None = None) -> CatalogueFile:
    """Look at a file's columns and choose its mapping; see `mappings.choose`.

    Raises UnknownFormat, UnreadableFile, BadMapping.
    """
    columns = columns_of(path, file_rules(mapping))
    name, chosen = choose(
        mapping, kind, columns, all_columns_known=suffix_of(path) not in JSON_LINES
    )
    return CatalogueFile(path, name, chosen)
