"""Bodies of the routes of forgotten passwords and unproved addresses."""

from datetime import datetime

from msgspec import Struct


class Forgotten(Struct, frozen=True, forbid_unknown_fields=True):
    email: str


class Reset(Struct, frozen=True, forbid_unknown_fields=True):
    """token: of the link in the letter."""

    token: str
    password: str


class Verification(Struct, frozen=True, forbid_unknown_fields=True):
    """token: of the link in the letter."""

    token: str


class NewEmail(Struct, frozen=True, forbid_unknown_fields=True):
    """password: of the account, where it has one."""

    email: str
    password: str = ""


class OutboxLetter(Struct, frozen=True):
    """A letter of the demo, which sends none."""

    to: str
    subject: str
    text: str
    sent_at: datetime


class Outbox(Struct, frozen=True):
    letters: tuple[OutboxLetter, ...]
