"""Search, suggestions and similar texts over HTTP."""

from typing import Any

import msgspec
import pytest

from api.schemas.search import SearchAnswer, SimilarTexts, Suggestion
from api.wiring.working import workshop
from core.kernel.ids import new_id
from core.search.popular_queries import FEWEST_READERS

PATH = "/api/v1/search"


async def test_search_finds_a_book_by_its_title(shop: Any) -> None:
    answer = await shop.client.get(PATH, params={"q": "dune"})

    found = msgspec.json.decode(answer.content, type=SearchAnswer)
    assert answer.status_code == 200
    assert [hit.title for hit in found.results] == ["Dune"]


async def test_search_by_post_and_by_query_answers_like_get(shop: Any) -> None:
    by_get = await shop.client.get(PATH, params={"q": "austen", "size": "1", "facets": "price"})

    for method in ("POST", "QUERY"):
        body = {"q": "austen", "size": 1, "facets": ["price"]}
        answer = await shop.client.request(method, PATH, json=body)
        expected = {**by_get.json(), "took_us": answer.json()["took_us"]}
        assert answer.json() == expected, method


async def test_same_search_again_is_not_modified(shop: Any) -> None:
    first = await shop.client.get(PATH, params={"q": "emma"})

    again = await shop.client.get(
        PATH, params={"q": "emma"}, headers={"if-none-match": first.headers["etag"]}
    )

    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]


async def test_asking_for_anything_new_is_answered_in_full(shop: Any) -> None:
    answer = await shop.client.get(PATH, params={"page": "0"}, headers={"if-none-match": "*"})

    assert answer.status_code == 400


async def test_tag_of_another_question_is_another(shop: Any) -> None:
    one = await shop.client.get(PATH, params={"q": "emma"})
    other = await shop.client.get(PATH, params={"q": "dune"})

    assert one.headers["etag"] != other.headers["etag"]


async def test_head_answers_like_get_without_the_body(shop: Any) -> None:
    answer = await shop.client.head(PATH, params={"q": "emma"})

    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) > 100
    assert answer.content == b""


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("page=-1", "page"),
        ("size=1000000000", "size"),
        ("q=%00", "q"),
        ("q=" + "a" * 257, "q"),
        ("colour=red", "colour"),
        ("q=a&q=b", "q"),
        ("price_min=cheap", "price_min"),
        ("sort=shelf", "sort"),
        ("min_version=yesterday", "min_version"),
        ("cursor=forged", "cursor"),
    ],
)
async def test_bad_parameter_is_named_in_a_problem(shop: Any, query: str, parameter: str) -> None:
    answer = await shop.client.get(f"{PATH}?{query}")

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/invalid"
    assert parameter in [error["parameter"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    "query", ["q=" + "(" * 250, "q=%ff%fe", "q=%F0%9F%93%9A", "&&&=&", "q=+", "q=%E2%80%AE"]
)
async def test_odd_queries_are_answered(shop: Any, query: str) -> None:
    answer = await shop.client.get(f"{PATH}?{query}")

    assert answer.status_code in {200, 400}
    assert answer.json()


async def test_too_many_parameters_are_refused(shop: Any) -> None:
    answer = await shop.client.get(f"{PATH}?{'category=a&' * 200}")

    assert answer.status_code == 400


async def test_autocomplete_offers_titles_and_authors(shop: Any) -> None:
    answer = await shop.client.get(f"{PATH}/autocomplete", params={"q": "pers"})

    found = msgspec.json.decode(answer.content, type=list[Suggestion])
    assert [suggestion.text for suggestion in found] == ["Persuasion"]


async def test_autocomplete_of_one_letter_is_empty(shop: Any) -> None:
    answer = await shop.client.get(f"{PATH}/autocomplete", params={"q": "p"})

    assert answer.content == b"[]"


async def test_similar_texts_leave_the_book_itself_out(shop: Any) -> None:
    emma = shop.ids["Emma"]

    answer = await shop.client.get(f"{PATH}/similar", params={"book_id": str(emma)})

    found = msgspec.json.decode(answer.content, type=SimilarTexts)
    assert answer.status_code == 200
    assert emma not in [hit.id for hit in found.results]


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("book_id=nonsense", 400), ("book_id=01900000-0000-7000-8000-000000000000", 404)],
)
async def test_similar_without_a_known_book_is_refused(shop: Any, query: str, status: int) -> None:
    answer = await shop.client.get(f"{PATH}/similar?{query}")

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_signed_in_answers_are_private_and_carry_no_tag(shop: Any) -> None:
    answer = await shop.client.get(PATH, params={"q": "emma"}, headers=shop.signed_in("reader"))

    assert answer.status_code == 200
    assert answer.headers["cache-control"].startswith("private")
    assert "etag" not in answer.headers


async def test_search_waits_for_a_write_it_was_told_of(shop: Any) -> None:
    book = {"title": "Middlemarch", "price": "15.00"}
    made = await shop.client.post("/api/v1/books", json=book, headers=shop.signed_in("staff"))
    token = made.headers["index-version"]

    behind = await shop.client.get(PATH, params={"q": "middlemarch"})
    await shop.follow()
    seen = await shop.client.get(
        PATH, params={"q": "middlemarch"}, headers={"if-index-version": token}
    )

    assert behind.json()["count"] == 0
    assert seen.json()["count"] == 1


async def test_search_for_a_write_the_index_never_reaches_is_unavailable(shop: Any) -> None:
    answer = await shop.client.get(PATH, params={"q": "emma", "min_version": "9" * 15})

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["type"] == "/problems/unavailable"


async def test_popular_query_is_suggested_once_it_is_counted(shop: Any) -> None:
    async def offered() -> list[str]:
        answer = await shop.client.get(f"{PATH}/autocomplete", params={"q": "aust"})
        return [f"{each['type']} {each['text']}" for each in answer.json()]

    assert await offered() == ["author Jane Austen"]
    for number in range(FEWEST_READERS):
        account = {"email": f"{number}@kellynch.example", "password": "a second spring"}
        signed_in = (await shop.client.post("/api/v1/auth/register", json=account)).json()
        event = {"id": str(new_id()), "kind": "search", "query": "persuasion austen"}
        told = await shop.client.post(
            "/api/v1/events",
            json={"events": [event]},
            headers={"authorization": f"Bearer {signed_in['access_token']}"},
        )
        assert told.json()["accepted"] == 1
    async with workshop(shop.settings) as opened:
        await opened.begin()
        while job := await opened.queue.take():
            await opened.queue.done(job, await opened.handlers[job.kind](job))

    await shop.services.for_store(None, None).merchandising.refresh()

    assert await offered() == ["query persuasion austen", "author Jane Austen"]
