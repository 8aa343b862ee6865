"""What pages may tell, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from core.events.event import MOST_FAULTS, Event, accepted_events
from core.kernel.errors import Invalid
from core.kernel.ids import new_id

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
BOOK = UUID(int=1)


def view(**fields: Any) -> Event:
    told: dict[str, Any] = {
        "id": uuid4(),
        "kind": "book_view",
        "book_id": BOOK,
        "occurred_at": NOW,
    }
    return Event(**told | fields)


def test_version_seven_id_tells_when_it_happened() -> None:
    event = view(id=new_id(1_777_636_800_000), occurred_at=None)

    assert accepted_events([event], now=NOW) == (event,)
    assert event.moment == NOW


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"occurred_at": None}, "/events/1/occurred_at"),
        ({"occurred_at": NOW + timedelta(minutes=6)}, "/events/1/occurred_at"),
        ({"occurred_at": NOW - timedelta(days=31)}, "/events/1/occurred_at"),
        ({"id": UUID(int=(2**48 - 1) << 80 | 7 << 76 | 2 << 62), "occurred_at": None},
         "/events/1/occurred_at"),
        ({"book_id": None}, "/events/1/book_id"),
        ({"kind": "review"}, "/events/1/rating"),
        ({"kind": "search", "query": None}, "/events/1/query"),
        ({"kind": "page_view"}, "/events/1/path"),
        ({"kind": "search", "query": "a\x00"}, "/events/1/query"),
    ],
)  # fmt: skip
def test_fault_is_named_by_its_place(fields: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        accepted_events([view(), view(**fields)], now=NOW)

    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_a_flood_of_faults_is_cut_short() -> None:
    with pytest.raises(Invalid) as refused:
        accepted_events([view(book_id=None) for _ in range(1_000)], now=NOW)

    assert len(refused.value.faults) == MOST_FAULTS


@pytest.mark.parametrize("fields", [{"kind": "theft"}, {"quantity": 0}, {"rating": 6}, {"x": 1}])
def test_what_no_event_can_say_is_refused(fields: dict[str, Any]) -> None:
    told = {"id": str(uuid4()), "kind": "book_view", "book_id": str(BOOK)} | fields

    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(told), type=Event)
