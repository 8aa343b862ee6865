"""Signing up, in and out, and who one is."""

import asyncio
from typing import Final

import msgspec

from api.asgi.answer import JSON, NO_STORE, Answer, Empty, json_answer
from api.asgi.endpoint import READ, endpoint
from api.asgi.handing import (
    CSRF_HEADER,
    SESSION_HEADER,
    ended,
    handed,
    refresh_token_of,
    taken_back,
)
from api.asgi.request import Request
from api.schemas.accounts import DemoAccounts, Login, RefreshToken, Registered
from core.accounts.account import Account, AccountChange, Registration, SessionEnded
from core.accounts.sign_in import SignedIn
from core.kernel.errors import NotFound

AUTH: Final = "/api/v1/auth"
DEMO_FILE: Final = "demo-accounts.json"
_registration = msgspec.json.Decoder(Registration)
_change = msgspec.json.Decoder(AccountChange)
_login = msgspec.json.Decoder(Login)


@endpoint(
    "POST",
    f"{AUTH}/register",
    tag="accounts",
    may="account:open",
    body=Registration,
    answer=Registered,
    status=201,
    problems=(400, 404, 408, 409, 413, 415, 503),
    request_headers=(SESSION_HEADER,),
)
async def register(request: Request) -> Answer:
    """Open a reader's account, and a first session."""
    shop = request.store()
    registration = await request.json(_registration)
    account = await shop.sign_in.register(shop.store, registration)
    signed_in = await shop.sign_in.begin(account)
    registered = Registered(**msgspec.structs.asdict(signed_in), account=account)
    return handed(request, registered, status=201)


@endpoint(
    "POST",
    f"{AUTH}/login",
    tag="accounts",
    may="account:open",
    body=Login,
    answer=SignedIn,
    problems=(400, 401, 404, 408, 413, 415, 503),
    request_headers=(SESSION_HEADER,),
)
async def login(request: Request) -> Answer:
    """Sign in with e-mail address and password."""
    shop = request.store()
    given = await request.json(_login)
    address = client_address(request)
    signed_in = await shop.sign_in.sign_in(shop.store, given.email, given.password, address)
    return handed(request, signed_in)


@endpoint(
    "POST",
    f"{AUTH}/refresh",
    tag="accounts",
    may="account:open",
    body=RefreshToken,
    answer=SignedIn,
    problems=(400, 401, 403, 404, 408, 413, 415, 503),
    request_headers=(SESSION_HEADER, CSRF_HEADER),
)
async def refresh(request: Request) -> Answer:
    """Renew a session: a new access token and the next refresh token.

    Each refresh token works once. Using one again ends the session, for somebody has copied it.
    """
    shop = request.store()
    token = await refresh_token_of(request)
    try:
        return handed(request, await shop.sign_in.renew(shop.store, token))
    except SessionEnded as error:
        return ended(request, error)


@endpoint(
    "POST",
    f"{AUTH}/logout",
    tag="accounts",
    may="account:open",
    body=RefreshToken,
    status=204,
    problems=(400, 403, 404, 408, 413, 415, 503),
    request_headers=(SESSION_HEADER, CSRF_HEADER),
)
async def logout(request: Request) -> Answer:
    """End the session that a refresh token belongs to.

    Its access tokens are refused within a second, too.
    """
    shop = request.store()
    await shop.sign_in.sign_out(shop.store, await refresh_token_of(request))
    return taken_back(request, Empty(204))


@endpoint(
    READ,
    "/api/v1/me",
    tag="accounts",
    may="account:read",
    answer=Account,
    problems=(401, 403, 404, 503),
)
async def me(request: Request) -> Answer:
    """The account that is signed in."""
    shop = request.store()
    principal = request.reader(shop.store.id)
    return json_answer(await shop.sign_in.accounts.by_id(shop.store, principal.reader_id), NO_STORE)


@endpoint(
    "PATCH",
    "/api/v1/me",
    tag="accounts",
    may="account:write",
    body=AccountChange,
    body_media=("application/json", "application/merge-patch+json"),
    answer=Account,
    problems=(400, 401, 403, 404, 408, 413, 415, 503),
)
async def change_me(request: Request) -> Answer:
    """Change one's name or password.

    A new password needs the current one, and ends every other session.
    """
    shop = request.store()
    principal = request.reader(shop.store.id)
    change = await request.json(_change, b"application/merge-patch+json")
    changed = await shop.sign_in.change(shop.store, principal, change, client_address(request))
    return json_answer(changed, NO_STORE)


def client_address(request: Request) -> bytes:
    """What attempts are counted by."""
    return request.services.clients.of(request.scope)


@endpoint(
    READ,
    "/api/v1/demo/accounts",
    tag="accounts",
    may="account:open",
    answer=DemoAccounts,
    problems=(404,),
)
async def demo_accounts(request: Request) -> Answer:
    """Accounts to try the demo with; 404 anywhere else."""
    settings = request.services.settings
    if not settings.demo:
        raise NotFound("this is no demo", remedy="`bookwheel demo` makes one")
    file = settings.data_dir / DEMO_FILE
    try:
        content = await asyncio.to_thread(file.read_bytes)
    except OSError:
        raise NotFound("the demo has no accounts yet", remedy="wait until it is ready") from None
    return Answer(content, (JSON, NO_STORE))


ENDPOINTS = (register, login, refresh, logout, me, change_me, demo_accounts)
