"""Handing tokens to who signed in: in the answer, or to a browser in cookies."""

from typing import Any, Final

import msgspec
from msgspec.structs import replace

from api.asgi.answer import NO_STORE, Answer, json_answer
from api.asgi.cookies import wants_cookies
from api.asgi.request import Request
from api.problems import problem_answer
from api.schemas.accounts import RefreshToken
from core.accounts.account import SessionEnded

SESSION_HEADER: Final = (
    "X-Session",
    "cookie: tokens are set as cookies that no script can read, and are empty in the answer",
)
CSRF_HEADER: Final = ("X-CSRF-Token", "with cookies: repeats the one whose name ends in csrf")
_refresh = msgspec.json.Decoder(RefreshToken)


def handed(request: Request, told: Any, *, status: int = 200) -> Answer:
    """told: a Struct with access_token and refresh_token, empty where nobody signed in."""
    if not (wants_cookies(request.headers) and told.access_token):
        return json_answer(told, NO_STORE, status=status)
    cookies = request.services.cookies.given(told.access_token, told.refresh_token)
    shown = replace(told, access_token="", refresh_token="")
    return json_answer(shown, NO_STORE, *cookies, status=status)


async def refresh_token_of(request: Request) -> str:
    """The body's, else the cookie's. Raises ForgedPost where the cookie comes without proof."""
    given = (await request.json(_refresh)).refresh_token
    if given or not wants_cookies(request.headers):
        return given
    return request.services.cookies.refresh_token(request.headers)


def taken_back(request: Request, answer: Answer) -> Answer:
    """The answer, and a browser forgets its session."""
    if wants_cookies(request.headers):
        answer.headers += request.services.cookies.taken_back()
    return answer


def ended(request: Request, error: SessionEnded) -> Answer:
    return taken_back(request, problem_answer(error, request.scope))
