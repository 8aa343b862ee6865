"""A request's body: bounded in size and time, decoded straight into its type."""

import asyncio
import re
from typing import TypeVar

import msgspec

from api.asgi.types import Receive
from api.problems import BadJson, BodyTooSlow, ContentTooLarge, UnsupportedMedia
from core.kernel.errors import BookwheelError, Fault, Invalid

LARGEST_BYTES = 1_000_000
SLOWEST_SECONDS = 15.0

T = TypeVar("T")
_STEPS = re.compile(r"\.([^.\[`]+)|\[(\d+|\.\.\.)\]")


async def read_body(
    receive: Receive, headers: dict[bytes, bytes], seconds: float = SLOWEST_SECONDS
) -> bytes:
    """Read the whole body.

    Raises ContentTooLarge past 1 MB, BodyTooSlow when it takes longer or the client leaves,
    UnsupportedMedia for one that is compressed: nothing is unpacked, so nothing can swell.
    """
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise UnsupportedMedia("the body is compressed", remedy="send it without Content-Encoding")
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and (len(declared) > 12 or int(declared) > LARGEST_BYTES):
        raise _too_large()
    try:
        async with asyncio.timeout(seconds):
            return await _joined(receive)
    except TimeoutError:
        raise BodyTooSlow(f"the body took longer than {seconds:g} s") from None


async def _joined(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyTooSlow("the client left before the body ended")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > LARGEST_BYTES:
            raise _too_large()
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def check_media_type(headers: dict[bytes, bytes], *accepted: bytes) -> None:
    """Raises UnsupportedMedia unless the body is declared as one of `accepted`."""
    media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if media_type not in accepted:
        raise UnsupportedMedia(
            f"the body is declared as {media_type.decode('ascii', 'replace') or 'nothing'}",
            remedy=f"send Content-Type: {accepted[0].decode()}",
        )


def decode_json(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Raises Invalid with a JSON Pointer for a broken rule, BadJson for what is no JSON."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        raise invalid_from(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadJson(str(error)) from None
    except RecursionError:
        raise BadJson("nested too deeply") from None


def invalid_from(error: msgspec.ValidationError) -> BookwheelError:
    """msgspec's "… - at `$.authors[0].name`" as the pointer /authors/0/name."""
    message, _, path = str(error).partition(" - at `$")
    return Invalid(message, faults=(Fault(pointer_of(path.rstrip("`")), message),))


def pointer_of(path: str) -> str:
    """ ".price.amount_minor" → "/price/amount_minor"; the name of an unknown key is not known."""
    steps = (name or index for name, index in _STEPS.findall(path))
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def _too_large() -> ContentTooLarge:
    return ContentTooLarge(f"the body has more than {LARGEST_BYTES:,} bytes", remedy="send less")
