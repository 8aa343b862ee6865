"""Decisions about statistics over HTTP: remembered, in force at once."""

from typing import Any

import pytest

from core.kernel.ids import new_id
from tests.api.reader import Reader, busy, count, joined

CONSENT = "/api/v1/me/consent"


@pytest.fixture
async def anne(shop: Any) -> Reader:
    return await joined(shop)


async def test_decisions_are_remembered_with_time_and_version(anne: Reader) -> None:
    before = (await anne.ask("GET", CONSENT)).json()
    await anne.ask("PUT", CONSENT, {"analytics": True, "version": "2026-11"})
    after = (await anne.ask("PUT", CONSENT, {"analytics": False, "version": "2026-12"})).json()

    assert before == {"analytics": None, "history": []}
    assert after["analytics"] is False
    assert [(each["granted"], each["version"]) for each in after["history"]] == [
        (False, "2026-12"),
        (True, "2026-11"),
    ]
    assert after["history"][0]["recorded_at"] > after["history"][1]["recorded_at"]
    assert (await anne.ask("GET", CONSENT)).json() == after


async def test_withdrawal_holds_at_once_and_removes_what_was_kept(shop: Any, anne: Reader) -> None:
    await busy(shop, anne)
    await anne.ask("PUT", CONSENT, {"analytics": False, "version": "1"})

    events = [
        {"id": str(new_id()), "kind": "search", "query": "worms"},
        {"id": str(new_id()), "kind": "page_view", "path": "/"},
        {"id": str(new_id()), "kind": "book_view", "book_id": str(shop.ids["Dune"])},
    ]
    told = (await anne.ask("POST", "/api/v1/events", {"events": events})).json()

    assert told == {"accepted": 1, "duplicates": 0, "withheld": 2, "unknown": 0}
    assert await count(shop, "event") == 0
    assert await count(shop, "interaction") == 3  # what recommendations start from stays


async def test_consent_given_anew_counts_anew(shop: Any, anne: Reader) -> None:
    for granted in (False, True):
        await anne.ask("PUT", CONSENT, {"analytics": granted, "version": "1"})

    event = {"id": str(new_id()), "kind": "search", "query": "worms"}
    told = (await anne.ask("POST", "/api/v1/events", {"events": [event]})).json()

    assert (told["accepted"], told["withheld"]) == (1, 0)


async def test_withdrawal_is_ones_own(shop: Any, anne: Reader) -> None:
    await anne.ask("PUT", CONSENT, {"analytics": False, "version": "1"})

    event = {"id": str(new_id()), "kind": "search", "query": "worms"}
    told = await shop.client.post("/api/v1/events", json={"events": [event]})

    assert told.json()["accepted"] == 1
