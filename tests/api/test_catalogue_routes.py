"""Books over HTTP: listed, shown, written by staff."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from api.schemas.books import BookInList
from api.schemas.search import BookList
from core.catalogue.book import LIST_FIELDS, Book
from core.kernel.ids import new_id

PATH = "/api/v1/books"
UNKNOWN = UUID("01900000-0000-7000-8000-000000000000")


def test_list_form_in_the_documentation_is_the_one_of_the_index() -> None:
    assert BookInList.__struct_fields__ == LIST_FIELDS


async def test_list_shows_every_book_newest_first(shop: Any) -> None:
    answer = await shop.client.get(PATH)

    listed = msgspec.json.decode(answer.content, type=BookList)
    assert listed.results[0].title == "Persuasion"  # the only one with a date
    assert answer.headers["x-total-count"] == "3"
    assert listed.links == {"self": PATH, "next": None, "prev": None}


async def test_pages_are_linked_both_ways(shop: Any) -> None:
    answer = await shop.client.get(PATH, params={"sort": "price", "size": "1", "page": "2"})

    links = answer.json()["_links"]
    assert links["next"] == f"{PATH}?sort=price&size=1&page=3"
    assert links["prev"] == f"{PATH}?sort=price&size=1&page=1"
    assert f'<{links["next"]}>; rel="next"' in answer.headers["link"]
    assert f'<{links["prev"]}>; rel="prev"' in answer.headers["link"]


async def test_following_the_links_shows_every_book_once(shop: Any) -> None:
    seen = []
    address: str | None = f"{PATH}?size=1&sort=price"

    while address:
        page = (await shop.client.get(address)).json()
        seen += [book["title"] for book in page["results"]]
        address = page["_links"]["next"]

    assert seen == ["Dune", "Emma", "Persuasion"]


@pytest.mark.parametrize(
    "query", ["q=dune", "facets=price", "page=0", "size=101", "page=200&size=100", "sort=shelf"]
)
async def test_list_refuses_what_it_does_not_take(shop: Any, query: str) -> None:
    answer = await shop.client.get(f"{PATH}?{query}")

    assert answer.status_code == 400
    assert answer.json()["errors"]


async def test_list_takes_the_filters_of_search(shop: Any) -> None:
    answer = await shop.client.get(PATH, params={"category": "Classics", "price_max": "20"})

    assert [book["title"] for book in answer.json()["results"]] == ["Emma"]


async def test_book_is_shown_whole_with_the_tag_of_its_version(shop: Any) -> None:
    answer = await shop.client.get(f"{PATH}/{shop.ids['Persuasion']}")

    book = msgspec.json.decode(answer.content, type=Book)
    assert book.description == "A second spring for Anne Elliot."
    assert answer.headers["etag"] == f'"{book.version}"'


async def test_book_that_did_not_change_is_not_sent_again(shop: Any) -> None:
    address = f"{PATH}/{shop.ids['Emma']}"
    tag = (await shop.client.get(address)).headers["etag"]

    answer = await shop.client.get(address, headers={"if-none-match": tag})

    assert answer.status_code == 304


@pytest.mark.parametrize("book_id", [str(UNKNOWN), "nonsense", "%00", "a" * 300])
async def test_unknown_book_is_not_found(shop: Any, book_id: str) -> None:
    answer = await shop.client.get(f"{PATH}/{book_id}")

    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/not-found"


async def test_trailing_slash_is_tolerated(shop: Any) -> None:
    answer = await shop.client.get(f"{PATH}/{shop.ids['Emma']}/")

    assert answer.status_code == 200


async def test_cover_is_drawn_and_kept(shop: Any) -> None:
    address = f"{PATH}/{shop.ids['Emma']}/cover.svg"

    drawn = await shop.client.get(address)
    again = await shop.client.get(address, headers={"if-none-match": drawn.headers["etag"]})

    assert drawn.headers["content-type"] == "image/svg+xml"
    assert b"<svg" in drawn.content
    assert again.status_code == 304


async def test_staff_adds_a_book_that_search_then_finds(shop: Any) -> None:
    draft = {"title": "Middlemarch", "price": "15.00", "authors": ["George Eliot"]}

    made = await shop.client.post(PATH, json=draft, headers=shop.signed_in("staff"))
    await shop.follow()
    shown = await shop.client.get(
        made.headers["location"], headers={"if-index-version": made.headers["index-version"]}
    )

    assert made.status_code == 201
    assert shown.json() == made.json()
    assert shown.headers["etag"] == made.headers["etag"]


async def test_book_that_breaks_rules_is_refused_with_pointers(shop: Any) -> None:
    draft = {"title": "", "price": "-1", "pages": "many", "colour": "red"}

    answer = await shop.client.post(PATH, json=draft, headers=shop.signed_in("staff"))

    assert answer.status_code == 400
    assert {"/pages", "/colour"} <= {error["pointer"] for error in answer.json()["errors"]}


async def test_second_book_with_the_same_isbn_is_a_conflict(shop: Any) -> None:
    draft = {"title": "Persuasion again", "price": "5", "isbn": "978-0-14-143968-6"}

    answer = await shop.client.post(PATH, json=draft, headers=shop.signed_in("staff"))

    assert answer.status_code == 409
    assert answer.json()["type"] == "/problems/conflict"


async def test_patch_changes_the_named_fields_alone(shop: Any) -> None:
    address = f"{PATH}/{shop.ids['Persuasion']}"
    tag = (await shop.client.get(address)).headers["etag"]

    answer = await shop.client.patch(
        address,
        json={"stock": 7, "description": None},
        headers={**shop.signed_in("staff"), "if-match": tag},
    )

    assert answer.status_code == 200
    assert answer.json()["stock"] == 7
    assert answer.json()["description"] is None
    assert answer.json()["title"] == "Persuasion"
    assert answer.headers["etag"] != tag


async def test_change_without_the_version_is_asked_for_it(shop: Any) -> None:
    address = f"{PATH}/{shop.ids['Emma']}"

    answer = await shop.client.patch(address, json={"stock": 7}, headers=shop.signed_in("staff"))

    assert answer.status_code == 428
    assert answer.json()["type"] == "/problems/precondition-required"


@pytest.mark.parametrize("tag", ['"99"', "garbage", '"x"'])
async def test_change_of_another_version_is_lost(shop: Any, tag: str) -> None:
    address = f"{PATH}/{shop.ids['Emma']}"

    answer = await shop.client.put(
        address,
        json={"title": "Emma", "price": "1"},
        headers={**shop.signed_in("staff"), "if-match": tag},
    )

    assert answer.status_code == 412
    assert answer.json()["type"] == "/problems/stale"


async def test_deleted_book_disappears_from_the_index(shop: Any) -> None:
    address = f"{PATH}/{shop.ids['Emma']}"
    headers = {**shop.signed_in("staff"), "if-match": '"1"'}

    deleted = await shop.client.delete(address, headers=headers)
    await shop.follow()
    shown = await shop.client.get(
        address, headers={"if-index-version": deleted.headers["index-version"]}
    )

    assert deleted.status_code == 204
    assert shown.status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_only_staff_of_this_store_writes_books(shop: Any, method: str) -> None:
    address = PATH if method == "POST" else f"{PATH}/{shop.ids['Emma']}"
    draft = {"title": "Emma", "price": "1"}

    async def status(headers: dict[str, str]) -> int:
        answer = await shop.client.request(
            method, address, json=draft, headers={**headers, "if-match": '"1"'}
        )
        return int(answer.status_code)

    assert await status({}) == 401
    assert await status({"authorization": "Bearer forged"}) == 401
    assert await status({"authorization": "Basic YTpi"}) == 401
    assert await status(shop.signed_in("reader")) == 403
    assert await status(shop.signed_in("staff", store_id=new_id())) == 403


async def test_unknown_store_is_not_found(shop: Any) -> None:
    answer = await shop.client.get(PATH, headers={"x-store": "atlantis"})

    assert answer.status_code == 404
    assert "X-Store" in answer.json()["remedy"]


@pytest.mark.parametrize(
    ("content_type", "body", "status", "kind"),
    [
        ("application/json", b"{", 400, "bad-json"),
        ("application/json", b"\xff\xfe", 400, "bad-json"),
        ("application/json", b"[]", 400, "invalid"),
        ("application/json", b'{"a":' * 5000, 400, "bad-json"),
        ("text/plain", b"{}", 415, "unsupported-media-type"),
        ("application/json", b'"' + b"x" * 1_000_001 + b'"', 413, "too-large"),
    ],
)
async def test_body_that_cannot_be_read_is_a_problem(
    shop: Any, content_type: str, body: bytes, status: int, kind: str
) -> None:
    headers = {**shop.signed_in("staff"), "content-type": content_type}

    answer = await shop.client.post(PATH, content=body, headers=headers)

    assert answer.status_code == status
    assert answer.json()["type"] == f"/problems/{kind}"


async def test_rename_of_an_author_reaches_the_books(shop: Any) -> None:
    authors = (await shop.client.get("/api/v1/authors")).json()["results"]
    [austen] = [author for author in authors if author["name"] == "Jane Austen"]

    renamed = await shop.client.patch(
        f"/api/v1/authors/{austen['id']}",
        json={"name": "Austen, Jane"},
        headers={**shop.signed_in("staff"), "if-match": f'"{austen["version"]}"'},
    )
    await shop.follow()
    shown = await shop.client.get(
        f"{PATH}/{shop.ids['Emma']}",
        headers={"if-index-version": renamed.headers["index-version"]},
    )

    assert austen["book_count"] == 2
    assert shown.json()["authors"][0]["name"] == "Austen, Jane"


@pytest.mark.parametrize("kind", ["authors", "categories", "publishers", "series"])
async def test_names_are_made_shown_and_removed(shop: Any, kind: str) -> None:
    staff = shop.signed_in("staff")

    made = await shop.client.post(f"/api/v1/{kind}", json={"name": "Novelty"}, headers=staff)
    again = await shop.client.post(f"/api/v1/{kind}", json={"name": "Novelty"}, headers=staff)
    shown = await shop.client.get(made.headers["location"])
    removed = await shop.client.delete(
        made.headers["location"], headers={**staff, "if-match": made.headers["etag"]}
    )
    gone = await shop.client.get(made.headers["location"])

    statuses = [made.status_code, again.status_code, shown.status_code, removed.status_code]
    assert statuses == [201, 409, 200, 204]
    assert shown.json() == made.json()
    assert gone.status_code == 404
