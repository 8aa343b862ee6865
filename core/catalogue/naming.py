"""Authors, categories, publishers and series as staff keep them."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from core.kernel.errors import Conflict, NotFound, Stale


class NameNotFound(NotFound): ...


class DuplicateName(Conflict): ...


class NameChanged(Stale): ...


class NameInUse(Conflict): ...


class NamedEntry(Struct, frozen=True, kw_only=True):
    """book_count: books that are not hidden."""

    id: UUID
    name: str
    book_count: int = 0
    version: int = 1
    created_at: datetime
    updated_at: datetime


class NamePage(Struct, frozen=True):
    """entries: one page in order of name; count: of all pages."""

    entries: tuple[NamedEntry, ...]
    count: int
