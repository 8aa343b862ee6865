"""OpenAPI and two pages that show it; their scripts come from an installed package, no CDN."""

import asyncio
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

from api.asgi.answer import Answer
from api.asgi.endpoint import READ, Endpoint, endpoint
from api.asgi.files import File
from api.asgi.protection import page_policy
from api.asgi.request import Request
from api.schemas.openapi import openapi_document
from core.kernel.errors import NotFound

_JS, _CSS, _HTML = (
    b"text/javascript; charset=utf-8",
    b"text/css; charset=utf-8",
    b"text/html; charset=utf-8",
)
# Redoc adds an empty style element, which this is the hash of, and fills it by CSSOM.
_EMPTY: Final = b"'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
_POLICY: Final = page_policy(
    b"style-src 'self' " + _EMPTY,
    b"img-src 'self' data: blob:",
    b"font-src 'self' data:",
    b"worker-src 'self' blob:",
)
_PACKAGED: Final = {
    "swagger-ui.js": ("swagger_bundle.js", _JS),
    "swagger-ui-preset.js": ("swagger_preset.js", _JS),
    "swagger-ui.css": ("swagger_style.css", _CSS),
    "redoc.js": ("redoc.js", _JS),
}
_REDOC_NAME: Final = (
    b"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='40' height='14'%3E"
    b"%3Ctext y='11' font-family='sans-serif' font-size='12'%3ERedoc%3C/text%3E%3C/svg%3E"
)
# Redoc asks its maker's hosts for a logo and icons, and would report on its use.
_ELSEWHERE: Final = (
    (b"https://cdn.redoc.ly/redoc/logo-mini-full.svg", _REDOC_NAME),
    (b"https://cdn.redoc.ly/redoc/logo-mini.svg", _REDOC_NAME),
    (b"https://cdn.redocly.com/", b"/api/docs/files/"),
    (b"https://otel.cloud.redocly.com/", b"/api/docs/files/"),
)
_WRITTEN: Final = {
    "page.css": b"body { margin: 0 }\n",
    "swagger-start.js": b"""window.addEventListener("load", () => {
  window.ui = SwaggerUIBundle({
    url: "/api/schema/",
    dom_id: "#swagger-ui",
    deepLinking: true,
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
    layout: "BaseLayout",
  });
});
""",
}
_SWAGGER: Final = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bookwheel: API</title>
<link rel="stylesheet" href="/api/docs/files/page.css">
<link rel="icon" href="/favicon.ico">
<link rel="stylesheet" href="/api/docs/files/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/api/docs/files/swagger-ui.js"></script>
<script src="/api/docs/files/swagger-ui-preset.js"></script>
<script src="/api/docs/files/swagger-start.js"></script>
</body>
</html>
"""
_REDOC: Final = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bookwheel: API reference</title>
<link rel="stylesheet" href="/api/docs/files/page.css">
<link rel="icon" href="/favicon.ico">
</head>
<body>
<redoc spec-url="/api/schema/" disable-telemetry="true"></redoc>
<script type="module" src="/api/docs/files/redoc.js"></script>
</body>
</html>
"""


def schema_of(endpoints: Iterable[Endpoint]) -> Endpoint:
    """The route that tells of these endpoints; the document is made when first asked for."""

    @cache
    def document() -> File:
        return File(msgspec.json.encode(openapi_document(endpoints)), b"application/json")

    @endpoint(READ, "/api/schema", tag="docs", may="docs:read", hidden=True)
    async def schema(request: Request) -> Answer:
        """The OpenAPI 3.1 document."""
        return document().answer(request.headers)

    return schema


@endpoint(READ, "/api/docs", tag="docs", may="docs:read", hidden=True)
async def swagger(request: Request) -> Answer:
    """Swagger UI."""
    return _page(_SWAGGER).answer(request.headers)


@endpoint(READ, "/api/redoc", tag="docs", may="docs:read", hidden=True)
async def redoc(request: Request) -> Answer:
    """Redoc."""
    return _page(_REDOC).answer(request.headers)


@endpoint(READ, "/api/docs/files/{name:str}", tag="docs", may="docs:read", hidden=True)
async def docs_file(request: Request) -> Answer:
    """A script or style of the two pages, read and compressed when first asked for."""
    name = request.path_value("name")
    if name not in _PACKAGED and name not in _WRITTEN:
        raise NotFound(f"there is no file {name[:100]!r}")
    file = await asyncio.to_thread(_file, name)
    return file.answer(request.headers)


@cache
def _page(content: bytes) -> File:
    return File(content, _HTML, *_POLICY)


@cache
def _file(name: str) -> File:
    if name in _WRITTEN:
        return File(_WRITTEN[name], _CSS if name.endswith(".css") else _JS)
    packaged, media_type = _PACKAGED[name]
    content = (_package_folder() / packaged).read_bytes()
    for theirs, ours in _ELSEWHERE:
        content = content.replace(theirs, ours)
    return File(content, media_type)


def _package_folder() -> Path:
    # Found, not imported: importing offapi builds three pages of several megabytes each.
    spec = find_spec("offapi")
    if spec is None or spec.origin is None:
        raise NotFound("the package offapi is not installed", remedy="pip install offapi")
    return Path(spec.origin).parent


ENDPOINTS = (swagger, redoc, docs_file)
