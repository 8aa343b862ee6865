"""Answers that clients may keep and ask about again: tags over the index, 304 before any work."""

from typing import Final
from zlib import crc32

from api.asgi.answer import JSON, PRIVATE, REVALIDATE, VARY, Answer, Empty
from api.asgi.files import matches, strong_tag
from api.asgi.request import Request
from api.services import StoreServices

Documented = tuple[str, str]
IF_NONE_MATCH: Final[Documented] = ("If-None-Match", "an ETag you hold: 304 while it stands")
IF_INDEX_VERSION: Final[Documented] = (
    "If-Index-Version",
    "what a write answered as Index-Version: wait up to 2 s until it can be read",
)
ETAG: Final[Documented] = ("ETag", "names this answer for If-None-Match")
INDEX_VERSION: Final[Documented] = ("Index-Version", "names this write for If-Index-Version")


async def until_seen(request: Request, shop: StoreServices, min_version: str = "") -> None:
    """Wait until the index holds the write that the header or the parameter names.

    Raises Invalid for what is no token, IndexBehind after 2 seconds.
    """
    token = request.header(b"if-index-version") or min_version
    if token:
        await shop.search.wait_for(token)


def index_tag(request: Request, shop: StoreServices, model: str = "") -> bytes:
    """Names an answer before it is made: index, rules and model, the store, the whole question.

    Weak, because an answer tells how long it took.
    """
    version = shop.index.views().snapshot.version
    return _tag(request, shop, version, model)


def search_tag(request: Request, shop: StoreServices, variant: str = "") -> bytes:
    """The same for what `shop.search` answers; b"" where no version is known beforehand.

    variant: names an experiment and what it shows, which others must not be shown.
    """
    version = shop.search.version
    return _tag(request, shop, version, variant) if version else b""


def _tag(request: Request, shop: StoreServices, version: str, model: str = "") -> bytes:
    path, query = request.scope["path"].encode(), request.scope["query_string"]
    parts = shop.store.id.bytes + b"%d " % shop.index.rules().version + model.encode()
    question = crc32(query, crc32(path, crc32(parts)))
    return b'W/"%b-%08x"' % (version.encode(), question)


def unchanged(request: Request, tag: bytes) -> Empty | None:
    """The 304 to send where If-None-Match names the tag; None to go on."""
    asked = request.headers.get(b"if-none-match") if tag else None
    # "*" asks whether there is an answer at all, which is not known before it is made.
    if asked is None or asked == b"*" or not matches(asked, tag):
        return None
    return Empty(304, ((b"etag", tag), REVALIDATE, VARY))


def at_hand(request: Request, tag: bytes) -> Answer | None:
    """The answer of this tag where the client or this worker has it; None to go on."""
    if (same := unchanged(request, tag)) is not None:
        return same
    body = request.services.answers.get((tag, request.scope["query_string"])) if tag else None
    return None if body is None else tagged(body, tag)


def kept(request: Request, tag: bytes, body: bytes) -> Answer:
    """The answer, kept for whoever asks the same next."""
    if tag:
        request.services.answers.keep((tag, request.scope["query_string"]), body)
    return tagged(body, tag)


def tagged(body: bytes, tag: bytes, *headers: tuple[bytes, bytes]) -> Answer:
    """tag: b"" for an answer that has none."""
    if not tag:
        return Answer(body, (JSON, REVALIDATE, VARY, *headers))
    return Answer(body, (JSON, (b"etag", tag), REVALIDATE, VARY, *headers))


def tagged_by_content(
    request: Request, body: bytes, *headers: tuple[bytes, bytes]
) -> Answer | Empty:
    """For what the database answers, where only the answer itself tells whether it changed."""
    tag = b'"%b"' % strong_tag(body)
    return unchanged(request, tag) or tagged(body, tag, *headers)


def private(body: bytes, *headers: tuple[bytes, bytes]) -> Answer:
    """For one reader's eyes: no tag, and no shared cache may keep it."""
    return Answer(body, (JSON, PRIVATE, VARY, *headers))
