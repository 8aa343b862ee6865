"""The audit log, for admins."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from api.asgi.answer import NO_STORE, Answer, json_answer
from api.asgi.endpoint import READ, endpoint
from api.asgi.request import Request
from core.audit.entry import Entry
from core.audit.question import AuditQuestion
from core.kernel.errors import Fault, Invalid

PATH: Final = "/api/v1/audit"
_detail = msgspec.json.Decoder(dict[str, Any])


class AuditQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """action: one, or all of a kind: `book` finds `book.create` and the others."""

    action: Annotated[str, Meta(max_length=50)] | None = None
    actor: UUID | None = None
    subject: Annotated[str, Meta(max_length=200)] | None = None
    since: datetime | None = None
    until: datetime | None = None
    size: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(pattern=r"^\d{1,18}$")] | None = None


class AuditEntry(Struct, frozen=True, kw_only=True):
    """via: session, key, nobody or process; credential: the session or the API key.

    seal: hex of the SHA-256 over the seal before and all that is told here.
    """

    seq: int
    at: datetime
    action: str
    subject: str
    via: str
    actor: UUID | None
    role: str
    credential: UUID | None
    request_id: str
    detail: dict[str, Any]
    seal: str


class AuditList(Struct, frozen=True, kw_only=True):
    """next_cursor: null at the end."""

    results: tuple[AuditEntry, ...]
    next_cursor: str | None


@endpoint(
    READ,
    PATH,
    tag="audit",
    may="audit:read",
    query=AuditQuery,
    answer=AuditList,
    problems=(400, 401, 403, 404, 503),
)
async def listed(request: Request) -> Answer:
    """Who did what in this store, newest first."""
    shop = request.store()
    asked = request.query(AuditQuery)
    for name, value in (("since", asked.since), ("until", asked.until)):
        if value is not None and value.tzinfo is None:
            raise Invalid(f"cannot read {name}", faults=(Fault(name, "names no zone"),))
    found = await shop.audit.page(
        shop.store.id,
        AuditQuestion(
            action=asked.action,
            actor=asked.actor,
            subject=asked.subject,
            since=asked.since,
            until=asked.until,
            before=int(asked.cursor) if asked.cursor else None,
            size=asked.size + 1,
        ),
    )
    shown, more = found[: asked.size], len(found) > asked.size
    cursor = str(shown[-1].seq) if more else None
    return json_answer(AuditList(results=tuple(map(_told, shown)), next_cursor=cursor), NO_STORE)


def _told(entry: Entry) -> AuditEntry:
    return AuditEntry(
        seq=entry.seq,
        at=entry.at,
        action=entry.action,
        subject=entry.subject,
        via=entry.actor.via,
        actor=entry.actor.id,
        role=entry.actor.role,
        credential=entry.actor.credential,
        request_id=entry.actor.request_id,
        detail=_detail.decode(entry.detail),
        seal=entry.digest.hex(),
    )


ENDPOINTS = (listed.called("audit.listed"),)
