"""What routes ask of the keepers of synonyms and rules."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar
from uuid import UUID

from msgspec import Struct

from core.search.rules import Rule, RuleDraft, RulePage, SynonymDraft, SynonymSet
from core.stores.store import Store

Draft_contra = TypeVar("Draft_contra", contravariant=True)
Entry = TypeVar("Entry")


class Rows(Protocol[Draft_contra, Entry]):
    """Staff's writes; raises as the errors of `core.search.rules` say."""

    async def page(self, store: Store, *, page: int, size: int) -> RulePage[Entry]: ...
    async def get(self, store: Store, entry_id: UUID) -> Entry: ...
    async def create(self, store: Store, draft: Draft_contra) -> Entry: ...
    async def replace(
        self, store: Store, entry_id: UUID, draft: Draft_contra, version: int
    ) -> Entry: ...
    async def delete(self, store: Store, entry_id: UUID, version: int) -> None: ...


class Merchandising(Struct, frozen=True):
    """refresh: looks for changed rules now, for staff who want to see what they wrote.

    title_and_status: of a book, hidden ones too; raises BookNotFound.
    """

    synonyms: Rows[SynonymDraft, SynonymSet]
    rules: Rows[RuleDraft, Rule]
    refresh: Callable[[], Awaitable[object]]
    title_and_status: Callable[[Store, UUID], Awaitable[tuple[str, str]]]
