"""Static files as bytes in memory: typed, tagged, compressed once."""

import zlib
from base64 import b32encode
from hashlib import blake2b
from pathlib import Path
from typing import Final

from api.asgi.answer import REVALIDATE, Answer, Empty
from api.asgi.types import Header

MEDIA_TYPES: Final[dict[str, bytes]] = {
    ".css": b"text/css; charset=utf-8",
    ".html": b"text/html; charset=utf-8",
    ".ico": b"image/x-icon",
    ".js": b"text/javascript; charset=utf-8",
    ".json": b"application/json",
    ".mjs": b"text/javascript; charset=utf-8",
    ".png": b"image/png",
    ".svg": b"image/svg+xml",
    ".txt": b"text/plain; charset=utf-8",
    ".webmanifest": b"application/manifest+json",
    ".webp": b"image/webp",
    ".woff2": b"font/woff2",
}
_COMPRESSIBLE = (b"text/", b"application/", b"image/svg")
VARY_ENCODING: Final[Header] = (b"vary", b"Accept-Encoding")


class File:
    """One file; the compressed form is kept only where it is smaller."""

    __slots__ = ("_headers", "_packed", "_packed_tag", "_plain", "_tag")

    def __init__(self, content: bytes, media_type: bytes, *headers: Header) -> None:
        digest = strong_tag(content)
        packed = _gzip(content) if media_type.startswith(_COMPRESSIBLE) else content
        self._plain, self._tag = content, b'"%b"' % digest
        self._packed = packed if len(packed) < len(content) else None
        self._packed_tag = b'"%b-gzip"' % digest  # another encoding is another representation
        self._headers = ((b"content-type", media_type), REVALIDATE, VARY_ENCODING, *headers)

    def answer(self, asked: dict[bytes, bytes]) -> Answer:
        """asked: the request's headers. 304 where If-None-Match names what would be sent."""
        packed = self._packed if accepts_gzip(asked.get(b"accept-encoding", b"")) else None
        tag = self._tag if packed is None else self._packed_tag
        headers = (*self._headers, (b"etag", tag))
        if matches(asked.get(b"if-none-match", b""), tag):
            return Empty(304, headers)
        if packed is None:
            return Answer(self._plain, headers)
        return Answer(packed, (*headers, (b"content-encoding", b"gzip")))


def read_folder(folder: Path, *headers: Header) -> dict[str, File]:
    """Every file below folder of a type we know, by its path with forward slashes."""
    return {
        path.relative_to(folder).as_posix(): File(
            path.read_bytes(), MEDIA_TYPES[path.suffix], *headers
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in MEDIA_TYPES
    }


def strong_tag(content: bytes) -> bytes:
    """26 characters that name these bytes."""
    return b32encode(blake2b(content, digest_size=16).digest()).rstrip(b"=").lower()


def matches(if_none_match: bytes, tag: bytes) -> bool:
    """Whether the header names the tag, compared weakly (RFC 9110 §13.1.2)."""
    if not if_none_match:
        return False
    if if_none_match.strip() == b"*":
        return True
    opaque = tag.removeprefix(b"W/")
    return any(
        given.strip().removeprefix(b"W/") == opaque for given in if_none_match.split(b",", 100)
    )


def accepts_gzip(accept_encoding: bytes) -> bool:
    """Whether gzip is named, or any coding is, and not with q=0."""
    for part in accept_encoding.lower().split(b",", 30):
        coding, _, parameters = part.strip().partition(b";")
        if coding.strip() in {b"gzip", b"*"}:
            quality = parameters.replace(b" ", b"").partition(b"q=")[2]
            return not quality or quality.strip(b"0.") != b""
    return False


def _gzip(content: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)  # 31: with gzip's frame
    return packer.compress(content) + packer.flush()
