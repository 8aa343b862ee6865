"""The storefront page and its files, held in memory with their tags."""

from functools import cache
from pathlib import Path
from typing import Final

from api.asgi.answer import Answer
from api.asgi.endpoint import READ, endpoint
from api.asgi.files import File, read_folder
from api.asgi.protection import page_policy
from api.asgi.request import Request
from core.kernel.errors import NotFound

FOLDER: Final = Path(__file__).parents[1] / "pages" / "static"
POLICY: Final = page_policy(b"img-src 'self' data:")


@cache
def page_files() -> dict[str, File]:
    return read_folder(FOLDER, *POLICY)


@endpoint(READ, "/", tag="pages", may="pages:read", hidden=True)
async def front_page(request: Request) -> Answer:
    """The storefront."""
    return _file("index.html", request)


@endpoint(READ, "/sign-in/back", tag="pages", may="pages:read", hidden=True)
async def signed_in_elsewhere(request: Request) -> Answer:
    """The storefront, to which other providers send readers back."""
    return _file("index.html", request)


@endpoint(READ, "/staff", tag="pages", may="pages:read", hidden=True)
async def staff_page(request: Request) -> Answer:
    """Behind the counter: why search answers as it does, and how to change it."""
    return _file("staff.html", request)


@endpoint(READ, "/staff/experiments", tag="pages", may="pages:read", hidden=True)
async def experiments_page(request: Request) -> Answer:
    """Behind the counter: what is tried on readers, and what comes of it."""
    return _file("staff.html", request)


@endpoint(READ, "/outbox", tag="pages", may="pages:read", hidden=True)
async def outbox_page(request: Request) -> Answer:
    """The letters of the demo; there is no such page elsewhere."""
    if not request.services.settings.demo:
        raise NotFound("this is no demo", remedy="`bookwheel demo` makes one")
    return _file("outbox.html", request)


@endpoint(READ, "/assets/{path:path}", tag="pages", may="pages:read", hidden=True)
async def asset(request: Request) -> Answer:
    """A script, style or picture of the storefront."""
    return _file(request.path_value("path").lstrip("/"), request)


@endpoint(READ, "/favicon.ico", tag="pages", may="pages:read", hidden=True)
async def favicon(request: Request) -> Answer:
    """The icon that browsers ask for unasked."""
    return _file("favicon.svg", request)


def _file(name: str, request: Request) -> Answer:
    file = page_files().get(name)
    if file is None:
        raise NotFound(f"there is no file {name[:100]!r}")
    return file.answer(request.headers)


ENDPOINTS = (
    front_page,
    signed_in_elsewhere,
    staff_page,
    experiments_page,
    outbox_page,
    asset,
    favicon,
)
