"""Sessions: where one is signed in, and how to end that; admins end those of any account."""

from typing import Final

from api.asgi.answer import NO_STORE, Answer, Empty, json_answer
from api.asgi.endpoint import READ, endpoint
from api.asgi.request import Request
from api.routes.proving import PROVED, proved
from api.schemas.accounts import Proof, SessionEntry, SessionList
from core.accounts.account import AccountNotFound
from core.accounts.session import SessionNotFound

SESSIONS: Final = "/api/v1/me/sessions"


@endpoint(
    READ,
    SESSIONS,
    tag="accounts",
    may="account:read",
    answer=SessionList,
    problems=(401, 403, 404, 503),
)
async def listed(request: Request) -> Answer:
    """The sessions of the account, newest first."""
    shop = request.store()
    principal = request.reader(shop.store.id)
    found = await shop.sign_in.sessions.of_reader(shop.store.id, principal.reader_id)
    entries = [
        SessionEntry(
            id=each.family,
            started_at=each.started_at,
            renewed_at=each.renewed_at,
            expires_at=each.expires_at,
            current=each.family == principal.session,
        )
        for each in found
    ]
    return json_answer(SessionList(tuple(entries)), NO_STORE)


@endpoint(
    "DELETE",
    f"{SESSIONS}/{{session_id:str}}",
    tag="accounts",
    may="account:write",
    body=Proof,
    status=204,
    problems=PROVED,
)
async def ended(request: Request) -> Answer:
    """End one session: its access tokens are refused within a second, too.

    Needs the password, or a sign-in of the last ten minutes.
    """
    shop = request.store()
    principal = await proved(request)
    session = request.path_id("session_id", SessionNotFound)
    await shop.sign_in.sessions.end(shop.store.id, principal.reader_id, session)
    return Empty(204)


@endpoint(
    "DELETE",
    SESSIONS,
    tag="accounts",
    may="account:write",
    body=Proof,
    status=204,
    problems=PROVED,
)
async def all_ended(request: Request) -> Answer:
    """Sign out everywhere, here included.

    Needs the password, or a sign-in of the last ten minutes.
    """
    shop = request.store()
    principal = await proved(request)
    await shop.sign_in.sessions.end_all(shop.store.id, principal.reader_id)
    return Empty(204)


@endpoint(
    "DELETE",
    "/api/v1/accounts/{reader_id:str}/sessions",
    tag="accounts",
    may="sessions:end",
    status=204,
    problems=(401, 403, 404, 503),
)
async def ended_for(request: Request) -> Answer:
    """Sign an account out everywhere, whosever it is.

    Its access tokens are refused within a second, too; its API keys stay.
    """
    shop = request.store()
    account_id = request.path_id("reader_id", AccountNotFound)
    await shop.sign_in.sessions.end_all(shop.store.id, account_id)
    return Empty(204)


ENDPOINTS = (listed, ended, all_ended, ended_for)
