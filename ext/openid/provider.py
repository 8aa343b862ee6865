"""One provider: what it publishes about itself, and the exchange of a code for an identity."""

import hmac
import time
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeGuard, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from msgspec import Struct

from core.accounts.federation import Identity, Outgoing, Returned, SignInBroken
from ext.openid.guarded_http import GuardedHttp, ProviderUnavailable
from ext.openid.providers_file import ProviderSettings

T = TypeVar("T")

# Asymmetric alone: with HS256 whoever reads the client's secret could sign, and none is no
# signature. Source: RFC 8725 §3.1, §3.2.
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
METADATA_SECONDS: Final = 3600.0
KEYS_SECONDS: Final = 3600.0
KEYS_AGAIN_SECONDS: Final = 30.0
"""A key that is not known makes us look again, this often at most."""
LEEWAY_SECONDS: Final = 60
OLDEST_SECONDS: Final = 600
OK: Final = 200
FEWEST_RSA_BITS: Final = 2048
"""112 bits of security; what large providers sign with. Source: NIST SP 800-131A r2 §3."""


class Metadata(Struct, frozen=True):
    """Of OpenID Connect Discovery 1.0 §3, what is used here."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class _Tokens(Struct, frozen=True):
    id_token: str
    access_token: str = ""


class OpenIdProvider:
    def __init__(
        self,
        settings: ProviderSettings,
        http: GuardedHttp,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._http = http
        self._now = now
        self._metadata: tuple[float, Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def url(self, outgoing: Outgoing) -> str:
        """Raises ProviderUnavailable."""
        metadata = await self._known()
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": outgoing.redirect_uri,
            "scope": " ".join(self._settings.scopes),
            "state": outgoing.state,
            "nonce": outgoing.nonce,
            "code_challenge": outgoing.code_challenge,
            "code_challenge_method": "S256",
        }
        joint = "&" if urlsplit(metadata.authorization_endpoint).query else "?"
        return f"{metadata.authorization_endpoint}{joint}{urlencode(asked)}"

    async def identity(self, returned: Returned) -> Identity:
        """Raises SignInBroken, ProviderUnavailable."""
        metadata = await self._known()
        # Mix-up: another provider's code must not be sent to this one. Source: RFC 9207 §2.4.
        required = metadata.authorization_response_iss_parameter_supported
        if (returned.iss or required) and returned.iss != metadata.issuer:
            raise SignInBroken("the answer comes from another provider")
        tokens = await self._exchanged(metadata, returned)
        claims = await self._claims(metadata, tokens.id_token, returned.nonce)
        if not claims.get("email") and metadata.userinfo_endpoint and tokens.access_token:
            claims = {**await self._user_info(metadata, tokens.access_token, claims), **claims}
        vouched = claims.get("email_verified")
        return Identity(
            issuer=metadata.issuer,
            subject=claims["sub"],
            email=_text(claims.get("email")).strip(),
            # Some write "true"; nothing else vouches.
            email_verified=vouched is True or vouched == "true",
            display_name=_text(claims.get("name") or claims.get("preferred_username")),
        )

    async def _known(self) -> Metadata:
        now = self._now()
        if self._metadata is not None and now - self._metadata[0] < METADATA_SECONDS:
            return self._metadata[1]
        issuer = self._settings.issuer
        url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        found = await self._read(url, Metadata)
        if found.issuer != issuer:
            raise ProviderUnavailable(f"{url} speaks for {found.issuer[:200]!r}, not for {issuer}")
        if not found.authorization_endpoint.startswith(("https://", issuer)):
            raise ProviderUnavailable(f"{url} names no https address for readers to go to")
        self._metadata = (now, found)
        return found

    async def _exchanged(self, metadata: Metadata, returned: Returned) -> _Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": returned.code,
            "redirect_uri": returned.redirect_uri,
            "code_verifier": returned.code_verifier,
        }
        headers = {"content-type": "application/x-www-form-urlencoded"}
        client, secret = self._settings.client_id, self._settings.client_secret
        methods = metadata.token_endpoint_auth_methods_supported
        if secret and ("client_secret_basic" in methods or "client_secret_post" not in methods):
            # RFC 6749 §2.3.1: each part is form-encoded first.
            pair = f"{quote(client, safe='')}:{quote(secret, safe='')}"
            headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": client} | ({"client_secret": secret} if secret else {})
        url = metadata.token_endpoint
        status, body = await self._http.fetch(
            url, method="POST", headers=headers, content=urlencode(form).encode()
        )
        if 400 <= status < 500:
            raise SignInBroken("the provider does not take the code")
        return _decoded(url, status, body, _Tokens)

    async def _claims(self, metadata: Metadata, token: str, nonce: str) -> dict[str, Any]:
        """What the token says, once all of OpenID Connect Core §3.1.3.7 holds of it."""
        claims = await self._signed(metadata, token)
        client, now = self._settings.client_id, self._now()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        expires, issued = claims.get("exp"), claims.get("iat")
        holds = (
            claims.get("iss") == metadata.issuer
            and client in audiences
            and (len(audiences) == 1 or claims.get("azp") == client)
            and claims.get("azp", client) == client
            and _is_time(expires)
            and now < expires + LEEWAY_SECONDS
            and _is_time(issued)
            and now - OLDEST_SECONDS < issued < now + LEEWAY_SECONDS
            and hmac.compare_digest(_text(claims.get("nonce")).encode(), nonce.encode())
            and bool(_text(claims.get("sub")))
        )
        if not holds:
            raise SignInBroken("the provider's token is not for this sign-in")
        return claims

    async def _signed(self, metadata: Metadata, token: str) -> dict[str, Any]:
        for again in (False, True):
            keys = await self._key_set(metadata, again=again)
            try:
                return dict(jwt.decode(token, keys, algorithms=ALGORITHMS).claims)
            except (JoseError, ValueError, TypeError, KeyError) as error:
                # Perhaps the keys have been rotated since.
                if again:
                    raise SignInBroken("the provider's token cannot be believed") from error
        raise AssertionError("not reached")

    async def _key_set(self, metadata: Metadata, *, again: bool) -> KeySet:
        now = self._now()
        patience = KEYS_AGAIN_SECONDS if again else KEYS_SECONDS
        if self._keys is not None and now - self._keys[0] < patience:
            return self._keys[1]
        found = await self._read(metadata.jwks_uri, dict[str, Any])
        keys = [key for key in found.get("keys", []) if _signs(key)]
        if not keys:
            raise ProviderUnavailable("the provider has no key that can be believed")
        try:
            made = KeySet.import_key_set({"keys": keys})
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ProviderUnavailable("the provider's keys cannot be read") from error
        self._keys = (now, made)
        return made

    async def _user_info(
        self, metadata: Metadata, token: str, claims: Mapping[str, Any]
    ) -> dict[str, Any]:
        url = metadata.userinfo_endpoint
        headers = {"authorization": f"Bearer {token}"}
        status, body = await self._http.fetch(url, headers=headers)
        found = _decoded(url, status, body, dict[str, Any])
        # Somebody else's could have been put in: OpenID Connect Core §5.3.2.
        if found.get("sub") != claims["sub"]:
            raise SignInBroken("the provider speaks of somebody else")
        return found

    async def _read(self, url: str, kind: type[T]) -> T:
        status, body = await self._http.fetch(url)
        return _decoded(url, status, body, kind)


def _decoded(url: str, status: int, body: bytes, kind: type[T]) -> T:
    if status != OK:
        raise ProviderUnavailable(f"{url[:200]} answered {status}")
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProviderUnavailable(f"{url[:200]} answered what cannot be read: {error}") from error


def _signs(key: Any) -> bool:
    """Symmetric keys, those for encryption and those soon factored are none of ours."""
    if not isinstance(key, dict) or key.get("use", "sig") != "sig":
        return False
    kind = key.get("kty")
    return kind != "oct" and (kind != "RSA" or _bits(_text(key.get("n"))) >= FEWEST_RSA_BITS)


def _bits(number: str) -> int:
    """Of a Base64urlUInt (RFC 7518 §2); 0 for what is none."""
    try:
        return int.from_bytes(urlsafe_b64decode(number + "=" * (-len(number) % 4))).bit_length()
    except ValueError:
        return 0


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
