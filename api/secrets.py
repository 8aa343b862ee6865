"""Settings that are secrets: read from files as well as from the environment, and never shown."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from core.privacy.masking import MASKED, mask_passwords

Secret = Annotated[str, Meta(extra={"secret": True})]
"""The type of a setting that is one: BOOKWHEEL_<NAME>_FILE may name the file that holds it."""

FILE_SUFFIX = "_file"
LARGEST_BYTES = 65_536


class BadSecret(Exception):
    """What is wrong with a file, and the remedy; never what stands in it."""


def is_secret(kind: Any) -> bool:
    """kind: a setting's type, as get_type_hints tells it with include_extras."""
    return any(
        isinstance(each, Meta) and (each.extra or {}).get("secret")
        for each in getattr(kind, "__metadata__", ())
    )


def read_secret(file: Path) -> str:
    """What the file holds, without the line ends at its end. Raises BadSecret."""
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise BadSecret(f"{file}: {error.strerror}; let this process's user read it") from None
    if len(content) > LARGEST_BYTES:
        raise BadSecret(f"{file} holds more than {LARGEST_BYTES:,} bytes: no secret is so long")
    try:
        text = content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise BadSecret(f"{file} holds no text in UTF-8") from None
    if not text:
        raise BadSecret(f"{file} is empty: write the secret into it")
    return text


def fault_in_file(file: Path) -> tuple[str, str]:
    """Who else may touch the file, and the remedy; both "" where nobody may.

    The group may read: that is how clusters mount secrets for users other than root.
    """
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except OSError as error:
        return f"{file}: {error.strerror}", "let this process's user read it"
    if mode & 0o007:
        return f"{file} is open to every user ({mode:04o})", f"chmod o= {file}"
    if mode & 0o020:
        return f"{file} can be written by its group ({mode:04o})", f"chmod g-w {file}"
    return "", ""


def shown_secret(value: str) -> str:
    """A secret as it may stand on a screen: an address keeps all but its password."""
    if not value:
        return ""
    return mask_passwords(value) if "://" in value else MASKED


def inherited(name: str, value: str, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What to put over `environ` so that a child process gets the secret.

    name: of its variable. A child that inherits the file's name reads the file; another value
    than the file's goes over it.
    """
    file = environ.get(f"{name}{FILE_SUFFIX.upper()}", "")
    if not file:
        return {name: value} if value else {}
    try:
        if read_secret(Path(file)) == value:
            return {}
    except BadSecret:
        pass  # what was read at the start is good still
    return {name: value, f"{name}{FILE_SUFFIX.upper()}": ""}
