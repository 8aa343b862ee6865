"""Signing in through another provider (OpenID Connect), and ceasing to."""

from typing import Final

import msgspec

from api.asgi.answer import NO_STORE, Answer, Empty, json_answer
from api.asgi.endpoint import READ, endpoint
from api.asgi.handing import SESSION_HEADER, handed
from api.asgi.request import Request
from api.routes.accounts import AUTH
from api.routes.proving import PROVED, proved
from api.schemas.accounts import Proof
from api.schemas.federation import Back, IdentityList, ProviderList
from core.accounts.federation import Begun, IdentityNotFound
from core.accounts.sign_in import SignedIn

_back = msgspec.json.Decoder(Back)
OIDC: Final = f"{AUTH}/oidc"
IDENTITIES: Final = "/api/v1/me/identities"


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


@endpoint(
    READ,
    IDENTITIES,
    tag="accounts",
    may="account:read",
    answer=IdentityList,
    problems=(401, 403, 404, 503),
)
async def identities(request: Request) -> Answer:
    """Who one is at other providers, as far as that opens the account; newest first."""
    shop = request.store()
    principal = request.reader(shop.store.id)
    found = await shop.federation.identities.of(shop.store.id, principal.reader_id)
    return json_answer(IdentityList(tuple(found)), NO_STORE)


@endpoint(
    "DELETE",
    f"{IDENTITIES}/{{identity_id:str}}",
    tag="accounts",
    may="account:write",
    body=Proof,
    status=204,
    problems=(*PROVED, 409),
)
async def unlinked(request: Request) -> Answer:
    """Sign in through that provider no longer.

    Needs the password, or a sign-in of the last ten minutes; 409 where nothing else opens the
    account.
    """
    shop = request.store()
    principal = await proved(request)
    identity_id = request.path_id("identity_id", IdentityNotFound)
    await shop.federation.identities.unlink(shop.store.id, principal.reader_id, identity_id)
    return Empty(204)


ENDPOINTS = (listed, started, finished, identities, unlinked)
