"""Experiments on search: visitors and readers, one variant each or both in one list."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import msgspec

from core.experiments.results import Results
from core.kernel.ids import new_id

EXPERIMENTS = "/api/v1/experiments"
SEARCH = "/api/v1/search"
DRAFT = {
    "name": "text alone",
    "surface": "search",
    "variants": [{"name": "as is"}, {"name": "text", "weights": [1, 0, 0]}],
}
Q = {"q": "austen", "explain": "true"}


async def started(shop: Any, **fields: Any) -> str:
    answer = await shop.client.post(
        EXPERIMENTS, json=DRAFT | fields, headers=shop.signed_in("staff")
    )
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


async def exposures(shop: Any, count: int) -> list[Any]:
    async with asyncio.timeout(300):
        while True:
            rows: list[Any] = await shop.pool.fetch(
                "select * from experiment_exposure order by shown_at"
            )
            if len(rows) >= count:
                return rows
            await asyncio.sleep(0.02)


async def results_of(shop: Any, experiment_id: str) -> Results:
    answer = await shop.client.get(
        f"{EXPERIMENTS}/{experiment_id}/results", headers=shop.signed_in("staff")
    )
    return msgspec.json.decode(answer.content, type=Results)


async def asked(shop: Any, visitor: UUID | None, **headers: str) -> Any:
    named = {} if visitor is None else {"x-visitor": str(visitor)}
    return await shop.client.get(SEARCH, params=Q, headers=named | headers)


def weight_of_text(answer: Any) -> float:
    weight: float = answer.json()["results"][0]["explain"]["text"]["weight"]
    return weight


async def test_visitors_see_their_variant_again_and_never_another_s(shop: Any) -> None:
    await started(shop)
    await asked(shop, None)  # kept in memory: it must not be taken for theirs
    visitors = [uuid4() for _ in range(32)]

    rounds = [[await asked(shop, each) for each in visitors] for _ in range(2)]

    named = [answer.headers["experiment"] for answer in rounds[0]]
    assert named == [answer.headers["experiment"] for answer in rounds[1]]
    assert len(set(named)) == 2
    for answer in (*rounds[0], *rounds[1]):
        expected = 1.0 if 'variant="text"' in answer.headers["experiment"] else 0.625
        assert weight_of_text(answer) == expected
        assert answer.headers["cache-control"].startswith("private")


async def test_strangers_without_a_name_see_the_shop_as_it_is(shop: Any) -> None:
    before = await asked(shop, None)
    await started(shop)
    for _ in range(8):
        await asked(shop, uuid4())

    after = await asked(shop, None)
    objecting = await asked(shop, uuid4(), dnt="1")
    nonsense = await shop.client.get(SEARCH, params=Q, headers={"x-visitor": "me"})

    assert after.content == before.content == objecting.content == nonsense.content
    assert after.headers["etag"] == before.headers["etag"]
    assert "experiment" not in after.headers


async def test_answer_named_by_its_tag_is_not_taken_for_a_variant(shop: Any) -> None:
    tag = (await asked(shop, None)).headers["etag"]
    await started(shop)

    answer = await asked(shop, uuid4(), **{"if-none-match": tag})

    assert answer.status_code == 200


async def test_visitor_s_acts_are_credited_where_they_are_told_with_the_name(shop: Any) -> None:
    experiment_id = await started(shop)
    visitor, other = uuid4(), uuid4()
    await asked(shop, visitor)
    [row] = await exposures(shop, 1)
    acts = [
        {"id": str(new_id()), "kind": kind, "book_id": str(row["books"][0])}
        for kind in ("search_click", "purchase")
    ]
    again = [act | {"id": str(new_id())} for act in acts]

    await shop.client.post("/api/v1/events", json={"events": acts, "visitor": str(visitor)})
    await shop.client.post("/api/v1/events", json={"events": again, "visitor": str(other)})

    found = await results_of(shop, experiment_id)
    assert found.variants[row["variant"]].acts == {"click": 1, "cart": 0, "purchase": 1}
    assert (found.readers, row["reader_id"], row["subject"]) == (1, None, visitor)


async def test_visitor_s_name_is_kept_only_with_consent_and_while_something_runs(
    shop: Any,
) -> None:
    def batch(kind: str, **fields: Any) -> dict[str, Any]:
        event = {"id": str(new_id()), "kind": kind} | fields
        return {"events": [event], "visitor": str(uuid4())}

    click = {"kind": "search_click", "book_id": str(shop.ids["Emma"])}
    await shop.client.post("/api/v1/events", json=batch(**click))
    await started(shop)
    await shop.client.post("/api/v1/events", json=batch(**click) | {"consent": False})
    await shop.client.post("/api/v1/events", json=batch(**click), headers={"sec-gpc": "1"})
    await shop.client.post("/api/v1/events", json=batch("search", query="emma"))
    assert await shop.pool.fetchval("select count(visitor_id) from event") == 0

    await shop.client.post("/api/v1/events", json=batch(**click))

    assert await shop.pool.fetchval("select count(visitor_id) from event") == 1


async def test_interleaved_search_credits_the_team_that_placed_the_book(shop: Any) -> None:
    experiment_id = await started(shop, method="interleaved")
    visitors = [uuid4() for _ in range(20)]
    for visitor in visitors:
        answer = await asked(shop, visitor)
        assert answer.headers["experiment"] == '"text alone";variant="interleaved"'
    rows = await exposures(shop, 20)
    teams = [row["teams"][0] for row in rows]
    assert set(teams) == {0, 1}

    for row in rows:
        act = {"id": str(new_id()), "kind": "search_click", "book_id": str(row["books"][0])}
        batch = {"events": [act], "visitor": str(row["subject"])}
        await shop.client.post("/api/v1/events", json=batch)

    found = await results_of(shop, experiment_id)
    assert [variant.acts["click"] for variant in found.variants] == [
        teams.count(0),
        teams.count(1),
    ]
    assert found.comparisons["click"][0].difference == (teams.count(1) - teams.count(0)) / 20
    assert (found.readers, found.exposures) == (20, 20)


async def test_interleaved_shelf_shows_each_book_once_with_its_team(shop: Any) -> None:
    mixed = [{"name": "as is"}, {"name": "crowd", "mix": {"personal": 0.0}}]
    await started(shop, surface="recommended", method="interleaved", variants=mixed)
    account = {"email": "anne@kellynch.example", "password": "a second spring"}
    opened = (await shop.client.post("/api/v1/auth/register", json=account)).json()
    headers = {"authorization": f"Bearer {opened['access_token']}"}

    answers = [
        await shop.client.get("/api/v1/books/recommended", headers=headers) for _ in range(2)
    ]

    books = [book["id"] for book in answers[0].json()["results"]]
    [row, _] = await exposures(shop, 2)
    assert sorted(books) == sorted(str(each) for each in shop.ids.values())
    assert [str(book) for book in row["books"]] == books
    assert set(row["teams"]) == {0, 1}
    assert answers[0].content == answers[1].content


async def test_body_asks_the_same_as_the_query(shop: Any) -> None:
    await started(shop)
    visitor = uuid4()

    by_body = await shop.client.post(
        SEARCH, json={"q": "austen", "explain": True}, headers={"x-visitor": str(visitor)}
    )

    by_query = await asked(shop, visitor)
    assert by_body.headers["experiment"] == by_query.headers["experiment"]
    assert weight_of_text(by_body) == weight_of_text(by_query)


async def test_only_an_order_by_relevance_is_tried(shop: Any) -> None:
    await started(shop)
    headers = {"x-visitor": str(uuid4())}

    answers = [
        await shop.client.get(SEARCH, params=params, headers=headers)
        for params in ({"q": "austen", "sort": "price"}, {"category": "Classics"})
    ]

    assert ["experiment" in answer.headers for answer in answers] == [False, False]
