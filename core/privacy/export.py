"""What a reader gets who asks for everything that is known of them."""

import csv
import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from core.kernel.errors import Conflict, NotFound

Rows = Sequence[Mapping[str, Any]]
JOB: Final = "privacy.export"
_README: Final = """\
Everything that this store keeps about you, as of {made_at:%Y-%m-%d %H:%M} UTC.

Each part comes twice: as JSON for programs, as CSV (UTF-8, with a header line) for spreadsheets.
In CSV an apostrophe stands before text that a spreadsheet would take for a formula.

{parts}
Passwords and tokens are kept as digests that nobody can read, and are not part of this.
"""


class ExportMissing(NotFound): ...


class ExportUnfinished(Conflict): ...


class Export(Struct, frozen=True, kw_only=True):
    """state: ready means that it can be fetched, until expires_at. size: in bytes."""

    state: Literal["waiting", "ready", "failed"]
    requested_at: datetime
    made_at: datetime | None = None
    expires_at: datetime | None = None
    size: int | None = None


def archive(parts: Mapping[str, Rows], *, made_at: datetime) -> bytes:
    """A zip with a JSON and a CSV file for each part, and a page that says what they are."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        listed = "".join(f"- {name}: {len(rows):,} rows\n" for name, rows in parts.items())
        made.writestr("README.txt", _README.format(made_at=made_at, parts=listed))
        for name, rows in parts.items():
            encoded = msgspec.json.format(msgspec.json.encode(list(rows)), indent=2)
            made.writestr(f"{name}.json", encoded)
            made.writestr(f"{name}.csv", table(rows))
    return content.getvalue()


def table(rows: Rows) -> str:
    """CSV by RFC 4180; no cell begins as a formula does (ASVS v5.0.0 1.2.10)."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
    return msgspec.json.encode(value).decode().strip('"')
