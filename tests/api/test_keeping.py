"""Answers kept in memory: found again, never past their room, never shown to others."""

from typing import Any

from api.asgi.keeping import OVERHEAD_BYTES, KeptAnswers

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
