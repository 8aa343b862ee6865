"""The public keys that access tokens are verified with."""

from typing import Final

from api.asgi.answer import JSON, Answer, encode
from api.asgi.endpoint import READ, endpoint
from api.asgi.request import Request
from api.schemas.accounts import PublicKeys

PATH: Final = "/.well-known/jwks.json"


@endpoint(READ, PATH, tag="accounts", may="docs:read", answer=PublicKeys)
async def jwks(request: Request) -> Answer:
    """The keys of today's access tokens, the one that signs first (RFC 7517).

    A token whose `kid` is not among them asks for a new look.
    """
    body = encode(PublicKeys(tuple(request.services.public_keys())))
    return Answer(body, (JSON, (b"cache-control", b"public, max-age=60")))


ENDPOINTS = (jwks,)
