"""API keys: what programs may do in the name of an account."""

import contextlib
from typing import Final

import msgspec
from msgspec import Struct

from api.asgi.answer import NO_STORE, Answer, Empty, json_answer
from api.asgi.endpoint import READ, endpoint
from api.asgi.request import Request
from core.accounts.api_key import ApiKey, KeyDraft, KeyNotFound, NewKey, Rotation, TierDraft
from core.kernel.errors import Unavailable

PATH: Final = "/api/v1/api-keys"
ONE: Final = f"{PATH}/{{key_id:str}}"
_draft = msgspec.json.Decoder(KeyDraft)
_rotation = msgspec.json.Decoder(Rotation)
_tier = msgspec.json.Decoder(TierDraft)


class KeyList(Struct, frozen=True):
    keys: tuple[ApiKey, ...]


@endpoint(
    READ,
    PATH,
    tag="accounts",
    may="keys:read",
    answer=KeyList,
    problems=(401, 403, 404, 503),
)
async def listed(request: Request) -> Answer:
    """The API keys of the account, newest first; their secrets are not kept."""
    shop = request.store()
    principal = request.reader(shop.store.id)
    found = await shop.api_keys.of_reader(shop.store.id, principal.reader_id)
    return json_answer(KeyList(tuple(found)), NO_STORE)


@endpoint(
    "POST",
    PATH,
    tag="accounts",
    may="keys:write",
    body=KeyDraft,
    answer=NewKey,
    status=201,
    problems=(400, 401, 403, 404, 408, 409, 413, 415, 503),
    answer_headers=(("Location", "where it is"),),
)
async def created(request: Request) -> Answer:
    """Make an API key; the answer shows it once.

    It is good in every worker within a second.
    """
    shop = request.store()
    principal = request.reader(shop.store.id)
    draft = await request.json(_draft)
    made = await shop.api_keys.create(shop.store.id, principal.reader_id, draft)
    await _take_up(request)
    return json_answer(made, NO_STORE, (b"location", f"{PATH}/{made.id}".encode()), status=201)


@endpoint(
    READ,
    ONE,
    tag="accounts",
    may="keys:read",
    answer=ApiKey,
    problems=(401, 403, 404, 503),
)
async def shown(request: Request) -> Answer:
    """One API key, and when it was last used."""
    shop = request.store()
    principal = request.reader(shop.store.id)
    key_id = request.path_id("key_id", KeyNotFound)
    return json_answer(
        await shop.api_keys.get(shop.store.id, principal.reader_id, key_id), NO_STORE
    )


@endpoint(
    "POST",
    f"{ONE}/rotate",
    tag="accounts",
    may="keys:write",
    body=Rotation,
    answer=NewKey,
    problems=(400, 401, 403, 404, 408, 413, 415, 503),
)
async def rotated(request: Request) -> Answer:
    """Give the key another secret, shown once.

    The old one ends at once, or after `grace_seconds`.
    """
    shop = request.store()
    principal = request.reader(shop.store.id)
    key_id = request.path_id("key_id", KeyNotFound)
    rotation = await request.json(_rotation)
    made = await shop.api_keys.rotate(shop.store.id, principal.reader_id, key_id, rotation)
    await _take_up(request)
    return json_answer(made, NO_STORE)


@endpoint(
    "DELETE",
    ONE,
    tag="accounts",
    may="keys:write",
    status=204,
    problems=(401, 403, 404, 503),
)
async def revoked(request: Request) -> Answer:
    """End an API key: every worker refuses it within a second."""
    shop = request.store()
    principal = request.reader(shop.store.id)
    key_id = request.path_id("key_id", KeyNotFound)
    await shop.api_keys.revoke(shop.store.id, principal.reader_id, key_id)
    await _take_up(request)
    return Empty(204)


@endpoint(
    "PUT",
    f"{ONE}/tier",
    tag="accounts",
    may="tiers:write",
    body=TierDraft,
    answer=ApiKey,
    problems=(400, 401, 403, 404, 408, 413, 415, 503),
)
async def tier_set(request: Request) -> Answer:
    """Say how often any key of the store may ask."""
    shop = request.store()
    key_id = request.path_id("key_id", KeyNotFound)
    draft = await request.json(_tier)
    changed = await shop.api_keys.set_tier(shop.store.id, key_id, draft.tier)
    await _take_up(request)
    return json_answer(changed, NO_STORE)


async def _take_up(request: Request) -> None:
    """Know it in this worker at once; the others look by themselves."""
    with contextlib.suppress(Unavailable):  # the write is done; the next look takes it up
        await request.services.look_for_keys()


ENDPOINTS = tuple(
    each.called(f"api_keys.{each.run.__name__}")
    for each in (listed, created, shown, rotated, revoked, tier_set)
)
