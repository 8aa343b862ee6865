"""Passkeys (WebAuthn): added, listed, removed, signed in by."""

from typing import Final

import msgspec

from api.asgi.answer import NO_STORE, Answer, Empty, json_answer
from api.asgi.endpoint import READ, endpoint
from api.asgi.handing import SESSION_HEADER, handed
from api.asgi.request import Request
from api.routes.accounts import AUTH, client_address
from api.routes.proving import PROVED, proved, proved_by_password
from api.schemas.accounts import Password, Proof
from api.schemas.passkeys import (
    NewPasskey,
    PasskeyAnswer,
    PasskeyList,
    PasskeyOptions,
)
from core.accounts.passkeys import Passkey, PasskeyNotFound
from core.accounts.sign_in import SignedIn

_new = msgspec.json.Decoder(NewPasskey)
_answer = msgspec.json.Decoder(PasskeyAnswer)
PASSKEYS: Final = "/api/v1/me/passkeys"
_BODY: Final = (400, 401, 403, 404, 408, 413, 415, 503)


@endpoint(
    READ,
    PASSKEYS,
    tag="accounts",
    may="account:read",
    answer=PasskeyList,
    problems=(401, 403, 404, 503),
)
async def listed(request: Request) -> Answer:
    """The passkeys of the account, newest first."""
    shop = request.store()
    found = await shop.passkeys.of(request.reader(shop.store.id))
    return json_answer(PasskeyList(tuple(found)), NO_STORE)


@endpoint(
    "POST",
    f"{PASSKEYS}/options",
    tag="accounts",
    may="account:write",
    body=Password,
    answer=PasskeyOptions,
    problems=(*_BODY, 429),
)
async def creation(request: Request) -> Answer:
    """What a browser needs to make a passkey, once the password was right."""
    shop = request.store()
    principal = await proved_by_password(request)
    made = await shop.passkeys.creation(shop.store, principal)
    return json_answer(PasskeyOptions(made), NO_STORE)


@endpoint(
    "POST",
    PASSKEYS,
    tag="accounts",
    may="account:write",
    body=NewPasskey,
    answer=Passkey,
    status=201,
    problems=(*_BODY, 409),
)
async def added(request: Request) -> Answer:
    """Keep the passkey that a browser has made."""
    shop = request.store()
    principal = request.reader(shop.store.id)
    given = await request.json(_new)
    passkey = await shop.passkeys.add(shop.store, principal, given.name, given.credential)
    return json_answer(passkey, NO_STORE, status=201)


@endpoint(
    "DELETE",
    f"{PASSKEYS}/{{passkey_id:str}}",
    tag="accounts",
    may="account:write",
    body=Proof,
    status=204,
    problems=(*PROVED, 409),
)
async def removed(request: Request) -> Answer:
    """Sign in by this passkey no longer.

    Needs the password, or a sign-in of the last ten minutes; 409 where nothing else opens the
    account.
    """
    shop = request.store()
    principal = await proved(request)
    await shop.passkeys.remove(principal, request.path_id("passkey_id", PasskeyNotFound))
    return Empty(204)


@endpoint(
    "POST",
    f"{AUTH}/passkey/options",
    tag="accounts",
    may="account:open",
    answer=PasskeyOptions,
    problems=(404, 503),
)
async def request_options(request: Request) -> Answer:
    """What a browser needs to ask for a passkey: the same for everybody."""
    shop = request.store()
    return json_answer(PasskeyOptions(await shop.passkeys.request(shop.store)), NO_STORE)


@endpoint(
    "POST",
    f"{AUTH}/passkey/login",
    tag="accounts",
    may="account:open",
    body=PasskeyAnswer,
    answer=SignedIn,
    problems=_BODY,
    request_headers=(SESSION_HEADER,),
)
async def login(request: Request) -> Answer:
    """Sign in by a passkey; no second factor is asked for, it is one."""
    shop = request.store()
    given = await request.json(_answer)
    address = client_address(request)
    return handed(request, await shop.passkeys.sign_in(shop.store, given.credential, address))


ENDPOINTS = (listed, creation, added, removed, request_options, login)
