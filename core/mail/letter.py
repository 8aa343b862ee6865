"""A letter, and the port by which it leaves."""

from typing import Protocol

from msgspec import Struct

from core.kernel.errors import BookwheelError, Unavailable


class MailUnavailable(Unavailable):
    """It may go later."""


class MailRefused(BookwheelError):
    """It will never go: the server knows no such mailbox, or will not relay to it."""


class Letter(Struct, frozen=True, kw_only=True):
    """reference: the same at every try, so that a mailbox can tell a repeat. text: plain."""

    reference: str
    to: str
    subject: str
    text: str


class Mail(Protocol):
    async def send(self, letter: Letter) -> None:
        """Hand the letter over for good. Raises MailUnavailable, MailRefused."""
        ...
