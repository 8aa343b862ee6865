"""Recommendations over HTTP."""

from typing import Any

import msgspec
import pytest

from api.schemas.recommendations import Recommendations

BOOKS = "/api/v1/books"


async def test_recommended_asks_strangers_to_sign_in(shop: Any) -> None:
    answer = await shop.client.get(f"{BOOKS}/recommended")

    assert answer.status_code == 401


async def test_reader_without_a_history_is_shown_what_is_popular(shop: Any) -> None:
    answer = await shop.client.get(f"{BOOKS}/recommended", headers=shop.signed_in("reader"))

    found = msgspec.json.decode(answer.content, type=Recommendations)
    assert len(found.results) == 3
    assert all(book.reason for book in found.results)
    assert answer.headers["cache-control"].startswith("private")


async def test_what_the_reader_rated_is_not_recommended(shop: Any) -> None:
    account = {"email": "anne@kellynch.example", "password": "a second spring"}
    signed_in = (await shop.client.post("/api/v1/auth/register", json=account)).json()
    headers = {"authorization": f"Bearer {signed_in['access_token']}"}
    emma = shop.ids["Emma"]
    await shop.client.post(f"{BOOKS}/{emma}/reviews", json={"rating": 5}, headers=headers)

    answer = await shop.client.get(f"{BOOKS}/recommended", headers=headers)

    found = msgspec.json.decode(answer.content, type=Recommendations)
    assert found.results
    assert emma not in [book.id for book in found.results]


async def test_recommended_takes_the_filters_of_search(shop: Any) -> None:
    answer = await shop.client.get(
        f"{BOOKS}/recommended",
        params={"category": "Science", "size": "5"},
        headers=shop.signed_in("reader"),
    )

    assert [book["title"] for book in answer.json()["results"]] == ["Dune"]


async def test_bad_query_is_refused_before_the_readers_history_is_read(shop: Any) -> None:
    headers = shop.signed_in("reader")
    readers = shop.services.for_store(None, None).readers
    principal = shop.tokens.verify(headers["authorization"][7:].encode())

    refused = await shop.client.get(f"{BOOKS}/recommended?size=0", headers=headers)
    known = readers.knows(principal.reader_id)
    await shop.client.get(f"{BOOKS}/recommended", headers=headers)

    assert refused.status_code == 400
    assert not known
    assert readers.knows(principal.reader_id)


@pytest.mark.parametrize("name", ["trending", "popular", "bestsellers"])
async def test_crowd_answers_are_tagged(shop: Any, name: str) -> None:
    first = await shop.client.get(f"{BOOKS}/{name}")

    again = await shop.client.get(
        f"{BOOKS}/{name}", headers={"if-none-match": first.headers["etag"]}
    )

    assert msgspec.json.decode(first.content, type=Recommendations)
    assert again.status_code == 304


async def test_similar_books_leave_the_book_itself_out(shop: Any) -> None:
    emma = shop.ids["Emma"]

    answer = await shop.client.get(f"{BOOKS}/{emma}/similar")

    found = msgspec.json.decode(answer.content, type=Recommendations)
    assert emma not in [book.id for book in found.results]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("01900000-0000-7000-8000-000000000000/similar", 404),
        ("nonsense/similar", 404),
        ("trending?days=2", 400),
        ("trending?q=x", 400),
        ("popular?size=101", 400),
        ("popular?days=2", 400),
        ("bestsellers?size=0", 400),
    ],
)
async def test_what_cannot_be_answered_is_a_problem(shop: Any, path: str, status: int) -> None:
    answer = await shop.client.get(f"{BOOKS}/{path}")

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
