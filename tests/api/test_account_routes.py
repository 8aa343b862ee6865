"""Signing up, in and out over HTTP."""

import json
from typing import Any

import msgspec
import pytest

AUTH = "/api/v1/auth"
ANNE = {"email": "anne@kellynch.example", "password": "a second spring"}


async def test_registered_reader_is_signed_in(shop: Any) -> None:
    registered = await shop.client.post(f"{AUTH}/register", json=ANNE)

    token = registered.json()["access_token"]
    me = await shop.client.get("/api/v1/me", headers={"authorization": f"Bearer {token}"})
    assert registered.status_code == 201
    assert me.json() == registered.json()["account"]
    assert me.json()["role"] == "reader"
    assert me.json()["display_name"] == "anne"
    assert registered.headers["cache-control"] == "no-store"


async def test_second_registration_of_an_address_is_a_conflict(shop: Any) -> None:
    await shop.client.post(f"{AUTH}/register", json=ANNE)

    shouted = {**ANNE, "email": ANNE["email"].upper()}
    again = await shop.client.post(f"{AUTH}/register", json=shouted)

    assert again.status_code == 409


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"email": "nobody"}, "/email"),
        ({"password": "short"}, "/password"),
        ({"password": "x" * 257}, "/password"),
        ({"display_name": "a\u0000b"}, "/display_name"),
        ({"role": "admin"}, ""),
    ],
)
async def test_registration_that_breaks_a_rule_is_refused(
    shop: Any, change: dict[str, str], pointer: str
) -> None:
    answer = await shop.client.post(f"{AUTH}/register", json={**ANNE, **change})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_right_password_signs_in(shop: Any) -> None:
    await shop.client.post(f"{AUTH}/register", json=ANNE)

    answer = await shop.client.post(f"{AUTH}/login", json=ANNE)

    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["expires_in"] == 900


async def test_wrong_password_and_unknown_address_are_told_alike(shop: Any) -> None:
    await shop.client.post(f"{AUTH}/register", json=ANNE)

    wrong = await shop.client.post(f"{AUTH}/login", json={**ANNE, "password": "a first winter"})
    unknown = await shop.client.post(f"{AUTH}/login", json={**ANNE, "email": "mary@x.example"})

    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert {**wrong.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}


async def test_session_is_renewed_and_a_copied_token_ends_it(shop: Any) -> None:
    first = (await shop.client.post(f"{AUTH}/register", json=ANNE)).json()["refresh_token"]

    renewed = await shop.client.post(f"{AUTH}/refresh", json={"refresh_token": first})
    copied = await shop.client.post(f"{AUTH}/refresh", json={"refresh_token": first})
    second = renewed.json()["refresh_token"]
    after = await shop.client.post(f"{AUTH}/refresh", json={"refresh_token": second})

    assert [renewed.status_code, copied.status_code, after.status_code] == [200, 401, 401]


async def test_signing_out_ends_the_session(shop: Any) -> None:
    token = (await shop.client.post(f"{AUTH}/register", json=ANNE)).json()["refresh_token"]

    out = await shop.client.post(f"{AUTH}/logout", json={"refresh_token": token})
    again = await shop.client.post(f"{AUTH}/logout", json={"refresh_token": token})
    renewed = await shop.client.post(f"{AUTH}/refresh", json={"refresh_token": token})

    assert [out.status_code, again.status_code, renewed.status_code] == [204, 204, 401]


async def test_nobody_is_asked_to_sign_in(shop: Any) -> None:
    answer = await shop.client.get("/api/v1/me")

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["type"] == "/problems/unauthenticated"


async def test_demo_accounts_are_told_in_the_demo_alone(shop: Any) -> None:
    answer = await shop.client.get("/api/v1/demo/accounts")

    assert answer.status_code == 404


async def test_demo_tells_its_accounts(shop: Any) -> None:
    told = {"accounts": [{**ANNE, "display_name": "Anne", "role": "reader"}]}
    (shop.settings.data_dir / "demo-accounts.json").write_text(json.dumps(told))
    shop.services.settings = msgspec.structs.replace(shop.settings, demo=True)

    answer = await shop.client.get("/api/v1/demo/accounts")

    assert answer.json() == told
    assert answer.headers["cache-control"] == "no-store"


async def test_reader_reviews_a_book_once_and_its_rating_follows(shop: Any) -> None:
    signed_in = (await shop.client.post(f"{AUTH}/register", json=ANNE)).json()
    headers = {"authorization": f"Bearer {signed_in['access_token']}"}
    address = f"/api/v1/books/{shop.ids['Emma']}"

    made = await shop.client.post(f"{address}/reviews", json={"rating": 4}, headers=headers)
    again = await shop.client.post(f"{address}/reviews", json={"rating": 5}, headers=headers)
    listed = await shop.client.get(f"{address}/reviews")
    await shop.follow()
    token = made.headers["index-version"]
    book = await shop.client.get(address, headers={"if-index-version": token})

    assert [made.status_code, again.status_code] == [201, 409]
    assert listed.json()["results"] == [made.json()]
    assert listed.headers["x-total-count"] == "1"
    assert (book.json()["average_rating"], book.json()["review_count"]) == (4.0, 1)


async def test_review_is_changed_and_taken_back_by_its_writer_alone(shop: Any) -> None:
    signed_in = (await shop.client.post(f"{AUTH}/register", json=ANNE)).json()
    mine = {"authorization": f"Bearer {signed_in['access_token']}", "if-match": '"1"'}
    reviews = f"/api/v1/books/{shop.ids['Emma']}/reviews"
    made = await shop.client.post(reviews, json={"rating": 4}, headers=mine)
    address = made.headers["location"]

    theirs = {**shop.signed_in("reader"), "if-match": '"1"'}
    by_other = await shop.client.put(address, json={"rating": 1}, headers=theirs)
    changed = await shop.client.put(address, json={"rating": 5, "text": "Again!"}, headers=mine)
    stale = await shop.client.delete(address, headers=mine)
    deleted = await shop.client.delete(
        address, headers={**mine, "if-match": changed.headers["etag"]}
    )

    statuses = [answer.status_code for answer in (by_other, changed, stale, deleted)]
    assert statuses == [404, 200, 412, 204]


@pytest.mark.parametrize("rating", [0, 6, "five", 4.5, None])
async def test_review_outside_one_to_five_stars_is_refused(shop: Any, rating: Any) -> None:
    answer = await shop.client.post(
        f"/api/v1/books/{shop.ids['Emma']}/reviews",
        json={"rating": rating},
        headers=shop.signed_in("reader"),
    )

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/rating"
