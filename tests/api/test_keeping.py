"""Answers kept in memory: found again, never past their room, never shown to others."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from api.asgi.keeping import OVERHEAD_BYTES, KeptAnswers
from core.recommendations.history import History

PATH = "/api/v1/search"


def test_answer_is_found_by_its_tag_and_query() -> None:
    answers = KeptAnswers(1_000_000)
    answers.keep((b"g1.0", b"q=emma"), b"{}")

    assert answers.get((b"g1.0", b"q=emma")) == b"{}"
    assert answers.get((b"g1.1", b"q=emma")) is None
    assert answers.get((b"g1.0", b"q=dune")) is None


def test_answer_used_longest_ago_gives_way() -> None:
    # Room for twenty entries of a tag, two letters and a hundred bytes.
    answers = KeptAnswers(20 * (OVERHEAD_BYTES + 103))
    for number in range(10, 30):
        answers.keep((b"t", b"%d" % number), bytes(100))
    answers.get((b"t", b"10"))

    answers.keep((b"t", b"30"), bytes(100))

    assert answers.get((b"t", b"10")) is not None
    assert answers.get((b"t", b"11")) is None
    assert len(answers) == 20


def test_no_answer_takes_more_than_a_sixteenth_of_the_room() -> None:
    answers = KeptAnswers(16_000)

    answers.keep((b"t", b"q=all"), bytes(1_000))

    assert answers.get((b"t", b"q=all")) is None
    assert len(answers) == 0


def test_no_room_keeps_nothing() -> None:
    answers = KeptAnswers(0)

    assert answers.keep((b"t", b"q"), b"{}") == b"{}"
    assert len(answers) == 0


async def test_same_search_again_is_the_same_answer_to_the_byte(shop: Any) -> None:
    first = await shop.client.get(PATH, params={"q": "emma kept"})

    again = await shop.client.get(PATH, params={"q": "emma kept"})

    # took_us tells how long it took to make: made once, it is told twice.
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]


async def test_reader_who_signed_in_gets_an_answer_of_their_own(shop: Any) -> None:
    """ASVS v5.0.0-14.2.2."""
    await shop.client.get(PATH, params={"q": "emma own"})

    own = await shop.client.get(PATH, params={"q": "emma own"}, headers=shop.signed_in("reader"))

    assert own.headers["cache-control"].startswith("private")
    assert "etag" not in own.headers


async def test_page_of_recommendations_is_kept_until_its_reader_acts(shop: Any) -> None:
    """ASVS v5.0.0-14.2.2: two readers with the same filters see what is theirs."""
    pages = "/api/v1/books/recommended?size=3"
    readers = [await registered(shop, name) for name in ("anne", "mary")]
    emma, dune = (str(shop.ids[title]) for title in ("Emma", "Dune"))

    async def shown(reader: dict[str, str]) -> list[str]:
        answer = await shop.client.get(pages, headers=reader)
        return [book["id"] for book in answer.json()["results"]]

    first = [await shown(reader) for reader in readers]
    again = [await shown(reader) for reader in readers]
    for reader, book in zip(readers, (emma, dune), strict=True):
        rated = f"/api/v1/books/{book}/reviews"
        await shop.client.post(rated, json={"rating": 5}, headers=reader)
    anne, mary = [await shown(reader) for reader in readers]

    assert first == again
    assert emma in first[0]
    assert emma not in anne
    assert dune in anne
    assert dune not in mary
    assert emma in mary


async def registered(shop: Any, name: str) -> dict[str, str]:
    account = {"email": f"{name}@kellynch.example", "password": "a second spring"}
    made = (await shop.client.post("/api/v1/auth/register", json=account)).json()
    return {"authorization": f"Bearer {made['access_token']}"}


books = st.lists(st.integers(1, 3), max_size=3)


def history_of(known: list[int], older: list[int], looked_at: bool | None) -> History:
    ids = np.array([[book, book] for book in known], np.uint64).reshape(-1, 2)
    return History(
        ids,
        np.array(known, np.float32) / np.float32(5),
        np.array(known) > 1,
        np.array([[book, book] for book in older], np.uint64).reshape(-1, 2),
        None if looked_at is None else np.full(len(known), looked_at),
    )


parts = st.tuples(books, books, st.none() | st.booleans())


@given(one=parts, other=parts)
def test_histories_of_one_digest_are_equal(one: Any, other: Any) -> None:
    looked = [made[2] if made[0] else None for made in (one, other)]
    same = one[:2] == other[:2] and (looked[0] or False) == (looked[1] or False)
    alike = history_of(*one).digest() == history_of(*other).digest()

    assert same or not alike
    assert alike or one != other
