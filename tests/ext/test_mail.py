"""The mail port: what every implementation keeps to, and what each has of its own."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from msgspec import Struct

from core.kernel.ids import new_id
from core.mail.letter import Letter, Mail, MailRefused, MailUnavailable
from ext.mail.files import KEPT, FileMail
from ext.mail.message import BadSender
from ext.mail.smtp import BadMailServer, SmtpMail, server_of

SENDER = "Bookwheel <mail@shop.example>"


class Mailroom:
    """A real SMTP server's handler: keeps what arrives, and answers as it was told."""

    def __init__(self) -> None:
        self.arrived: list[EmailMessage] = []
        self.answers: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.answers:
            return self.answers.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        self.arrived.append(message_from_bytes(content, policy=default))
        return "250 OK"


class Way(Struct):
    """mail: the implementation; arrived: the messages that came through it, in their order."""

    mail: Mail
    arrived: Callable[[], list[EmailMessage]]


@asynccontextmanager
async def serving(room: Mailroom, **options: Any) -> AsyncIterator[int]:
    """A server, which at the end has taken leave of everybody; its port."""
    open_sessions: set[SMTP] = set()

    class Session(SMTP):
        def connection_made(self, transport: Any) -> None:
            open_sessions.add(self)
            super().connection_made(transport)

        def connection_lost(self, error: Exception | None) -> None:
            super().connection_lost(error)
            open_sessions.discard(self)

    listening = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.get_running_loop()
    async with await loop.create_server(lambda: Session(room, **options), sock=listening):
        yield listening.getsockname()[1]
        async with asyncio.timeout(300):
            while open_sessions:  # noqa: ASYNC110 # clients that have left are noticed
                await asyncio.sleep(0.001)


@pytest.fixture
async def mailroom() -> AsyncIterator[tuple[Mailroom, str]]:
    """A server and its URL."""
    room = Mailroom()
    async with serving(room) as port:
        yield room, f"smtp+plain://127.0.0.1:{port}"


@pytest.fixture(params=["smtp", "files"])
def way(request: pytest.FixtureRequest, mailroom: tuple[Mailroom, str], tmp_path: Path) -> Way:
    if request.param == "smtp":
        room, url = mailroom
        return Way(SmtpMail(url, SENDER), lambda: room.arrived)
    folder = tmp_path / "outbox"

    def arrived() -> list[EmailMessage]:
        files = sorted(folder.glob("*.eml"))
        return [message_from_bytes(file.read_bytes(), policy=default) for file in files]

    return Way(FileMail(folder, SENDER), arrived)


def letter(**change: str) -> Letter:
    fields = {
        "reference": str(new_id()),
        "to": "anne@kellynch.example",
        "subject": "Choose a new password – Bookwheel",
        "text": "Hello Anne,\n\nhttp://shop.example/#reset-password=abc\n",
    }
    return Letter(**{**fields, **change})


async def test_letter_arrives_as_it_was_written(way: Way) -> None:
    sent = letter()

    await way.mail.send(sent)

    (message,) = way.arrived()
    assert message["to"] == sent.to
    assert message["from"] == SENDER
    assert message["subject"] == sent.subject
    assert message.get_content().replace("\r\n", "\n") == sent.text
    assert message["auto-submitted"] == "auto-generated"


async def test_second_try_carries_the_same_message_id(way: Way) -> None:
    sent = letter()

    await way.mail.send(sent)
    await way.mail.send(sent)

    assert {message["message-id"] for message in way.arrived()} == {
        f"<{sent.reference}@shop.example>"
    }


async def test_letters_keep_their_letters(way: Way) -> None:
    await way.mail.send(letter(subject="Łódź 本", text="ünïcode\n" + "long " * 300 + "\n.\nend\n"))

    (message,) = way.arrived()
    assert message["subject"] == "Łódź 本"
    assert message.get_content().replace("\r\n", "\n").endswith("\n.\nend\n")


@pytest.mark.parametrize("hidden", ["a@b.example\r\nBcc: all@x.example", "a@b.example\nX: y", "@"])
async def test_address_cannot_smuggle_a_header_in(way: Way, hidden: str) -> None:
    with pytest.raises(MailRefused):
        await way.mail.send(letter(to=hidden))

    assert way.arrived() == []


async def test_subject_cannot_smuggle_a_header_in(way: Way) -> None:
    with pytest.raises(MailRefused):
        await way.mail.send(letter(subject="Hello\r\nBcc: all@x.example"))

    assert way.arrived() == []


@pytest.mark.parametrize("sender", ["", "nobody", "Shop <@x>"])
def test_sender_that_is_none_is_told(tmp_path: Path, sender: str) -> None:
    with pytest.raises(BadSender):
        FileMail(tmp_path, sender)
    with pytest.raises(BadSender):
        SmtpMail("smtp://mail.example", sender)


async def test_server_that_says_later_is_unavailable_and_never_is_refused(
    mailroom: tuple[Mailroom, str],
) -> None:
    room, url = mailroom
    room.answers = ["451 try again", "550 no such mailbox"]
    mail = SmtpMail(url, SENDER)

    with pytest.raises(MailUnavailable, match="451 try again"):
        await mail.send(letter())
    with pytest.raises(MailRefused, match="550 no such mailbox"):
        await mail.send(letter())


async def test_server_that_is_away_is_unavailable() -> None:
    with socket.socket() as deaf:  # keeps the port from others and does not listen
        deaf.bind(("127.0.0.1", 0))
        mail = SmtpMail(f"smtp+plain://127.0.0.1:{deaf.getsockname()[1]}", SENDER)

        with pytest.raises(MailUnavailable, match="does not answer"):
            await mail.send(letter())


async def test_nothing_is_sent_where_encryption_is_not_offered(
    mailroom: tuple[Mailroom, str],
) -> None:
    """ASVS v5.0.0-12.3.1."""
    room, url = mailroom

    with pytest.raises(MailUnavailable, match="STARTTLS"):
        await SmtpMail(url.replace("smtp+plain", "smtp"), SENDER).send(letter())

    assert room.arrived == []


async def test_letter_goes_encrypted_to_a_server_that_asks_who_we_are(tmp_path: Path) -> None:
    certificate, key = _certificate(tmp_path)
    offered = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    offered.load_cert_chain(certificate, key)
    trust = ssl.create_default_context(cafile=str(certificate))
    room, told = Mailroom(), []

    def known(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        told.append((given.login, given.password))
        return AuthResult(success=given.password == b"p@ss word")

    secured = serving(
        room,
        tls_context=offered,
        require_starttls=True,
        auth_required=True,
        authenticator=known,
        hostname="localhost",
    )
    async with secured as port:
        url = f"smtp://anne:p%40ss%20word@localhost:{port}"
        await SmtpMail(url, SENDER, trust).send(letter())
        with pytest.raises(MailUnavailable):
            await SmtpMail(url.replace("p%40ss", "x"), SENDER, trust).send(letter())
        with pytest.raises(MailUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
            await SmtpMail(url, SENDER).send(letter())

    assert len(room.arrived) == 1
    assert told[0] == (b"anne", b"p@ss word")


@pytest.mark.parametrize("url", ["", "mail.example", "http://mail.example", "smtp://x:port"])
def test_server_address_that_cannot_be_read_is_told(url: str) -> None:
    with pytest.raises(BadMailServer, match="cannot be read"):
        server_of(url)


async def test_folder_is_closed_to_others_and_keeps_the_newest(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    mail = FileMail(folder, SENDER)
    sent = [letter(subject=f"number {number}") for number in range(KEPT + 3)]

    for each in sent:
        await mail.send(each)

    kept = await mail.kept(2)
    assert [each.subject for each in kept] == ["number 202", "number 201"]
    assert kept[0].text == sent[-1].text
    assert len(list(folder.iterdir())) == KEPT
    assert folder.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())


async def test_folder_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert await FileMail(tmp_path / "none", SENDER).kept() == []


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of localhost that only itself vouches for, and its key."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    certificate, key = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    key.write_bytes(
        private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )
    return certificate, key
