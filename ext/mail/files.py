"""Letters into a folder, one file each, for where nothing is sent: the demo, development."""

import asyncio
import contextlib
import os
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Final

from msgspec import Struct

from core.mail.letter import Letter, MailRefused, MailUnavailable
from ext.mail.message import message_of, sender_of

KEPT: Final = 200
"""Older letters are removed when a new one comes."""
LONGEST_ADDRESS: Final = 254


class KeptLetter(Struct, frozen=True, kw_only=True):
    """As it can be read again; newest first in a list."""

    reference: str
    to: str
    subject: str
    text: str
    sent_at: datetime


class FileMail:
    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender_of(sender)

    async def send(self, letter: Letter) -> None:
        """As `core.mail.letter.Mail`; a second try replaces the first one's file."""
        if len(letter.to) > LONGEST_ADDRESS:
            raise MailRefused("the address is too long")
        content = message_of(letter, self._sender).as_bytes()
        try:
            await asyncio.to_thread(self._write, letter.reference, content)
        except OSError as error:
            raise MailUnavailable(f"the outbox cannot be written: {error}") from error

    async def kept(self, most: int = 50) -> list[KeptLetter]:
        """The newest letters, newest first."""
        return await asyncio.to_thread(lambda: list(map(_read, self._newest()[:most])))

    async def forget(self, address: str) -> None:
        """Remove the letters to an address, in any case."""
        await asyncio.to_thread(self._forget, address.casefold())

    def _forget(self, address: str) -> None:
        for path in self._newest():
            with contextlib.suppress(FileNotFoundError):  # another worker has removed it
                if _read(path).to.casefold() == address:
                    path.unlink()

    def _write(self, reference: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._folder / f".{reference}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        draft.replace(self._folder / f"{reference}.eml")
        for old in self._newest()[KEPT:]:
            old.unlink(missing_ok=True)

    def _newest(self) -> list[Path]:
        files = self._folder.glob("*.eml")
        return sorted(files, key=_written_at, reverse=True)


def _written_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # another worker has removed it
        return 0


def _read(path: Path) -> KeptLetter:
    message = message_from_bytes(path.read_bytes(), policy=default)
    body = message.get_body(("plain",))
    return KeptLetter(
        reference=path.stem,
        to=str(message["to"]),
        subject=str(message["subject"]),
        text=body.get_content().replace("\r\n", "\n") if body is not None else "",
        sent_at=message["date"].datetime,
    )
