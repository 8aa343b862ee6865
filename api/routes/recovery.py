"""Forgotten passwords, unproved and new addresses."""

from typing import Final

import msgspec

from api.asgi.answer import NO_STORE, Answer, Empty, json_answer
from api.asgi.endpoint import READ, endpoint
from api.asgi.request import Request
from api.routes.accounts import AUTH, client_address
from api.schemas.recovery import Forgotten, NewEmail, Outbox, OutboxLetter, Reset, Verification
from core.accounts.account import Account
from core.kernel.errors import NotFound

_forgotten = msgspec.json.Decoder(Forgotten)
_reset = msgspec.json.Decoder(Reset)
_new_email = msgspec.json.Decoder(NewEmail)
_verification = msgspec.json.Decoder(Verification)
_BODY: Final = (400, 404, 408, 413, 415, 503)


@endpoint(
    "POST",
    f"{AUTH}/password/forgot",
    tag="accounts",
    may="account:open",
    body=Forgotten,
    status=202,
    problems=_BODY,
)
async def forgot(request: Request) -> Answer:
    """Send a link by which a new password can be chosen.

    The answer is the same, and takes as long, whether or not there is such an account.
    """
    shop = request.store()
    given = await request.json(_forgotten)
    await shop.recovery.forgotten(shop.store, given.email)
    return Empty(202, (NO_STORE, (b"content-length", b"0")))


@endpoint(
    "POST",
    f"{AUTH}/password/reset",
    tag="accounts",
    may="account:open",
    body=Reset,
    status=204,
    problems=_BODY,
)
async def reset(request: Request) -> Answer:
    """Choose a new password by the link of a letter; every session ends.

    The link works once. A password that breaks a rule leaves it good.
    """
    shop = request.store()
    given = await request.json(_reset)
    await shop.recovery.reset(shop.store, given.token, given.password, client_address(request))
    return Empty(204)


@endpoint(
    "POST",
    f"{AUTH}/email/verify",
    tag="accounts",
    may="account:open",
    body=Verification,
    answer=Account,
    problems=_BODY,
)
async def verify(request: Request) -> Answer:
    """Confirm an e-mail address by the link of a letter, which works once."""
    shop = request.store()
    given = await request.json(_verification)
    return json_answer(await shop.recovery.verify(shop.store, given.token), NO_STORE)


@endpoint(
    "POST",
    f"{AUTH}/email/send",
    tag="accounts",
    may="account:write",
    status=202,
    problems=(401, 403, 404, 409, 503),
)
async def send(request: Request) -> Answer:
    """Send the link again that confirms one's address; at most one a minute leaves."""
    shop = request.store()
    principal = request.reader(shop.store.id)
    await shop.recovery.send_verification(shop.store, principal)
    return Empty(202, (NO_STORE, (b"content-length", b"0")))


@endpoint(
    "POST",
    "/api/v1/me/email",
    tag="accounts",
    may="account:write",
    body=NewEmail,
    status=202,
    problems=(*_BODY, 401, 403),
)
async def ask_for_email(request: Request) -> Answer:
    """Send a link to a new address, which becomes the account's once it is followed.

    Needs the password; of an account without one, a sign-in of the last ten minutes. The answer is
    the same whether or not somebody else has the address: no letter is sent then.
    """
    shop = request.store()
    principal = request.reader(shop.store.id)
    given = await request.json(_new_email)
    address = client_address(request)
    account = await shop.sign_in.prove(shop.store, principal, given.password, address)
    await shop.recovery.ask_for_email(shop.store, account, given.email)
    return Empty(202, (NO_STORE, (b"content-length", b"0")))


@endpoint(
    "POST",
    f"{AUTH}/email/change",
    tag="accounts",
    may="account:open",
    body=Verification,
    answer=Account,
    problems=_BODY,
)
async def change_email(request: Request) -> Answer:
    """Take a new address by the link of its letter, which works once; the old one is told."""
    shop = request.store()
    given = await request.json(_verification)
    return json_answer(await shop.recovery.change_email(shop.store, given.token), NO_STORE)


@endpoint(
    READ,
    "/api/v1/demo/letters",
    tag="accounts",
    may="account:open",
    answer=Outbox,
    problems=(404,),
)
async def letters(request: Request) -> Answer:
    """The letters that the demo would have sent; 404 anywhere else."""
    outbox = request.services.outbox
    if not request.services.settings.demo or outbox is None:
        raise NotFound("this is no demo", remedy="`bookwheel demo` makes one")
    kept = [OutboxLetter(each.to, each.subject, each.text, each.sent_at) for each in await outbox()]
    return json_answer(Outbox(tuple(kept)), NO_STORE)


ENDPOINTS = (forgot, reset, verify, send, ask_for_email, change_email, letters)
