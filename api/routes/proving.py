"""Proving once more to be the owner, for what a session alone is too little."""

from typing import Final

import msgspec

from api.asgi.body import check_media_type, decode_json
from api.asgi.request import Request
from api.routes.accounts import client_address
from api.schemas.accounts import Password, Proof
from core.accounts.principal import Principal

PROVED: Final = (400, 401, 403, 404, 408, 413, 415, 503)
"""Statuses of the problems of a route that has it proved."""
_password = msgspec.json.Decoder(Password)
_proof = msgspec.json.Decoder(Proof)


async def proof_of(request: Request) -> str | None:
    """The password in the body; None without a body, or where it says none."""
    if not (body := await request.body()):
        return None
    check_media_type(request.headers, b"application/json")
    return decode_json(body, _proof).password


async def proved_by_password(request: Request) -> Principal:
    """Who asks, once the body's password was right; without one, once signed in just now.

    Raises WrongCredentials, FreshSignInNeeded, SignInLocked, AccountNotFound.
    """
    shop = request.store()
    principal = request.reader(shop.store.id)
    given = await request.json(_password)
    await shop.sign_in.prove(shop.store, principal, given.password, client_address(request))
    return principal


async def proved(request: Request) -> Principal:
    """Who asks, once they sent their password or have signed in just now.

    Raises WrongCredentials, FreshSignInNeeded, SignInLocked, AccountNotFound.
    """
    shop = request.store()
    principal = request.reader(shop.store.id)
    password = await proof_of(request)
    await shop.sign_in.prove_lately(shop.store, principal, password, client_address(request))
    return principal
