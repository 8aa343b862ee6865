"""One's own data: an export, consent to statistics, and the end of the account."""

from typing import Final

import msgspec

from api.asgi.answer import NO_STORE, Answer, json_answer
from api.asgi.endpoint import READ, endpoint
from api.asgi.request import Request
from api.routes.accounts import client_address
from api.routes.proving import PROVED, proof_of
from api.schemas.accounts import Proof
from api.schemas.privacy import GivenReceipt
from core.privacy.consent import Consent, ConsentChange
from core.privacy.erasure import Receipt, Verified, digest_of
from core.privacy.export import Export

EXPORT: Final = "/api/v1/me/export"
_ZIP: Final = (b"content-type", b"application/zip")
_NAMED: Final = (b"content-disposition", b'attachment; filename="my-data.zip"')
_consent = msgspec.json.Decoder(ConsentChange)
_receipt = msgspec.json.Decoder(GivenReceipt)


@endpoint(
    "POST",
    EXPORT,
    tag="privacy",
    may="account:write",
    answer=Export,
    status=202,
    problems=(401, 403, 404, 503),
    answer_headers=(("Location", "where its state is told"),),
)
async def ask_for_export(request: Request) -> Answer:
    """Have everything that is known of one put together; it takes the place of the last export.

    A job makes it; asking again while it does changes nothing.
    """
    shop = request.store()
    principal = request.reader(shop.store.id)
    export = await shop.privacy.exports.ask(shop.store, principal.reader_id)
    return json_answer(export, NO_STORE, (b"location", EXPORT.encode()), status=202)


@endpoint(
    READ,
    EXPORT,
    tag="privacy",
    may="account:read",
    answer=Export,
    problems=(401, 403, 404, 503),
)
async def export_state(request: Request) -> Answer:
    """Whether the export is ready, and until when it can be fetched."""
    shop = request.store()
    principal = request.reader(shop.store.id)
    return json_answer(await shop.privacy.exports.state(principal.reader_id), NO_STORE)


@endpoint(
    READ,
    f"{EXPORT}/file",
    tag="privacy",
    may="account:write",
    answer=str,
    answer_media="application/zip",
    problems=(401, 403, 404, 409, 503),
)
async def export_file(request: Request) -> Answer:
    """The export: a zip with everything as JSON and as CSV."""
    shop = request.store()
    principal = request.reader(shop.store.id)
    content = await shop.privacy.exports.content(principal.reader_id)
    return Answer(content, (_ZIP, _NAMED, NO_STORE))


@endpoint(
    "DELETE",
    "/api/v1/me",
    tag="privacy",
    may="account:write",
    body=Proof,
    answer=Receipt,
    problems=PROVED,
)
async def erase_me(request: Request) -> Answer:
    """Erase the account and everything that names its reader, at once and for good.

    Needs the password, or a sign-in of the last ten minutes. The answer is a signed receipt: what
    was erased, by the number of rows. Keep it, for nothing here leads to you any more.
    """
    shop = request.store()
    principal = request.reader(shop.store.id)
    password = await proof_of(request)
    address = client_address(request)
    receipt = await shop.privacy.erase(shop.store, principal, password, address)
    shop.readers.changed(principal.reader_id)
    shop.readers.forget((digest_of(principal.reader_id),))
    return json_answer(receipt, NO_STORE)


@endpoint(
    READ,
    "/api/v1/me/consent",
    tag="privacy",
    may="account:read",
    answer=Consent,
    problems=(401, 403, 404, 503),
)
async def consent(request: Request) -> Answer:
    """What one has agreed to, when, and to which notice."""
    shop = request.store()
    principal = request.reader(shop.store.id)
    return json_answer(await shop.privacy.consents.of(principal.reader_id), NO_STORE)


@endpoint(
    "PUT",
    "/api/v1/me/consent",
    tag="privacy",
    may="account:write",
    body=ConsentChange,
    answer=Consent,
    problems=(400, 401, 403, 404, 408, 413, 415, 503),
)
async def decide(request: Request) -> Answer:
    """Agree to statistics, or withdraw; a withdrawal holds at once.

    It also removes the visits and searches that were kept with the consent.
    """
    shop = request.store()
    principal = request.reader(shop.store.id)
    change = await request.json(_consent)
    decided = await shop.privacy.consents.decide(shop.store, principal.reader_id, change)
    return json_answer(decided, NO_STORE)


@endpoint(
    "POST",
    "/api/v1/privacy/receipts/verify",
    tag="privacy",
    may="receipts:read",
    body=GivenReceipt,
    answer=Verified,
    problems=(400, 404, 408, 413, 415, 503),
)
async def verify_receipt(request: Request) -> Answer:
    """Say whether a receipt of an erasure is genuine; 400 where it is not."""
    shop = request.store()
    given = await request.json(_receipt)
    return json_answer(await shop.privacy.verify(given.receipt), NO_STORE)


ENDPOINTS = (
    ask_for_export,
    export_state,
    export_file,
    erase_me,
    consent,
    decide,
    verify_receipt,
)
