"""What may be asked of the audit log."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct


class AuditQuestion(Struct, frozen=True, kw_only=True):
    """action: one, or all of a kind, as "book". before: entries with lower numbers than this.

    since and until: from and up to, the second not included.
    """

    action: str | None = None
    actor: UUID | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    size: int = 50
