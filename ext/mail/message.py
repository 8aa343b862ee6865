"""A letter as an RFC 5322 message."""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from core.kernel.errors import BookwheelError
from core.mail.letter import Letter, MailRefused


class BadSender(BookwheelError): ...


def sender_of(text: str) -> Address:
    """The Address in "Shop <mail@shop.example>". Raises BadSender."""
    name, address = parseaddr(text)
    user, at, domain = address.rpartition("@")
    if not (user and at and domain):
        raise BadSender(
            f"{text!r} is no sender", remedy="write it like Bookwheel <mail@shop.example>"
        )
    return Address(name, user, domain)


def message_of(letter: Letter, sender: Address) -> EmailMessage:
    """Raises MailRefused for an address that no header can hold."""
    message = EmailMessage(policy=SMTP)
    user, _, domain = letter.to.rpartition("@")
    if not (user and domain):
        raise MailRefused(f"no letter can be addressed to {letter.to!r}")
    try:
        message["From"] = sender
        message["To"] = Address(username=user, domain=domain)
        message["Subject"] = letter.subject
    except ValueError as error:
        raise MailRefused(f"no letter can be addressed to {letter.to!r}: {error}") from error
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{letter.reference}@{sender.domain}>"
    # RFC 3834: nobody's absence notice should answer.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message
