"""The second factor: set up, asked for, switched off."""

from typing import Final

import msgspec

from api.asgi.answer import NO_STORE, Answer, Empty, json_answer
from api.asgi.endpoint import READ, endpoint
from api.asgi.handing import SESSION_HEADER, handed
from api.asgi.request import Request
from api.routes.accounts import AUTH, client_address
from api.routes.proving import proved_by_password
from api.schemas.accounts import Password
from api.schemas.second_factor import Answered, Code, RecoveryCodes, Verified, verified
from core.accounts.permissions import require
from core.accounts.second_factor import Factor, Setup

_answered = msgspec.json.Decoder(Answered)
_code = msgspec.json.Decoder(Code)
_BODY: Final = (400, 401, 403, 404, 408, 413, 415, 503)


@endpoint(
    READ,
    f"{AUTH}/mfa",
    tag="accounts",
    may="account:read",
    answer=Factor,
    problems=(401, 403, 404, 503),
)
async def shown(request: Request) -> Answer:
    """Whether a second factor is on, and how many recovery codes are left."""
    shop = request.store()
    return json_answer(await shop.second_factors.of(request.reader(shop.store.id)), NO_STORE)


@endpoint(
    "POST",
    f"{AUTH}/mfa/setup",
    tag="accounts",
    may="account:write",
    body=Password,
    answer=Setup,
    problems=(*_BODY, 409),
)
async def set_up(request: Request) -> Answer:
    """A secret for an authenticator app, in force once a code of it was sent to `verify`."""
    shop = request.store()
    principal = await proved_by_password(request)
    return json_answer(await shop.second_factors.set_up(shop.store, principal), NO_STORE)


@endpoint(
    "POST",
    f"{AUTH}/mfa/verify",
    tag="accounts",
    may="account:open",
    body=Answered,
    answer=Verified,
    problems=_BODY,
    request_headers=(SESSION_HEADER,),
)
async def verify(request: Request) -> Answer:
    """Complete a sign-in by its challenge and a code; or, signed in, switch the factor on.

    A code works once. Five wrong ones lock as wrong passwords do.
    """
    shop = request.store()
    given = await request.json(_answered)
    address = client_address(request)
    if given.challenge:
        account = await shop.second_factors.answer(shop.store, given.challenge, given.code, address)
        return handed(request, verified(await shop.sign_in.begin(account)))
    principal = require(request.principal(), shop.store.id, "account:write")
    codes = await shop.second_factors.confirm(shop.store, principal, given.code, address)
    return json_answer(Verified(recovery_codes=codes), NO_STORE)


@endpoint(
    "POST",
    f"{AUTH}/mfa/disable",
    tag="accounts",
    may="account:write",
    body=Code,
    status=204,
    problems=(*_BODY, 409),
)
async def disable(request: Request) -> Answer:
    """Switch the second factor off by a last code."""
    shop = request.store()
    principal = request.reader(shop.store.id)
    given = await request.json(_code)
    await shop.second_factors.disable(shop.store, principal, given.code, client_address(request))
    return Empty(204)


@endpoint(
    "POST",
    f"{AUTH}/mfa/recovery-codes",
    tag="accounts",
    may="account:write",
    body=Code,
    answer=RecoveryCodes,
    problems=(*_BODY, 409),
)
async def new_recovery_codes(request: Request) -> Answer:
    """Ten new recovery codes by a code, of the app or for recovery; the old ones are void."""
    shop = request.store()
    principal = request.reader(shop.store.id)
    given = await request.json(_code)
    codes = await shop.second_factors.renew_recovery(
        shop.store, principal, given.code, client_address(request)
    )
    return json_answer(RecoveryCodes(codes), NO_STORE)


ENDPOINTS = (shown, set_up, verify, disable, new_recovery_codes)
