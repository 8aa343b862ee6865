"""An OpenID provider that really serves, and can be told to lie."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "bookwheel", "s3cret/with:signs"
CLAIMS = {
    "sub": "4711",
    "email": "anne@kellynch.example",
    "email_verified": True,
    "name": "Anne Elliot",
}


class OpenIdServer:
    """A small provider. claims: what it says; its other fields make it misbehave."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = dict(CLAIMS)
        self.metadata: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.user_info: dict[str, Any] | None = None
        self.key = self.signing_key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.answer(self, b"")

            def do_POST(self) -> None:
                provider.answer(self, self.rfile.read(int(self.headers["content-length"])))

            def log_message(self, *given: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        path = urlsplit(handler.path).path
        self.asked.append(path)
        status, content, headers = 200, b"", {"content-type": "application/json"}
        if path in self.answers:
            status, content = self.answers[path]
        elif path == "/.well-known/openid-configuration":
            content = json.dumps(self.discovered()).encode()
        elif path == "/jwks":
            content = json.dumps({"keys": [self.key.as_dict(private=False)]}).encode()
        elif path == "/authorize":
            status, headers = 302, {"location": self.authorized(handler.path)}
        elif path == "/token":
            status, content = self.exchanged(handler, parse_qs(body.decode()))
        elif path == "/userinfo":
            content = json.dumps(self.user_info).encode()
        handler.send_response(status)
        for name, value in {**headers, "content-length": str(len(content))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)

    def discovered(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }

    def authorized(self, address: str) -> str:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def exchanged(
        self, handler: BaseHTTPRequestHandler, form: dict[str, list[str]]
    ) -> tuple[int, bytes]:
        asked = self._codes.pop(form["code"][0], None)
        scheme, _, pair = handler.headers.get("authorization", "").partition(" ")
        client, _, secret = base64.b64decode(pair).decode().partition(":")
        verifier = form["code_verifier"][0].encode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=")
        if (
            asked is None
            or (scheme, unquote(client), unquote(secret)) != ("Basic", CLIENT, SECRET)
            or digest.decode() != asked["code_challenge"]
            or form["redirect_uri"][0] != asked["redirect_uri"]
        ):
            return 400, b'{"error": "invalid_grant"}'
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300}
        claims |= {"nonce": asked["nonce"], **self.claims}
        token = self.signed({name: each for name, each in claims.items() if each is not None})
        return 200, json.dumps({"id_token": token, "access_token": "a"}).encode()

    def signed(self, claims: dict[str, Any]) -> str:
        header = {"alg": "RS256", "kid": "one", **self.header}
        if header["alg"] not in {"none", "HS256"}:
            return jwt.encode(header, claims, self.signing_key, algorithms=[header["alg"]])
        parts = [json.dumps(each).encode() for each in (header, claims)]
        texts = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
        signature = b""
        if header["alg"] == "HS256":  # by what everybody can read
            signed, key = ".".join(texts).encode(), self.key.as_pem(private=False)
            signature = base64.urlsafe_b64encode(hmac.digest(key, signed, "sha256"))
        return ".".join([*texts, signature.rstrip(b"=").decode()])


@contextmanager
def running_provider() -> Iterator[OpenIdServer]:
    made = OpenIdServer()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        thread.join()
        made.server.server_close()
