"""Letters by SMTP: the standard library's client, in a thread."""

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from core.kernel.errors import BookwheelError
from core.mail.letter import Letter, MailRefused, MailUnavailable
from ext.mail.message import message_of, sender_of

PATIENCE_SECONDS: Final = 20.0
_PORTS: Final = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_PERMANENT: Final = 500


class BadMailServer(BookwheelError): ...


class Server(Struct, frozen=True, kw_only=True):
    """scheme: smtps (TLS from the start), smtp (STARTTLS, or nothing is sent), smtp+plain."""

    scheme: str
    host: str
    port: int
    user: str
    password: str


def server_of(url: str) -> Server:
    """Raises BadMailServer, which does not repeat the password."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in _PORTS or not parts.hostname or port == -1:
        raise BadMailServer(
            "the mail server's address cannot be read",
            remedy="write it like smtp://user:password@mail.example.org:587",
        )
    return Server(
        scheme=parts.scheme,
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


class SmtpMail:
    """sender: "Shop <mail@shop.example>". Each letter takes a connection of its own.

    trust: what the server's certificate is checked by; None: the system's authorities.
    """

    def __init__(self, url: str, sender: str, trust: ssl.SSLContext | None = None) -> None:
        self._server = server_of(url)
        self._sender = sender_of(sender)
        self._trust = trust

    async def send(self, letter: Letter) -> None:
        """As `core.mail.letter.Mail`."""
        await asyncio.to_thread(self._send, message_of(letter, self._sender))

    def _send(self, message: EmailMessage) -> None:
        try:
            with _opened(self._server, self._trust or ssl.create_default_context()) as client:
                client.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise _told(code, said) from error
        except smtplib.SMTPDataError as error:
            raise _told(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPNotSupportedError, UnicodeEncodeError) as error:
            raise MailRefused(f"the mail server cannot take such an address: {error}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise MailUnavailable(
                f"the mail server does not answer: {error}", remedy="see BOOKWHEEL_MAIL_URL"
            ) from error


def _opened(server: Server, trust: ssl.SSLContext) -> smtplib.SMTP:
    """A connection that is encrypted as the scheme says, and signed in."""
    if server.scheme == "smtps":
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=PATIENCE_SECONDS, context=trust
        )
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=PATIENCE_SECONDS)
    try:
        if server.scheme == "smtp":
            _start_tls(client, trust)
        if server.user:
            client.login(server.user, server.password)
    except BaseException:
        client.close()
        raise
    return client


def _start_tls(client: smtplib.SMTP, trust: ssl.SSLContext) -> None:
    try:
        client.starttls(context=trust)
    except smtplib.SMTPNotSupportedError as error:
        # Not the letter's fault: it waits until the server, or the setting, is mended.
        raise MailUnavailable(
            "the mail server offers no STARTTLS", remedy="see BOOKWHEEL_MAIL_URL"
        ) from error


def _told(code: int, said: bytes | str) -> MailRefused | MailUnavailable:
    """RFC 5321 §4.2.1: 5yz is for good, 4yz is for now."""
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    detail = f"the mail server said {code} {words}"
    return MailRefused(detail) if code >= _PERMANENT else MailUnavailable(detail)
