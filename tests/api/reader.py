"""A reader who has joined a shop, and what tests let them do."""

from typing import Any

import httpx
from msgspec import Struct

from core.kernel.ids import new_id

EMAIL = "anne@kellynch.example"
PASSWORD = "a second spring"


class Reader(Struct):
    client: httpx.AsyncClient
    headers: dict[str, str]
    id: str
    refresh_token: str

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self.client.request(method, path, json=body, headers=self.headers)


async def joined(shop: Any) -> Reader:
    account = {"email": EMAIL, "password": PASSWORD, "display_name": "=Anne"}
    opened = (await shop.client.post("/api/v1/auth/register", json=account)).json()
    headers = {"authorization": f"Bearer {opened['access_token']}"}
    return Reader(shop.client, headers, opened["account"]["id"], opened["refresh_token"])


async def busy(shop: Any, reader: Reader) -> None:
    """A review, a purchase, a visit and a search."""
    book = str(shop.ids["Dune"])
    await reader.ask("POST", f"/api/v1/books/{book}/reviews", {"rating": 5, "text": "Sand"})
    events = [
        {"id": str(new_id()), "kind": "purchase", "book_id": str(shop.ids["Emma"])},
        {"id": str(new_id()), "kind": "page_view", "path": "/sand"},
        {"id": str(new_id()), "kind": "search", "query": "worms"},
    ]
    told = await reader.ask("POST", "/api/v1/events", {"events": events})
    assert told.json()["accepted"] == 3


async def count(shop: Any, sql: str, *values: object) -> int:
    async with shop.pool.acquire() as connection:
        found: int = await connection.fetchval(f"select count(*) from {sql}", *values)
        return found
