"""Signing in through another provider (OpenID Connect)."""

from typing import Final

import msgspec

from api.asgi.answer import NO_STORE, Answer, json_answer
from api.asgi.endpoint import READ, endpoint
from api.asgi.handing import SESSION_HEADER, handed
from api.asgi.request import Request
from api.routes.accounts import AUTH
from api.schemas.federation import Back, ProviderList
from core.accounts.federation import Begun
from core.accounts.sign_in import SignedIn

_back = msgspec.json.Decoder(Back)
OIDC: Final = f"{AUTH}/oidc"


@endpoint(
    READ,
    OIDC,
    tag="accounts",
    may="account:open",
    answer=ProviderList,
    problems=(404, 503),
)
async def listed(request: Request) -> Answer:
    """The providers that one may sign in through."""
    shop = request.store()
    return json_answer(ProviderList(tuple(shop.federation.providers.all)), NO_STORE)


@endpoint(
    "POST",
    f"{OIDC}/{{provider:str}}/start",
    tag="accounts",
    may="account:open",
    answer=Begun,
    problems=(404, 503),
)
async def started(request: Request) -> Answer:
    """Where to send the reader, and a `binding` to keep in the browser until it is back."""
    shop = request.store()
    begun = await shop.federation.begin(shop.store, request.path_value("provider"))
    return json_answer(begun, NO_STORE)


@endpoint(
    "POST",
    f"{OIDC}/finish",
    tag="accounts",
    may="account:open",
    body=Back,
    answer=SignedIn,
    problems=(400, 401, 403, 404, 408, 409, 413, 415, 503),
    request_headers=(SESSION_HEADER,),
)
async def finished(request: Request) -> Answer:
    """Sign in by what the provider sent back.

    An account is found by who one is there; the first time by an e-mail address that the provider
    vouches for and that is confirmed here, else one is opened.
    """
    shop = request.store()
    given = await request.json(_back)
    signed_in = await shop.federation.finish(
        shop.store, state=given.state, binding=given.binding, code=given.code, iss=given.iss
    )
    return handed(request, signed_in)


ENDPOINTS = (listed, started, finished)
