"""The one tree of errors; each capability subclasses a branch in its own words.

BookwheelError
├── NotFound        what was named does not exist in this store
├── Conflict        the state of things forbids it now
│   └── Stale       the caller's version is not the current one
├── Invalid         the input breaks a rule; `faults` says where
├── Unauthenticated nobody is known to be asking
├── Forbidden       somebody is, and may not
└── Unavailable     a part that is needed is away; try again
"""

from msgspec import Struct


class Fault(Struct, frozen=True):
    """One broken rule: an RFC 6901 pointer (or a parameter's name) and what is wrong there."""

    pointer: str
    detail: str


class BookwheelError(Exception):
    """detail: names the value that was wrong; remedy: what the caller can do about it."""

    def __init__(self, detail: str, *, remedy: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.remedy = remedy


class NotFound(BookwheelError): ...


class Conflict(BookwheelError): ...


class Stale(Conflict): ...


class Invalid(BookwheelError):
    def __init__(self, detail: str, *, remedy: str = "", faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(detail, remedy=remedy)
        self.faults = faults


class Unauthenticated(BookwheelError): ...


class Forbidden(BookwheelError): ...


class Unavailable(BookwheelError):
    def __init__(self, detail: str, *, remedy: str = "", retry_after_seconds: int = 1) -> None:
        super().__init__(detail, remedy=remedy)
        self.retry_after_seconds = retry_after_seconds
