"""What a generation was built from and the checksums that prove it is still so."""

import hashlib
from pathlib import Path

import msgspec
from msgspec import Struct

from core.search.analysis import terms_of
from core.search.forms import VERSION
from core.search.popularity import Opinion
from core.search.snapshot import IndexUnavailable
from ext.tantivy_search.layout import FORMAT, MANIFEST, TANTIVY
from ext.tantivy_search.segments import verify_commit

_CHUNK = 1 << 20


class Checked(Struct, frozen=True):
    """length: the bytes at the file's start that sha256 speaks of; the rest may change."""

    length: int
    sha256: str


class Manifest(Struct, frozen=True):
    """rows: base rows; capacity: rows there is room for; names: built names by vocabulary.

    analysis: fingerprint of the analysis that made the terms: queries made by another one would
    miss them. opinion: what popularity is measured against until the next generation.
    """

    format: int
    analysis: str
    rows: int
    capacity: int
    names: dict[str, int]
    opinion: Opinion
    files: dict[str, Checked]


def analysis_version() -> str:
    """Changes whenever the analysis treats one of these texts differently."""
    probes = "L'Étranger|J. R. R. Tolkien's|Straße 978-0-439 naïve_Ⅻ|Война и мир|O’Brien ﬁn ™"
    return hashlib.sha256(repr((VERSION, terms_of(probes))).encode()).hexdigest()[:16]


def write(folder: Path, manifest: Manifest) -> None:
    (folder / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest)))


def read(folder: Path) -> Manifest:
    """Raises IndexUnavailable for a manifest that is missing, broken or of another format."""
    path = folder / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise _refused(path, str(error)) from error
    if manifest.format != FORMAT:
        raise _refused(path, f"format {manifest.format}, this program reads format {FORMAT}")
    if manifest.analysis != analysis_version():
        raise _refused(path, "built by another version of the text analysis")
    return manifest


def checksum(path: Path, length: int | None = None) -> Checked:
    """SHA-256 of the first length bytes, of all by default."""
    digest, read = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK if length is None else min(_CHUNK, length - read)):
            digest.update(chunk)
            read += len(chunk)
    return Checked(read, digest.hexdigest())


def verify(folder: Path, manifest: Manifest) -> None:
    """Raises IndexUnavailable if a file is missing, short, or not what was written.

    Tantivy replaces its files as it merges: those that are gone were merged away, those that
    came later carry a checksum of their own.
    """
    for name, expected in manifest.files.items():
        path = folder / name
        try:
            found = checksum(path, expected.length)
        except OSError as error:
            if name.startswith(f"{TANTIVY}/"):
                continue
            raise _refused(path, str(error)) from error
        if found != expected:
            raise _refused(path, "the checksum differs from the manifest's")
    engine = f"{TANTIVY}/"
    verify_commit(
        folder / TANTIVY,
        {name.removeprefix(engine) for name in manifest.files if name.startswith(engine)},
    )


def _refused(path: Path, reason: str) -> IndexUnavailable:
    return IndexUnavailable(f"{path}: {reason}", remedy="run `bookwheel index rebuild`")
