"""The edges of the service: what is refused before a route sees it, and what browsers are told."""

import asyncio
import contextlib
import gzip
import re
import socket
from typing import Any

import httpx
from msgspec.structs import replace

from api.app import create_app

DATA = (
    "/api/v1/search?q=emma",
    "/api/v1/books",
    "/api/v1/me",
    "/api/v1/nowhere",
    "/readyz",
    "/metrics",
    "/problems",
    "/api/schema/",
)
PAGES = ("/", "/staff", "/assets/modules/main.js", "/api/docs/", "/api/redoc/")


def app_client(shop: Any, **settings: Any) -> httpx.AsyncClient:
    """The application under other settings."""
    shop.services.settings = replace(shop.settings, **settings)
    transport = httpx.ASGITransport(create_app(shop.services))
    return httpx.AsyncClient(transport=transport, base_url="http://shop.test")


async def test_data_may_load_nothing_and_be_framed_nowhere(shop: Any) -> None:
    for path in DATA:
        headers = (await shop.client.get(path)).headers

        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; frame-ancestors 'none'"), path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "no-referrer", path
        assert headers["cross-origin-resource-policy"] == "same-origin", path


async def test_pages_load_what_is_ours_and_nothing_inline(shop: Any) -> None:
    """ASVS v5.0.0-14.2.3."""
    for path in PAGES:
        headers = (await shop.client.get(path)).headers

        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy, path
        assert "unsafe" not in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert headers["cross-origin-opener-policy"] == "same-origin", path
        assert headers["cross-origin-resource-policy"] == "same-origin", path
        assert headers["referrer-policy"] == "same-origin", path
        assert headers["x-content-type-options"] == "nosniff", path


async def test_pages_hold_no_script_and_no_style_of_their_own(shop: Any) -> None:
    for path in (each for each in PAGES if not each.endswith(".js")):
        text = (await shop.client.get(path)).text

        inline = re.findall(r"<script(?![^>]*\bsrc=)|<style|\bon\w+=\"|\bstyle=\"", text)
        assert inline == [], path


async def test_cover_runs_nothing_and_may_be_shown_anywhere(shop: Any) -> None:
    headers = (await shop.client.get(f"/api/v1/books/{shop.ids['Emma']}/cover.svg")).headers

    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["cross-origin-resource-policy"] == "cross-origin"


async def test_browsers_are_held_to_tls_where_it_is_in_front(shop: Any) -> None:
    plain = await shop.client.get("/")
    async with app_client(shop, public_url="https://shop.example") as client:
        told = await client.get("/")

    assert "strict-transport-security" not in plain.headers
    assert told.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"


async def test_only_listed_origins_may_ask(shop: Any) -> None:
    ours, other = {"origin": "https://shop.example"}, {"origin": "https://evil.example"}
    preflight = {"access-control-request-method": "POST"}
    async with app_client(shop, cors_origins=("https://shop.example",)) as client:
        asked = await client.options("/api/v1/books", headers=ours | preflight)
        got = await client.get("/api/v1/books", headers=ours)
        refused = await client.options("/api/v1/books", headers=other | preflight)
        silent = await client.get("/api/v1/books", headers=other)
        without = await client.get("/api/v1/books")

    assert asked.headers["access-control-allow-origin"] == "https://shop.example"
    assert "X-API-Key" in asked.headers["access-control-allow-headers"]
    assert got.headers["access-control-allow-origin"] == "https://shop.example"
    assert "Origin" in got.headers.get_list("vary")
    assert "ETag" in got.headers["access-control-expose-headers"]
    for answer in (asked, got, refused, silent, without):
        assert "access-control-allow-credentials" not in answer.headers
    for answer in (refused, silent, without):
        assert "access-control-allow-origin" not in answer.headers


HERE, ELSEWHERE = ("127.0.0.0/8",), ("192.0.2.0/24",)
LISTS: tuple[tuple[dict[str, Any], int], ...] = (
    ({"blocked_networks": HERE}, 403),
    ({"blocked_networks": ELSEWHERE}, 200),
    ({"allowed_networks": ELSEWHERE}, 403),
    ({"allowed_networks": HERE}, 200),
    ({"allowed_networks": HERE, "blocked_networks": ("127.0.0.1",)}, 403),
)


async def test_networks_are_answered_as_the_lists_say(shop: Any) -> None:
    made_up = {"x-forwarded-for": "192.0.2.1"}  # whom nobody trusts
    for lists, status in LISTS:
        async with app_client(shop, **lists) as client:
            answer = await client.get("/api/v1/books", headers=made_up)
            probe = await client.get("/livez")

        assert (answer.status_code, probe.status_code) == (status, 200), lists
        if status == 403:
            assert answer.json()["type"] == "/problems/network-refused"


async def test_compressed_bodies_are_refused_and_never_unpacked(shop: Any) -> None:
    """ASVS v5.0.0-5.2.1."""
    bomb = gzip.compress(b"[" * 50_000_000)
    assert len(bomb) < 1_000_000

    for encoding in ("gzip", "br", "zstd", "deflate", "gzip, gzip"):
        headers = {"content-type": "application/json", "content-encoding": encoding}
        answer = await shop.client.post("/api/v1/search", content=bomb, headers=headers)

        assert answer.status_code == 415, encoding
        assert "Content-Encoding" in answer.json()["remedy"]


NO_QUESTIONS = (
    b"[" * 900_000,
    b'{"q":' * 100_000,
    b'{"q": "' + b"\xff" * 100 + b'"}',
    b"nul",
    b"",
    b"\0",
)


async def test_bodies_that_are_no_question_are_refused(shop: Any) -> None:
    for body in NO_QUESTIONS:
        answer = await shop.client.post(
            "/api/v1/search", content=body, headers={"content-type": "application/json"}
        )

        assert answer.status_code == 400, body[:20]


async def test_body_of_more_than_a_megabyte_is_refused_whatever_it_declares(shop: Any) -> None:
    """ASVS v5.0.0-5.2.1."""

    async def drops() -> Any:
        for _ in range(20):
            yield b" " * 100_000

    answer = await shop.client.post(
        "/api/v1/search", content=drops(), headers={"content-type": "application/json"}
    )

    assert answer.status_code == 413


async def test_query_of_more_than_a_hundred_pairs_is_refused(shop: Any) -> None:
    answer = await shop.client.get("/api/v1/search?" + "&".join(["category=x"] * 101))

    assert answer.status_code == 400


HEAD = (
    b"POST /api/v1/search HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
    b"content-length: 1000\r\n\r\n"
)


async def test_clients_that_send_slowly_are_cut_off_and_others_are_served(
    shop: Any, serving: Any
) -> None:
    [client] = await serving(replace(shop.settings, body_seconds=1.0))
    port = client.base_url.port

    async def dripping() -> bytes:
        """One byte every tenth of a second: never silent, never done."""
        loop = asyncio.get_running_loop()
        # Not a stream, which forgets what it was answered where it fails to send.
        with socket.socket() as client:
            client.setblocking(False)
            await loop.sock_connect(client, ("127.0.0.1", port))
            await loop.sock_sendall(client, HEAD)
            answer = asyncio.create_task(loop.sock_recv(client, 200))
            while not answer.done():
                with contextlib.suppress(ConnectionError):
                    await loop.sock_sendall(client, b" ")
                await asyncio.wait([answer], timeout=0.1)
            return await answer

    slow = [asyncio.create_task(dripping()) for _ in range(50)]
    meanwhile = [(await client.get("/api/v1/search?q=emma")).status_code for _ in range(20)]
    async with asyncio.timeout(300):
        answers = await asyncio.gather(*slow)

    assert meanwhile == [200] * 20
    assert all(answer.startswith(b"HTTP/1.1 408") for answer in answers)


async def test_change_that_takes_too_long_is_given_up(shop: Any) -> None:
    headers = shop.signed_in("staff") | {"if-match": '"1"'}
    path = f"/api/v1/books/{shop.ids['Emma']}"
    async with shop.pool.acquire() as connection, connection.transaction():
        await connection.execute("select from book for update")
        async with app_client(shop, answer_seconds=0.3) as client:
            answer = await client.patch(path, json={"stock": 1}, headers=headers)

    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/took-too-long"
    assert (await shop.client.patch(path, json={"stock": 1}, headers=headers)).status_code == 200
