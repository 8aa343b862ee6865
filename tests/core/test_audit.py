"""Laws of the audit chain: whatever is changed, taken away or exchanged is found and named."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from core.audit.actor import Actor
from core.audit.entry import GENESIS, Entry, Flaw, flaws_in, seal
from core.kernel.ids import new_id

STORE = new_id()


def chain(length: int) -> list[Entry]:
    made: list[Entry] = []
    for seq in range(1, length + 1):
        fields: dict[str, Any] = {
            "store_id": STORE,
            "seq": seq,
            "at": datetime(2026, 1, 1, 0, 0, 0, seq, tzinfo=UTC),
            "actor": Actor("session", new_id(), "staff", new_id(), f"request-{seq}"),
            "action": "book.create",
            "subject": str(new_id()),
            "detail": '{"version":1}',
            "previous": made[-1].digest if made else GENESIS,
        }
        made.append(Entry(digest=seal(**fields), **fields))
    return made


def found(entries: list[Entry], whole: list[Entry]) -> list[Flaw]:
    return flaws_in(entries, last_seq=whole[-1].seq, last_digest=whole[-1].digest)


@given(st.integers(1, 30))
def test_chain_that_nobody_touched_has_no_flaw(length: int) -> None:
    entries = chain(length)

    assert found(entries, entries) == []


@pytest.mark.parametrize(
    "edit",
    [
        {"action": "book.delete"},
        {"subject": "another"},
        {"detail": "{}"},
        {"at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"actor": Actor()},
        {"digest": bytes(32)},
    ],
)
@given(place=st.integers(0, 8))
def test_edited_entry_is_named(edit: dict[str, Any], place: int) -> None:
    whole = chain(9)
    entries = list(whole)
    entries[place] = replace(entries[place], **edit)

    named = [(flaw.kind, flaw.seq) for flaw in found(entries, whole)]

    assert ("edited", place + 1) in named


@given(place=st.integers(0, 8))
def test_entry_that_was_edited_and_sealed_anew_breaks_the_chain_behind_it(place: int) -> None:
    whole = chain(9)
    entries = list(whole)
    old = entries[place]
    fields: dict[str, Any] = {
        name: getattr(old, name) for name in old.__struct_fields__ if name != "digest"
    }
    fields["action"] = "book.delete"
    entries[place] = Entry(digest=seal(**fields), **fields)

    assert {flaw.kind for flaw in found(entries, whole)} == {"edited"}


@given(first=st.integers(1, 9), count=st.integers(1, 3))
def test_removed_entries_are_named(first: int, count: int) -> None:
    whole = chain(9)
    gone = set(range(first, min(9, first + count - 1) + 1))
    entries = [entry for entry in whole if entry.seq not in gone]

    named = [(flaw.kind, flaw.seq) for flaw in found(entries, whole)]

    assert named == [("removed", first)]


@given(places=st.lists(st.integers(0, 8), min_size=2, max_size=2, unique=True))
def test_exchanged_entries_are_named(places: list[int]) -> None:
    whole = chain(9)
    entries = list(whole)
    one, other = places
    entries[one] = replace(whole[other], seq=one + 1)
    entries[other] = replace(whole[one], seq=other + 1)

    named = {(flaw.kind, flaw.seq) for flaw in found(entries, whole)}

    assert {("reordered", one + 1), ("reordered", other + 1)} <= named
