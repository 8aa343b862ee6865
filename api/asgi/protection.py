"""What every answer tells browsers to refuse."""

from typing import Final

from api.asgi.types import Header

NOSNIFF: Final[Header] = (b"x-content-type-options", b"nosniff")
OWN_POLICY: Final = b"content-security-policy"
"""An answer that brings one, as pages do, brings the headers below, too."""
# Of data: opened by itself it loads nothing, is framed by nobody, and tells nobody where one was.
DATA: Final[tuple[Header, ...]] = (
    (OWN_POLICY, b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_TWO_YEARS: Final[Header] = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


def page_policy(*directives: bytes) -> tuple[Header, ...]:
    """Of a page that loads what is ours; directives: what differs from that."""
    policy = (
        b"default-src 'self'",
        *directives,
        b"object-src 'none'",
        b"base-uri 'none'",
        b"form-action 'self'",
        b"frame-ancestors 'none'",
    )
    return (
        (OWN_POLICY, b"; ".join(policy)),
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"x-frame-options", b"DENY"),
    )


def on_every_answer(public_url: str) -> tuple[Header, ...]:
    """HSTS only where TLS is in front: over plain HTTP browsers ignore it."""
    return (NOSNIFF, _TWO_YEARS) if public_url.startswith("https://") else (NOSNIFF,)
