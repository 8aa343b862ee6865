"""An OpenID provider as the adapter meets it: what it may say, and what is not believed."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from core.accounts.federation import Identity, Outgoing, Returned, SignInBroken, code_challenge
from ext.openid.guarded_http import GuardedHttp, ProviderUnavailable, place_of
from ext.openid.provider import KEYS_AGAIN_SECONDS, OpenIdProvider
from ext.openid.providers_file import ProviderSettings
from tests.openid_server import CLAIMS, CLIENT, SECRET, OpenIdServer, running_provider

BACK, VERIFIER = "http://shop.test/sign-in/back", "v" * 43


@pytest.fixture
def provider() -> Iterator[OpenIdServer]:
    with running_provider() as made:
        yield made


@pytest.fixture
async def http(provider: OpenIdServer) -> AsyncIterator[GuardedHttp]:
    made = GuardedHttp([place_of(provider.issuer)])
    yield made
    await made.close()


def met(
    provider: OpenIdServer, http: GuardedHttp, now: Callable[[], float] = time.time
) -> OpenIdProvider:
    """The provider, as somebody knows it who has not asked it yet."""
    settings = ProviderSettings(issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET)
    return OpenIdProvider(settings, http, now)


async def exchange(asked: OpenIdProvider) -> Identity:
    """A whole sign-in, without a shop."""
    outgoing = Outgoing(
        redirect_uri=BACK, state="s", nonce="n", code_challenge=code_challenge(VERIFIER)
    )
    async with httpx.AsyncClient(timeout=300) as browser:
        sent_back = await browser.get(await asked.url(outgoing))
    back = parse_qs(urlsplit(sent_back.headers["location"]).query)
    return await asked.identity(
        Returned(
            redirect_uri=BACK,
            code=back["code"][0],
            iss=back["iss"][0],
            nonce="n",
            code_verifier=VERIFIER,
        )
    )


async def test_key_that_was_changed_is_looked_up_anew(
    provider: OpenIdServer, http: GuardedHttp
) -> None:
    seconds = [time.time()]
    asked = met(provider, http, now=lambda: seconds[0])

    before = await exchange(asked)
    provider.key = provider.signing_key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    provider.header = {"kid": "two"}
    with pytest.raises(SignInBroken):  # not at once: forged tokens must not make us ask for ever
        await exchange(asked)
    seconds[0] += KEYS_AGAIN_SECONDS + 1
    after = await exchange(asked)

    assert before.subject == after.subject == CLAIMS["sub"]
    assert provider.asked.count("/jwks") == 2


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": "http://127.0.0.1:9/jwks"},
        {"jwks_uri": "http://169.254.169.254/latest/meta-data"},
        {"jwks_uri": "https://127.0.0.1/jwks"},
        {"jwks_uri": "https://localhost/jwks"},
        {"jwks_uri": "https://[::ffff:10.0.0.1]/jwks"},
        {"jwks_uri": "file:///etc/passwd"},
        {"token_endpoint": "https://10.0.0.1/token"},
        {"token_endpoint": "gopher://x"},
        {"token_endpoint": "https://user@[bad"},
    ],
)
async def test_document_cannot_send_us_into_our_own_network(
    provider: OpenIdServer, http: GuardedHttp, metadata: dict[str, str]
) -> None:
    """ASVS v5.0.0-10.5.3 and v5.0.0-1.3.6."""
    provider.metadata = metadata

    with pytest.raises(ProviderUnavailable):
        await exchange(met(provider, http))


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/.well-known/openid-configuration", (302, b"")),
        ("/.well-known/openid-configuration", (500, b"{}")),
        ("/.well-known/openid-configuration", (200, b"<html>")),
        ("/.well-known/openid-configuration", (200, b"[" * 100_000)),
        ("/.well-known/openid-configuration", (200, b" " * 300_000)),
        ("/jwks", (200, b'{"keys": [{"kty": "RSA"}]}')),
        ("/jwks", (200, b"[]")),
        ("/token", (500, b"")),
        ("/token", (200, b"{}")),
    ],
)
async def test_provider_that_is_broken_is_told_as_away(
    provider: OpenIdServer, http: GuardedHttp, path: str, answer: tuple[int, bytes]
) -> None:
    provider.answers[path] = answer

    with pytest.raises(ProviderUnavailable) as told:
        await exchange(met(provider, http))

    assert SECRET not in str(told.value)
