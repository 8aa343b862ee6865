"""Row versions as ETags: what a change must name in If-Match."""

import re
from typing import Any, Final

from api.asgi.answer import JSON, NO_STORE, Answer, encode
from api.asgi.request import Request
from api.asgi.types import Header
from api.problems import PreconditionRequired
from core.kernel.errors import Stale

IF_MATCH: Final = ("If-Match", "the ETag of the version that you change")
_TAG: Final = re.compile(r'\s*(?:W/)?"(\d{1,9})"\s*')


def version_tag(version: int) -> bytes:
    """The ETag of a row's version."""
    return b'"%d"' % version


def expected_version(request: Request, stale: type[Stale]) -> int:
    """The row version that If-Match names.

    Raises PreconditionRequired without the header and for `*`, which would overwrite what nobody
    has read; `stale` for what no version can match.
    """
    given = request.header(b"if-match").strip()
    if given in {"", "*"}:
        raise PreconditionRequired(
            "a change needs an ETag in If-Match", remedy="send the ETag you last read"
        )
    if not (found := _TAG.fullmatch(given)):
        raise stale(f"{given[:100]!r} is no version of this", remedy="read its ETag again")
    return int(found[1])


def written(value: Any, version: int, token: str, *headers: Header, status: int = 200) -> Answer:
    """The answer to a write: the thing as it is now, its ETag, and the token to read it by."""
    tag, index = (b"etag", version_tag(version)), (b"index-version", token.encode())
    return Answer(encode(value), (JSON, NO_STORE, tag, index, *headers), status)
