"""What is taken out of text before it is written down: addresses of persons, secrets, tokens."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

MASKED: Final = "***"
KEPT_BITS: Final = {4: 24, 6: 48}
"""What is left of a client's address names a network, by the version of the protocol."""

# Greedy, so that an @ in a password that nobody encoded is no end of it.
_PASSWORD: Final = re.compile(r"(://[^:/@\s]*:)\S*@|([?&][a-z]*password=)[^&\s]+")
_EMAIL: Final = re.compile(r"[\w.+~%'-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_BEARER: Final = re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)
_JWT: Final = re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*")
# Random text in base64: of 32 characters hardly any lacks a digit, a capital or a small letter.
_RANDOM: Final = re.compile(
    r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*[0-9])[\w-]{32,}", re.ASCII
)
_HASH: Final = re.compile(r"\$argon2\w*\$[^\s'\",)]+")
# PostgreSQL quotes whole rows there; a value may go over several lines.
_DETAIL: Final = re.compile(
    r"^DETAIL: .*?(?=\n\nThe above exception|\n\nDuring handling|\Z)", re.DOTALL | re.MULTILINE
)
# A network is told as it is: what was masked once stays so.
_IPV4: Final = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d|/\d)")
_IPV6: Final = re.compile(
    r"(?<![\w.:])[0-9a-f]*:[0-9a-f]*:[0-9a-f:]*(?:\d+(?:\.\d+){3})?(?![\w:]|\.\d|/\d)",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """The text without e-mail addresses, tokens and passwords; network addresses truncated."""
    text = _HASH.sub("[hash]", mask_passwords(text))
    text = _EMAIL.sub("[e-mail]", text)
    text = _BEARER.sub(r"\1 [token]", text)
    text = _RANDOM.sub("[token]", _JWT.sub("[token]", text))
    return _IPV4.sub(_truncated, _IPV6.sub(_truncated, text))


def mask_traceback(text: str) -> str:
    """As `mask`, and without the values of rows that a database's error quotes."""
    return mask(_DETAIL.sub(f"DETAIL: {MASKED}", text))


def mask_passwords(text: str) -> str:
    """The text with the password of every address of a service masked."""
    return _PASSWORD.sub(_without_password, text)


def network_of(address: IPv4Address | IPv6Address) -> str:
    """The network that an address is truncated to, as 192.0.2.0/24; this machine stays whole."""
    if address.is_loopback or address.is_unspecified:
        return str(address)
    return str(ip_network((address, KEPT_BITS[address.version]), strict=False))


def _without_password(found: re.Match[str]) -> str:
    return f"{found[1]}{MASKED}@" if found[1] else f"{found[2]}{MASKED}"


def _truncated(found: re.Match[str]) -> str:
    try:
        return network_of(ip_address(found[0]))
    except ValueError:  # a time of day, or a version of four numbers
        return found[0]
