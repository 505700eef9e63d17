"""An OpenID provider that lets everybody in, and signs what it says; or says what it should not."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "wattstream", "s3cret-of-the-client"


def new_key(name: str) -> RSAKey:
    """A key of that `kid`."""
    return RSAKey.generate_key(2_048, {"kid": name, "use": "sig", "alg": "RS256"})


@cache
def first_key() -> RSAKey:
    """That of all doubles: to make one takes its time."""
    return new_key("first")


@dataclass
class ProviderDouble:
    """What it does; the fields may be changed while it runs."""

    now_s: int
    """Of its clock."""
    claims: dict[str, Any] = field(default_factory=dict)
    """Of whoever comes, besides those that each token has."""
    bend: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    """Makes other claims of those that are right."""
    sign: Callable[[dict[str, Any]], str] | None = None
    """Signs in another way than with its key."""
    key: RSAKey = field(default_factory=first_key)
    denies: bool = False
    is_away: bool = False
    issuer: str = ""
    """What its configuration says; by default the truth."""
    url: str = ""
    heard: list[str] = field(default_factory=list)
    """What was asked of it: method, address and body."""
    tokens: list[str] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def answer(
        self, method: str, address: str, body: str, authorization: str
    ) -> tuple[int, dict[str, str], Any]:
        """Status, headers and JSON for a request."""
        self.heard.append(f"{method} {address} {body}")
        found = urlsplit(address)
        given = {name: values[0] for name, values in parse_qs(found.query or body).items()}
        if self.is_away:
            return 503, {}, {}
        match method, found.path:
            case "GET", "/.well-known/openid-configuration":
                return 200, {}, self._configuration()
            case "GET", "/keys":
                return 200, {}, KeySet([self.key]).as_dict(private=False)
            case "GET", "/authorize":
                return 302, {"Location": self._authorized(given)}, {}
            case "POST", "/token":
                return self._token(given, authorization)
        return 404, {}, {}

    def _configuration(self) -> dict[str, str]:
        return {
            "issuer": self.issuer or self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }

    def _authorized(self, given: dict[str, str]) -> str:
        assert given["response_type"] == "code"
        assert given["client_id"] == CLIENT
        assert "openid" in given["scope"].split()
        assert given["code_challenge_method"] == "S256"
        if self.denies:
            answer = {"error": "access_denied", "state": given["state"]}
        else:
            code = secrets.token_urlsafe(24)
            self._codes[code] = given
            answer = {"code": code, "state": given["state"]}
        return f"{given['redirect_uri']}?{urlencode(answer)}"

    def _token(self, given: dict[str, str], authorization: str) -> tuple[int, dict[str, str], Any]:
        asked = self._codes.pop(given.get("code", ""), None)
        client = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or challenge != asked["code_challenge"]:
            return 400, {}, {"error": "invalid_grant"}
        if authorization != f"Basic {client}":
            return 401, {}, {"error": "invalid_client"}
        if given.get("redirect_uri") != asked["redirect_uri"]:
            return 400, {}, {"error": "invalid_grant"}
        right = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "person-1",
            "iat": self.now_s,
            "exp": self.now_s + 300,
            "nonce": asked["nonce"],
        }
        claims = self.bend(right | self.claims)
        token = self.sign(claims) if self.sign else signed(self.key, claims)
        self.tokens.append(token)
        return 200, {}, {"access_token": "a", "token_type": "Bearer", "id_token": token}


def signed(key: RSAKey, claims: dict[str, Any], alg: str = "RS256") -> str:
    """A token."""
    return jwt.encode({"alg": alg, "kid": key.kid}, claims, key, algorithms=[alg])


def unsigned(claims: dict[str, Any]) -> str:
    """A token of the algorithm `none`."""
    return f"{_in_base64({'alg': 'none'})}.{_in_base64(claims)}."


def shared(secret: bytes, kid: str, claims: dict[str, Any]) -> str:
    """A token of the algorithm HS256, which whoever has the secret can make."""
    text = f"{_in_base64({'alg': 'HS256', 'kid': kid})}.{_in_base64(claims)}"
    mac = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def _in_base64(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@contextmanager
def oidc_provider(now_s: int) -> Iterator[ProviderDouble]:
    """Serve one on this machine."""
    double = ProviderDouble(now_s)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do("")

        def do_POST(self) -> None:
            self._do(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

        def _do(self, body: str) -> None:
            authorization = self.headers.get("Authorization", "")
            status, headers, told = double.answer(self.command, self.path, body, authorization)
            content = json.dumps(told).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    double.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield double
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
