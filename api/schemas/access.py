"""Who may ask what, as a page: made from the table of permissions and the table of routes."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

import msgspec

from api.asgi.endpoint import Endpoint
from core.accounts.permissions import ANYBODYS, CALLERS, TABLE, Caller

Credentials = Literal["good", "bad"]
"""bad: expired, forged, or no token at all."""
Stores = Literal["own", "other"]

COMMAND: Final = "bookwheel access > docs/ACCESS.md"
_MARKS: Final = {0: "yes", 401: "401", 403: "403"}


def refusal(
    each: Endpoint, caller: Caller, *, credentials: Credentials = "good", store: Stores = "own"
) -> int:
    """The status that refuses the caller; 0 where the route itself answers.

    store: whether the account belongs to the store that is asked. Routes that everybody may ask
    look at credentials only where the answer is personal, and take those of another store's
    account for nobody's.
    """
    told = each.documented
    open_to_all = told.may in ANYBODYS
    if caller != "anonymous" and credentials == "bad":
        return 401 if told.personal or not open_to_all else 0
    if open_to_all:
        return 0
    if caller == "anonymous":
        return 401
    return 0 if store == "own" and caller in TABLE[told.may].roles else 403


def access_page(endpoints: Iterable[Endpoint]) -> str:
    """Markdown: permissions by role, routes by caller, fields by route."""
    routes = sorted(endpoints, key=lambda each: (path_of(each), each.methods))
    return "\n".join((*_permissions(), "", *_routes(routes), "", *_fields(routes), ""))


def path_of(each: Endpoint) -> str:
    return re.sub(r":\w+\}", "}", each.path)


def _permissions() -> Iterator[str]:
    yield "# Who may do what"
    yield ""
    yield (
        f"Printed by `{COMMAND}`; a test keeps it true, and another asks a real server for every"
        " cell. The table itself is `core/accounts/permissions.py`."
    )
    yield ""
    yield "## Who has which permission?"
    yield ""
    yield f"| permission | to | {' | '.join(CALLERS)} | API key |"
    yield f"|---|---|{'---|' * (len(CALLERS) + 1)}"
    for permission, granted in TABLE.items():
        held = ["yes" if caller in granted.roles else "" for caller in CALLERS]
        key = "may" if granted.delegable else "never"
        yield f"| `{permission}` | {granted.meaning} | {' | '.join(held)} | {key} |"


def _routes(routes: Iterable[Endpoint]) -> Iterator[str]:
    yield "## Which route needs which permission?"
    yield ""
    yield (
        "yes: the route answers; 401 and 403: it is refused before anything is read. Rows of"
        " another reader or another store are never found (404), whoever asks."
    )
    yield ""
    heads = (*CALLERS, "another store's admin", "bad token")
    yield f"| route | permission | {' | '.join(heads)} |"
    yield f"|---|---|{'---|' * len(heads)}"
    for each in routes:
        cells = [refusal(each, caller) for caller in CALLERS]
        cells.append(refusal(each, "admin", store="other"))
        cells.append(refusal(each, "admin", credentials="bad"))
        marks = " | ".join(_MARKS[cell] for cell in cells)
        yield f"| {_named(each)} | `{each.documented.may}` | {marks} |"


def _fields(routes: Iterable[Endpoint]) -> Iterator[str]:
    yield "## Which fields may be written, and which are seen?"
    yield ""
    yield "A field that is not named is refused with 400 where it is sent, and is never answered."
    yield ""
    yield "| route | may be written | are seen |"
    yield "|---|---|---|"
    for each in routes:
        told = each.documented
        written, seen = fields_of(told.body), fields_of(told.answer)
        if told.hidden or not (written or seen):
            continue
        yield f"| {_named(each)} | {', '.join(written)} | {', '.join(seen)} |"


def fields_of(kind: Any) -> list[str]:
    """Names of a JSON object's fields, or of those of the objects in a list."""
    if kind is None:
        return []
    (schema,), components = msgspec.json.schema_components([kind])
    schema = schema.get("items", schema)
    name = schema.get("$ref", "").rpartition("/")[2]
    return list(components.get(name, schema).get("properties", ()))


def _named(each: Endpoint) -> str:
    methods = ", ".join(method for method in each.methods if method != "HEAD")
    return f"`{methods} {path_of(each)}`"
