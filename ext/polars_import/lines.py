"""The lines of a text file, unpacked and decoded; Polars does the reading."""

import codecs
import gzip
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from core.kernel.errors import Invalid

_BATCH_LINES = 20_000
_BLOCK_BYTES = 1 << 20
_FALLBACK = "cp1252"


class UnreadableFile(Invalid): ...


def text_lines(path: Path, encoding: str = "") -> Iterator[str]:
    """Each line without its end; see `line_batches`."""
    for batch in line_batches(path, encoding):
        yield from batch


def line_batches(path: Path, encoding: str = "") -> Iterator[pl.Series]:
    """The lines, some thousands at a time. encoding: "" tries UTF-8, then Windows-1252.

    Raises UnreadableFile for what cannot be unpacked or decoded.
    """
    with _as_utf8(path, encoding) as source:
        # NUL separates no columns of any text file, so that a line is one column.
        frame = pl.scan_csv(
            source,
            has_header=False,
            separator="\x00",
            quote_char=None,
            schema={"line": pl.String},
            empty_string_is_null=False,
            truncate_ragged_lines=True,
            extra_columns="ignore",
            raise_if_empty=False,
        )
        try:
            for batch in frame.collect_batches(chunk_size=_BATCH_LINES, maintain_order=True):
                yield batch.get_column("line")
        except (PolarsError, OSError) as error:
            raise UnreadableFile(f"{path.name} cannot be read: {error}") from error


@contextmanager
def _as_utf8(path: Path, encoding: str) -> Iterator[Path]:
    """The file itself where it is UTF-8, else a copy of it that is; gone afterwards."""
    found = _encoding_of(path, encoding)
    if found in ("utf-8", "ascii"):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "as-utf-8.csv"
        try:
            with copy.open("w", encoding="utf-8", newline="") as target:
                for block in _decoded(path, found):
                    target.write(block)
        except (UnicodeDecodeError, LookupError) as error:
            raise UnreadableFile(f"{path.name} is not in {found}: {error}") from error
        yield copy


def _encoding_of(path: Path, encoding: str) -> str:
    if encoding:
        try:
            return codecs.lookup(encoding).name
        except LookupError:
            raise UnreadableFile(f"no encoding is called {encoding!r}") from None
    with _opened(path) as stream:
        start = stream.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        for _ in _decoded(path, "utf-8"):
            pass
    except UnicodeDecodeError:
        return _FALLBACK
    return "utf-8"


def _decoded(path: Path, encoding: str) -> Iterator[str]:
    # The five bytes that Windows-1252 leaves undefined must not stop a whole catalogue.
    errors = "replace" if encoding == _FALLBACK else "strict"
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    with _opened(path) as stream:
        while block := stream.read(_BLOCK_BYTES):
            yield decoder.decode(block)
        yield decoder.decode(b"", final=True)


@contextmanager
def _opened(path: Path) -> Iterator[gzip.GzipFile]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as stream:
            yield stream  # type: ignore[misc]  # both read bytes
    except (OSError, EOFError) as error:
        raise UnreadableFile(f"{path.name} cannot be read: {error}") from error
