"""Text from outside: what may be stored, and how long it may be."""

import re
import unicodedata

# NUL, which PostgreSQL cannot hold; other controls save tab and line ends; lone surrogates,
# which no encoding can write; the two that Unicode promises never to use.
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SPACES = re.compile(r"\s+")


def one_line(text: str) -> str:
    """NFC, every run of white space one space, none at the ends."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text)).strip()


def paragraphs(text: str) -> str:
    """NFC, line ends as in Unix, no white space at the ends."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def fault_in(text: str, *, longest: int, shortest: int = 0) -> str | None:
    """What is wrong with a text, None if nothing is; lengths in code points."""
    if len(text) > longest:
        return f"is {len(text)} characters long, at most {longest} are kept"
    if found := _UNSTORABLE.search(text):
        return f"holds the character U+{ord(found[0]):04X}, which no text may"
    if len(text) < shortest:
        return "is empty" if not text else f"is shorter than {shortest} characters"
    return None
