"""A review: one reader's stars and words for one book."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from core.kernel.errors import Conflict, Fault, Invalid, NotFound, Stale
from core.kernel.text import fault_in, paragraphs

LONGEST_TEXT = 10_000


class ReviewNotFound(NotFound): ...


class DuplicateReview(Conflict): ...


class ReviewChanged(Stale): ...


class Review(Struct, frozen=True, kw_only=True):
    """reader_name: the reviewer's display name."""

    id: UUID
    book_id: UUID
    reader_id: UUID
    reader_name: str
    rating: int
    text: str = ""
    version: int = 1
    created_at: datetime
    updated_at: datetime


class ReviewDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """rating: 1 to 5 stars."""

    rating: int
    text: str = ""


class ReviewPage(Struct, frozen=True):
    """reviews: one page, newest first; count: of all pages."""

    reviews: tuple[Review, ...]
    count: int


def accepted_review(draft: ReviewDraft) -> ReviewDraft:
    """The review as it will be stored. Raises Invalid with a fault for every rule broken."""
    faults = []
    if not 1 <= draft.rating <= 5:
        faults.append(Fault("/rating", "must be from 1 to 5"))
    text = paragraphs(draft.text)
    if fault := fault_in(text, longest=LONGEST_TEXT):
        faults.append(Fault("/text", fault))
    if faults:
        raise Invalid("the review breaks a rule", faults=tuple(faults))
    return msgspec.structs.replace(draft, text=text)
