"""One event as a page tells it, and the rules it must keep."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from core.kernel.errors import Fault, Invalid

Kind = Literal[
    "book_view", "search", "search_click", "add_to_cart", "purchase", "review", "page_view"
]
ABOUT_BOOKS = frozenset({"book_view", "search_click", "add_to_cart", "purchase", "review"})
WITH_CONSENT = frozenset({"page_view", "search"})
"""Kinds that serve statistics alone: kept only of visitors who do not object."""

MOST_EVENTS = 1_000
MOST_FAULTS = 20
OLDEST = timedelta(days=30)
AHEAD = timedelta(minutes=5)
"""How far a visitor's clock may go wrong, and how long a page may hold events back."""

Query = Annotated[str, Meta(max_length=256)]
Path = Annotated[str, Meta(max_length=512)]


class Event(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """id: made by the page, so that an event sent twice counts once.

    occurred_at: may be left out where the id is a UUIDv7, which tells it. rating: of kind review.
    """

    id: UUID
    kind: Kind
    occurred_at: Annotated[datetime, Meta(tz=True)] | None = None
    book_id: UUID | None = None
    query: Query | None = None
    path: Path | None = None
    rating: Annotated[int, Meta(ge=1, le=5)] | None = None
    quantity: Annotated[int, Meta(ge=1, le=100)] = 1

    @property
    def moment(self) -> datetime | None:
        """When it happened, the same however often it is sent; None where nothing tells."""
        if self.occurred_at is not None:
            return self.occurred_at
        if self.id.version != 7:
            return None
        millis = self.id.int >> 80
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=min(millis, 1 << 46))


class Batch(Struct, frozen=True, forbid_unknown_fields=True):
    """consent: false where the visitor objects to statistics. visitor: the id that was sent as
    X-Visitor; kept beside events about books while the store runs an experiment."""

    events: Annotated[tuple[Event, ...], Meta(max_length=MOST_EVENTS)]
    consent: bool = True
    visitor: UUID | None = None


class Recorded(Struct, frozen=True):
    """accepted: stored now. duplicates: stored before. withheld: the visitor objects, so they were
    forgotten. unknown: about books that this store has not."""

    accepted: int = 0
    duplicates: int = 0
    withheld: int = 0
    unknown: int = 0


def accepted_events(events: Iterable[Event], *, now: datetime) -> tuple[Event, ...]:
    """The events, all of them in order. Raises Invalid, naming the first twenty faults."""
    accepted = tuple(events)
    faults = tuple(
        fault for number, event in enumerate(accepted) for fault in _faults(number, event, now)
    )
    if faults:
        raise Invalid(
            f"{len(faults)} faults in {len(accepted)} events: none was stored",
            remedy="send the batch without them",
            faults=faults[:MOST_FAULTS],
        )
    return accepted


def _faults(number: int, event: Event, now: datetime) -> Iterator[Fault]:
    at = f"/events/{number}"
    moment = event.moment
    if moment is None:
        yield Fault(f"{at}/occurred_at", "is needed where the id is no UUIDv7")
    elif not now - OLDEST <= moment <= now + AHEAD:
        yield Fault(f"{at}/occurred_at", f"{moment:%Y-%m-%dT%H:%M:%SZ} is not of the last 30 days")
    for name in _needed(event):
        if getattr(event, name) is None:
            yield Fault(f"{at}/{name}", f"is needed for {event.kind}")
    for name in ("query", "path"):
        if "\x00" in (getattr(event, name) or ""):
            yield Fault(f"{at}/{name}", "holds a NUL character")


def _needed(event: Event) -> tuple[str, ...]:
    if event.kind == "review":
        return ("book_id", "rating")
    if event.kind in ABOUT_BOOKS:
        return ("book_id",)
    return ("query",) if event.kind == "search" else ("path",)
