"""The OpenAPI 3.1 document, made from the declarations that the routes are made from."""

import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final

import msgspec
from msgspec import Struct

from api.asgi.endpoint import Endpoint
from api.asgi.limits import rule_of
from api.problems import Problem
from core.accounts.permissions import ANYBODYS, TABLE, Permission

_REF: Final = "#/components/schemas/{name}"
_PATH_PARAMETER: Final = re.compile(r"\{(\w+):(\w+)\}")
_SECURITY: Final = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token of POST /api/v1/auth/login.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-bookwheel-access",
        "description": "Set by POST /api/v1/auth/login under X-Session: cookie; changes need"
        " X-CSRF-Token.",
    },
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "An API key of POST /api/v1/api-keys; as a bearer token it is as good.",
    },
}
_STORE_HEADER: Final = {
    "name": "X-Store",
    "in": "header",
    "required": False,
    "description": "The store's slug, where several are served and the host names none.",
    "schema": {"type": "string"},
}
# A head that is too large, and what nobody foresaw.
_ANYWHERE: Final = (431, 500)
# What the types cannot say of parameters.
_PATTERNS: Final = {
    "price_min": r"^\d+(\.\d+)?$",
    "price_max": r"^\d+(\.\d+)?$",
    "min_version": r"^\d*$",
}
_TAGS: Final = (
    ("search", "Full-text search with facets, suggestions, similar texts."),
    ("catalogue", "Books and what they are filed under."),
    ("recommendations", "For a reader, beside a book, in a window of time."),
    ("reviews", "What readers say."),
    ("events", "What visitors do."),
    ("experiments", "What is tried on readers, and what comes of it."),
    ("accounts", "Sign-up, sign-in, tokens."),
    ("audit", "Who did what."),
    ("privacy", "One's own data: export, consent, erasure."),
    ("operations", "Probes and metrics."),
    ("problems", "What an answer of application/problem+json means."),
)


def openapi_document(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """endpoints: all of them; hidden ones are left out."""
    shown = [each for each in endpoints if not each.documented.hidden]
    components = _Components(shown)
    paths: dict[str, dict[str, Any]] = {}
    for each in shown:
        item = paths.setdefault(_PATH_PARAMETER.sub(r"{\1}", each.path), {})
        for method in each.methods:
            if method != "HEAD":  # as GET, without the body: RFC 9110 §9.3.2
                item[method.lower()] = _operation(each, method, components)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "Bookwheel",
            "version": version("bookwheel"),
            "summary": "A bookstore's back end in one process.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS],
        "paths": paths,
        "components": {"schemas": components.schemas, "securitySchemes": _SECURITY},
    }


class _Components:
    """JSON Schemas of every type that a declaration names, by reference."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        types = [Problem]
        for each in endpoints:
            types += [kind for kind in (each.documented.body, each.documented.answer) if kind]
        made, self.schemas = msgspec.json.schema_components(types, ref_template=_REF)
        self._by_type = dict(zip(map(repr, types), made, strict=True))

    def of(self, kind: Any) -> dict[str, Any]:
        return self._by_type[repr(kind)]


def _operation(each: Endpoint, method: str, components: _Components) -> dict[str, Any]:
    told = each.documented
    summary, _, description = (each.run.__doc__ or "").strip().partition("\n")
    operation: dict[str, Any] = {
        "operationId": each.name if method in {"GET", each.methods[0]} else f"{each.name}.{method}",
        "tags": [told.tag],
        "summary": summary.rstrip("."),
        "parameters": list(_parameters(each)),
        "responses": _responses(each, components),
    }
    if text := " ".join(description.split()):
        operation["description"] = text
    if told.body is not None:
        schema = components.of(told.body)
        content = {media: {"schema": schema} for media in told.body_media}
        operation["requestBody"] = {"required": True, "content": content}
    if told.may not in ANYBODYS:
        operation["security"] = [{scheme: [told.may]} for scheme in _schemes(told.may)]
    elif told.personal:
        operation["security"] = [{}, {"token": []}, {"cookie": []}, {"key": []}]
    return operation


def _schemes(permission: Permission) -> tuple[str, ...]:
    return ("token", "cookie", "key") if TABLE[permission].delegable else ("token", "cookie")


def _parameters(each: Endpoint) -> Iterator[dict[str, Any]]:
    for name, _ in _PATH_PARAMETER.findall(each.path):
        form = {"type": "string", "format": "uuid"} if name.endswith("id") else {"type": "string"}
        yield {"name": name, "in": "path", "required": True, "schema": form}
    if each.documented.query is not None:
        yield from _query_parameters(each.documented.query)
    for name, meaning in each.documented.request_headers:
        yield {
            "name": name,
            "in": "header",
            "required": name == "If-Match",
            "description": meaning,
            "schema": {"type": "string"},
        }
    if each.path.startswith("/api/v1"):
        yield _STORE_HEADER


def _query_parameters(kind: type[Struct]) -> Iterator[dict[str, Any]]:
    """One parameter a field; lists repeat the name, but for `facets`, which takes commas."""
    (_,), schemas = msgspec.json.schema_components([kind], ref_template=_REF)
    form = schemas[kind.__name__]
    for name, schema in form["properties"].items():
        parameter = {
            "name": name,
            "in": "query",
            "required": name in form.get("required", ()),
            "schema": schema,
        }
        if name in _PATTERNS:
            parameter["schema"] = {"type": "string", "pattern": _PATTERNS[name]}
        if schema.get("type") == "array":
            parameter |= {"style": "form", "explode": name != "facets"}
        yield parameter


def _responses(each: Endpoint, components: _Components) -> dict[str, Any]:
    told = each.documented
    success: dict[str, Any] = {"description": HTTPStatus(told.status).phrase}
    if told.answer is not None:
        success["content"] = {told.answer_media: {"schema": components.of(told.answer)}}
    if told.answer_headers:
        success["headers"] = {
            name: {"description": meaning, "schema": {"type": "string"}}
            for name, meaning in told.answer_headers
        }
    responses = {str(told.status): success}
    problem = {"application/problem+json": {"schema": components.of(Problem)}}
    counted = (429,) if rule_of(each.name, told.tag, each.methods) else ()
    for status in sorted({*told.problems, *_ANYWHERE, *counted}):
        responses[str(status)] = {"description": HTTPStatus(status).phrase, "content": problem}
    if any(name == "If-None-Match" for name, _ in told.request_headers):
        responses["304"] = {"description": "Not Modified"}
    return responses
