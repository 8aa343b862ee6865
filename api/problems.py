"""From errors to answers: one table of classes, and RFC 9457 problems made from it."""

from collections.abc import Iterable
from typing import Any, Final

from litestar import exceptions as litestar
from msgspec import Struct, field

from api.asgi.answer import NO_STORE, PROBLEM, Answer, encode
from api.asgi.exchange import KEY
from api.asgi.types import Header, Scope
from core.accounts.account import FreshSignInNeeded, Unproved
from core.accounts.lockout import SignInLocked
from core.accounts.permissions import NotPermitted
from core.accounts.principal import BadToken
from core.accounts.recovery import LinkNoLongerGood
from core.accounts.second_factor import SecondFactorNeeded
from core.kernel import errors
from core.kernel.errors import BookwheelError, Fault
from core.limits.policy import QuotaExceeded
from core.privacy.masking import mask


class BadJson(errors.Invalid): ...


class PreconditionRequired(BookwheelError): ...


class ContentTooLarge(BookwheelError): ...


class UnsupportedMedia(BookwheelError): ...


class BodyTooSlow(BookwheelError): ...


class Misdirected(BookwheelError): ...


class ForgedPost(errors.Forbidden): ...


class NetworkRefused(errors.Forbidden): ...


class TookTooLong(errors.Unavailable): ...


class HeadTooLarge(BookwheelError): ...


class Malformed(BookwheelError): ...


class Kind(Struct, frozen=True):
    """One kind of problem; its type is the address /problems/<name>, where it is explained."""

    name: str
    status: int
    title: str
    meaning: str

    @property
    def type(self) -> str:
        return f"/problems/{self.name}"


# A class without a row of its own takes its nearest ancestor's.
KINDS: Final[dict[type[Exception], Kind]] = {
    errors.NotFound: Kind(
        "not-found", 404, "Not found", "What the address names does not exist in this store."
    ),
    errors.Conflict: Kind(
        "conflict", 409, "Conflict", "The present state forbids it; the detail says what stands."
    ),
    errors.Stale: Kind(
        "stale", 412, "Changed meanwhile", "Somebody changed it first: read it again, then retry."
    ),
    errors.Invalid: Kind(
        "invalid", 400, "Invalid request", "The request breaks a rule; `errors` lists where."
    ),
    errors.Unauthenticated: Kind(
        "unauthenticated", 401, "Sign in first", "A valid access token is needed."
    ),
    errors.Forbidden: Kind(
        "forbidden", 403, "Not allowed", "The account is known and may not do this."
    ),
    FreshSignInNeeded: Kind(
        "fresh-sign-in-needed", 403, "Prove that it is you", "Send the password, or sign in again."
    ),
    NetworkRefused: Kind(
        "network-refused", 403, "Not served there", "The operator serves other networks."
    ),
    TookTooLong: Kind(
        "took-too-long", 503, "Took too long", "It was given up: retry after `Retry-After`."
    ),
    ForgedPost: Kind(
        "forged-post", 403, "Proof missing", "A page repeats its CSRF cookie in `X-CSRF-Token`."
    ),
    errors.Unavailable: Kind(
        "unavailable", 503, "Away for the moment", "A part is away; retry after `Retry-After`."
    ),
    Unproved: Kind(
        "wrong-credentials", 401, "That does not fit", "A wrong password, code or passkey."
    ),
    SecondFactorNeeded: Kind(
        "second-factor-needed", 401, "A code is needed", "Send `challenge` with a code to go on."
    ),
    LinkNoLongerGood: Kind(
        "link-not-good", 400, "Link no longer good", "It was used, or is too old: ask for another."
    ),
    QuotaExceeded: Kind(
        "quota-exceeded", 429, "Asked too often", "`Retry-After` says when to go on."
    ),
    SignInLocked: Kind(
        "sign-in-locked", 429, "Too many failed sign-ins", "`Retry-After` says when to try again."
    ),
    BadJson: Kind("bad-json", 400, "Not JSON", "The body is not well-formed JSON in UTF-8."),
    PreconditionRequired: Kind(
        "precondition-required", 428, "If-Match needed", "Send the ETag you last read in If-Match."
    ),
    ContentTooLarge: Kind("too-large", 413, "Body too large", "Bodies may have 1 MB."),
    UnsupportedMedia: Kind(
        "unsupported-media-type", 415, "Media type not read here", "Send application/json."
    ),
    BodyTooSlow: Kind("too-slow", 408, "Body came too slowly", "Send the whole body at once."),
    Misdirected: Kind("misdirected", 421, "Unknown host", "This host name is not served here."),
    HeadTooLarge: Kind(
        "head-too-large", 431, "Head too large", "Address and headers together may have 32 KiB."
    ),
    Malformed: Kind("malformed", 400, "Malformed", "What was sent is not HTTP/1.1."),
    litestar.NotFoundException: Kind(
        "no-such-route", 404, "Nothing at this address", "See /api/docs/ for what there is."
    ),
    litestar.MethodNotAllowedException: Kind(
        "method-not-allowed", 405, "Method not allowed", "`Allow` lists the methods there are."
    ),
    litestar.ClientException: Kind(
        "bad-request", 400, "Bad request", "The request cannot be understood."
    ),
    Exception: Kind(
        "internal", 500, "Our fault", "Something broke; the operator finds it by the request id."
    ),
}


class Problem(Struct, omit_defaults=True):
    """RFC 9457, with the request's id, the remedy and, for validation, each fault."""

    type: str
    title: str
    status: int
    detail: str = ""
    remedy: str = ""
    request_id: str = ""
    errors: list[dict[str, str]] | None = None
    challenge: str = ""
    violated_policies: list[str] | None = field(default=None, name="violated-policies")


def kind_of(error: Exception) -> Kind:
    """The row of the error's class or of its nearest ancestor."""
    return next(KINDS[cls] for cls in type(error).__mro__ if cls in KINDS)


def problem_answer(error: Exception, scope: Scope) -> Answer:
    """Tell a problem; of an error outside the table, nothing but the request's id is told."""
    kind = kind_of(error)
    told = error if isinstance(error, BookwheelError) else BookwheelError(kind.meaning)
    problem = Problem(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        detail=mask(told.detail),
        remedy=told.remedy,
        request_id=scope[KEY].request_id.decode() if KEY in scope else "",
        errors=[_located(fault) for fault in getattr(error, "faults", ())] or None,
        challenge=error.challenge if isinstance(error, SecondFactorNeeded) else "",
        violated_policies=[error.policy.name] if isinstance(error, QuotaExceeded) else None,
    )
    return Answer(encode(problem), (PROBLEM, NO_STORE, *_headers(error)), kind.status)


def _located(fault: Fault) -> dict[str, str]:
    """A JSON Pointer into the body, or the name of a query parameter."""
    place = "pointer" if fault.pointer.startswith("/") or not fault.pointer else "parameter"
    return {place: fault.pointer, "detail": mask(fault.detail)}


def _headers(error: Exception) -> Iterable[Header]:
    if isinstance(error, (errors.Unavailable, QuotaExceeded, SignInLocked)):
        yield b"retry-after", b"%d" % error.retry_after_seconds
    elif isinstance(error, BadToken):
        yield b"www-authenticate", b'Bearer realm="bookwheel", error="invalid_token"'
    elif isinstance(error, errors.Unauthenticated):
        yield b"www-authenticate", b'Bearer realm="bookwheel"'
    elif isinstance(error, NotPermitted):
        lacking = error.permission.encode()
        told = b'Bearer realm="bookwheel", error="insufficient_scope", scope="%b"'
        yield b"www-authenticate", told % lacking
    elif isinstance(error, litestar.MethodNotAllowedException):
        yield b"allow", _allowed(error).encode()


def _allowed(error: litestar.MethodNotAllowedException) -> str:
    headers: Any = error.headers or {}
    return str(headers.get("allow", ""))
