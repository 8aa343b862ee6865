"""Every route, asked by everybody, in two stores, of a real server: nobody gets another's."""

import asyncio
import re
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import asyncpg
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from api.asgi.endpoint import Endpoint
from api.routes.every import EVERY
from api.schemas.access import access_page, path_of, refusal
from api.schemas.names import NameDraft
from core.accounts.api_key import Rotation, TierDraft
from core.accounts.permissions import ANYBODYS, Caller
from core.accounts.principal import Principal, Role
from core.catalogue.draft import BookDraft
from core.kernel.ids import new_id
from core.reviews.review import ReviewDraft
from core.search.rules import RuleDraft, SynonymDraft
from ext.jwt_tokens import JwtTokens

PAGE = Path(__file__).parents[2] / "docs" / "ACCESS.md"
ROLES: tuple[Role, ...] = ("reader", "staff", "admin")
AT_ONCE = 16


def test_page_of_access_is_the_one_that_the_command_prints() -> None:
    """`bookwheel access > docs/ACCESS.md` writes it anew."""
    assert access_page(EVERY) == PAGE.read_text(encoding="utf-8")


def test_everybody_changes_nothing_but_what_is_told_here() -> None:
    """A route that writes and is open to all is named here, with open eyes."""
    writing = {
        each.documented.may
        for each in EVERY
        if not {"GET", "HEAD", "OPTIONS"}.issuperset(each.methods)
        and each.documented.may in ANYBODYS
    }

    assert writing == {"account:open", "events:write", "receipts:read", "search:read"}


def test_bodies_refuse_fields_that_they_do_not_know() -> None:
    """What is no Struct is read field by field, see `core.catalogue.draft` and `from_mapping`."""
    loose = [
        each.name
        for each in EVERY
        if hasattr(each.documented.body, "__struct_config__")
        and not each.documented.body.__struct_config__.forbid_unknown_fields
    ]

    assert loose in ([], ["books.create_book", "books.replace_book"])


class Asking(NamedTuple):
    """caller, store, token: as `refusal` takes them."""

    name: str
    headers: dict[str, str]
    caller: Caller
    store: Any
    token: Any


class Cell(NamedTuple):
    each: Endpoint
    method: str
    asking: Asking
    slug: str

    @property
    def expected(self) -> int:
        here = "own" if self.asking.store == self.slug else "other"
        return refusal(self.each, self.asking.caller, credentials=self.asking.token, store=here)  # type: ignore[arg-type] # a literal


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.fixture
def everybody(other_store: Any, shop: Any) -> list[Asking]:
    stores = {"main": shop.store.id, "other": other_store.id}
    somebody = [Asking("nobody", {}, "anonymous", "main", "good")]
    for slug, store_id in stores.items():
        for role in ROLES:
            headers = shop.signed_in(role, store_id=store_id)
            somebody.append(Asking(f"{role} of {slug}", headers, role, slug, "good"))
    admin = Principal(new_id(), shop.store.id, "admin")
    expired = JwtTokens(shop.tokens._keys.signing(), seconds=1, now=lambda: time.time() - 3600)
    forged = JwtTokens(Ed25519PrivateKey.generate(), seconds=60)
    bad = {
        "expired": expired.issue(admin),
        "forged": forged.issue(admin),
        "garbage": "x.y.z",
    }
    return somebody + [
        Asking(name, bearer(token), "admin", "main", "bad") for name, token in bad.items()
    ]


def filled(path: str, values: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], "x"), path)


async def test_no_cell_of_the_matrix_leaks(
    other_store: Any, shop: Any, serving: Any, everybody: list[Asking]
) -> None:
    [client] = await serving(replace(shop.settings, limits=False, host="127.0.0.1"))
    cells = [
        Cell(each, method, asking, slug)
        for each in EVERY
        for method in each.methods
        for asking in everybody
        for slug in ("main", "other")
    ]
    ids = {"book_id": str(shop.ids["Emma"])}
    gate = asyncio.Semaphore(AT_ONCE)

    async def leak(cell: Cell) -> str | None:
        # No version matches, so that those who may change nothing either.
        headers = {**cell.asking.headers, "x-store": cell.slug, "if-match": '"999999999"'}
        async with gate:
            path = filled(path_of(cell.each), ids)
            answer = await client.request(cell.method, path, headers=headers)
        status = answer.status_code
        refused = status if status in {401, 403} else 0
        if cell.each.name == "accounts.login":  # its own 401 would be about the password
            refused = 0
        if refused == cell.expected and status < 500:
            return None
        return f"{cell.asking.name}: {cell.method} {path} in {cell.slug}: {status}"

    leaks = [found for found in await asyncio.gather(*map(leak, cells)) if found]

    sys.stdout.write(f"{len(cells)} cells, {len(leaks)} leaks\n")  # shown by pytest -rP
    assert leaks == []
    assert len(cells) > 2000


BODIES: dict[Any, dict[str, Any]] = {
    NameDraft: {"name": "Taken over"},
    ReviewDraft: {"rating": 1, "text": "Taken over"},
    SynonymDraft: {"terms": ["taken", "over"]},
    RuleDraft: {"query": "taken", "action": "hide"},
    BookDraft: {"title": "Taken over", "price": "1"},
    Rotation: {},
    TierDraft: {"tier": "premium"},
}
"""What a write of each kind may look like: whoever may write such a thing sends it here."""


TRIAL = {
    "name": "a trial",
    "surface": "recommended",
    "variants": [{"name": "as is"}, {"name": "bold", "mix": {"personal": 0.9}}],
}


async def owned(client: httpx.AsyncClient, slug: str, tokens: Any, store: Any) -> dict[str, str]:
    """One row of every kind in a store, made by its reader and its staff; ids by parameter."""
    admin = bearer(tokens.issue(Principal(new_id(), store.id, "admin"))) | {"x-store": slug}
    signed_up = await client.post(
        "/api/v1/auth/register",
        json={"email": "owner@x.example", "password": "a quiet harbour"},
        headers={"x-store": slug},
    )
    own = bearer(signed_up.json()["access_token"]) | {"x-store": slug}
    books = await client.get("/api/v1/books", headers={"x-store": slug})
    book_id = books.json()["results"][0]["id"]
    found = {"book_id": book_id}
    made: Iterable[tuple[str, str, dict[str, Any], dict[str, str]]] = (
        ("author_id", "/authors", {"name": "Z"}, admin),
        ("category_id", "/categories", {"name": "Z"}, admin),
        ("publisher_id", "/publishers", {"name": "Z"}, admin),
        ("series_id", "/series", {"name": "Z"}, admin),
        ("set_id", "/search/synonyms", {"terms": ["z", "y"]}, admin),
        ("rule_id", "/search/rules", {"query": "z", "action": "bury", "book_id": book_id}, admin),
        ("experiment_id", "/experiments", TRIAL, admin),
        ("key_id", "/api-keys", {"name": "z", "scopes": ["account:read"]}, own),
        ("review_id", f"/books/{book_id}/reviews", {"rating": 5}, own),
    )
    for parameter, path, body, headers in made:
        answer = await client.post(f"/api/v1{path}", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        found[parameter] = answer.json()["id"]
    sessions = await client.get("/api/v1/me/sessions", headers=own)
    found["session_id"] = sessions.json()["sessions"][0]["id"]
    found["reader_id"] = signed_up.json()["account"]["id"]
    return found


async def passkey_of_owner(pool: asyncpg.Pool, store: Any) -> str:
    """Made here: over HTTP it takes a device, see tests/api/test_passkey_routes.py."""
    made = await pool.fetchval(
        """insert into passkey
             (id, store_id, reader_id, credential_id, public_key, sign_count, name, backed_up)
           select $1, store_id, id, 'credential', 'key', 0, 'Z', false from reader
           where store_id = $2 and email = 'owner@x.example' returning id""",
        new_id(),
        store.id,
    )
    return str(made)


async def identity_of_owner(pool: asyncpg.Pool, store: Any) -> str:
    """Made here: over HTTP it takes a provider, see tests/api/test_openid_routes.py."""
    made = await pool.fetchval(
        """insert into external_identity (id, store_id, reader_id, issuer, subject)
           select $1, store_id, id, 'issuer', 'Z' from reader
           where store_id = $2 and email = 'owner@x.example' returning id""",
        new_id(),
        store.id,
    )
    return str(made)


async def member(client: httpx.AsyncClient, pool: asyncpg.Pool, role: Role) -> dict[str, str]:
    """Headers of a new account of the store "main" that has just signed in."""
    person = {"email": f"{role}@x.example", "password": "a quiet harbour"}
    headers = {"x-store": "main"}
    await client.post("/api/v1/auth/register", json=person, headers=headers)
    await pool.execute("update reader set role = $1 where email = $2", role, person["email"])
    signed_in = await client.post("/api/v1/auth/login", json=person, headers=headers)
    return bearer(signed_in.json()["access_token"]) | headers


READERS_OWN = ("review_id", "session_id", "key_id", "passkey_id", "identity_id")


async def test_rows_of_others_are_never_found(other_store: Any, shop: Any, serving: Any) -> None:
    [client] = await serving(replace(shop.settings, limits=False))
    rows = {
        "main": await owned(client, "main", shop.tokens, shop.store),
        "other": await owned(client, "other", shop.tokens, other_store),
    }
    for slug, store in (("main", shop.store), ("other", other_store)):
        rows[slug]["passkey_id"] = await passkey_of_owner(shop.pool, store)
        rows[slug]["identity_id"] = await identity_of_owner(shop.pool, store)
    members = {role: await member(client, shop.pool, role) for role in ROLES}
    leaks, tried = [], 0
    for each in EVERY:
        path = path_of(each)
        last = re.findall(r"\{(\w+_id)\}", path)
        for method in each.methods if last else ():
            # A row of the other store; and where rows have owners, of another reader of this one.
            owned_here = last[-1] in READERS_OWN and each.documented.may != "tiers:write"
            for whose in ("other", "main") if owned_here else ("other",):
                for role in ROLES:
                    if refusal(each, role):
                        continue
                    values = {**rows["main"], last[-1]: rows[whose][last[-1]]}
                    headers = members[role] | {"if-match": '"1"'}
                    body = BODIES.get(each.documented.body)
                    if each.documented.body is RuleDraft:
                        body = {**(body or {}), "book_id": rows["main"]["book_id"]}
                    if each.name == "books.patch_book":
                        body = {"title": "Taken over"}
                    answer = await client.request(
                        method, filled(path, values), headers=headers, json=body
                    )
                    tried += 1
                    if answer.status_code != 404:
                        told = f"{role}: {method} {path} of {whose}: {answer.status_code}"
                        leaks.append(told)

    sys.stdout.write(f"{tried} tries, {len(leaks)} leaks\n")
    assert leaks == []
    assert tried > 50


async def test_role_and_store_cannot_be_written_by_oneself(shop: Any) -> None:
    """ASVS v5.0.0-15.3.3."""
    person = {"email": "ann@x.example", "password": "a quiet harbour"}
    signed_up = await shop.client.post("/api/v1/auth/register", json=person)
    token = bearer(signed_up.json()["access_token"])

    answers = [
        await shop.client.post("/api/v1/auth/register", json={**person, "role": "admin"}),
        await shop.client.patch("/api/v1/me", json={"role": "admin"}, headers=token),
        await shop.client.patch("/api/v1/me", json={"store_id": str(new_id())}, headers=token),
        await shop.client.patch("/api/v1/me", json={"id": str(new_id())}, headers=token),
    ]

    assert [answer.status_code for answer in answers] == [400] * 4
    assert (await shop.client.get("/api/v1/me", headers=token)).json()["role"] == "reader"
