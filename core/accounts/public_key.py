"""The public half of a key that signs access tokens, as RFC 7517 and RFC 8037 write it."""

from msgspec import Struct


class PublicKey(Struct, frozen=True, kw_only=True):
    """kid: as tokens name it in their header; x: the key in base64url without padding."""

    kid: str
    x: str
    kty: str = "OKP"
    crv: str = "Ed25519"
    use: str = "sig"
    alg: str = "EdDSA"
