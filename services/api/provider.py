"""The OpenID provider that people may sign in by: where it sends them, and what it says of them.

Authorization code with PKCE (RFC 6749, 7636; OpenID Connect Core 3.1). What it says is believed if
its signature is by one of its keys and the token is of this issuer, for this client, of now, and
answers this sign-in. No message has anything of what was sent or received.
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from time import monotonic
from typing import Any
from urllib.parse import quote

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ValidationError

from adapters.authorities import authorities
from contracts.errors import OperationError, RequestError
from contracts.oidc import OidcSettings, SafeUrl
from contracts.settings import Settings

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "Ed25519"),
)
"""Signatures by keys that the provider alone has: what is signed by a shared secret, or by nothing,
is none."""
TIMEOUT_S = 5.0
"""For an answer of the provider."""
KEPT_S = 3_600.0
"""For how long what it says of itself is believed."""
KEYS_AGAIN_S = 30.0
"""After this time its keys may be asked for again, if a token names one that is not there."""
LEEWAY_S = 60
"""By which its clock and ours may differ."""


class ProviderAwayError(OperationError):
    """The provider does not answer, or not as one does."""


class RefusedError(RequestError):
    """The provider says no, or what it says is not believed; the message says why."""


class Configuration(BaseModel):
    """What a provider says of itself (OpenID Connect Discovery 1.0, 3)."""

    issuer: str
    authorization_endpoint: SafeUrl
    token_endpoint: SafeUrl
    jwks_uri: SafeUrl


class Provider:
    """The one of the settings, and what it said of itself last."""

    def __init__(self, settings: OidcSettings, redirect_url: str) -> None:
        self._settings, self._redirect_url = settings, redirect_url
        self._configuration: tuple[float, Configuration] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def address(self, state: str, nonce: str, verifier: str) -> str:
        """Where somebody is sent to sign in.

        Raises:
            ProviderAwayError: it does not answer.
        """
        known = await self._known()
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._redirect_url,
            "scope": self._settings.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
        }
        return str(httpx.URL(known.authorization_endpoint).copy_merge_params(query))

    async def claims(self, code: str, nonce: str, verifier: str, now_ms: int) -> dict[str, Any]:
        """The claims of whoever comes back with a code.

        Raises:
            ProviderAwayError: it does not answer.
            RefusedError: it refuses the code, or what it says is not believed.
        """
        known = await self._known()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_url,
            "code_verifier": verifier,
            "client_id": self._settings.client_id,
        }
        answer = await self._ask("POST", known.token_endpoint, data=form, auth=self._auth())
        told = _content(answer)
        if answer.status_code in (400, 401):
            raise RefusedError(f"the provider refuses the code: {_code_of(told)}")
        if answer.status_code != 200:
            raise ProviderAwayError(f"no token: status {answer.status_code}")
        text = told.get("id_token") if isinstance(told, dict) else None
        if not isinstance(text, str):
            raise RefusedError("there is no ID token in the provider's answer")
        return await self._believed(text, nonce, now_ms)

    async def _believed(self, text: str, nonce: str, now_ms: int) -> dict[str, Any]:
        try:
            try:
                token = jwt.decode(text, await self._of_keys(), algorithms=ALGORITHMS)
            except JoseError:
                # It may be by a key that is new.
                if not self._are_old():
                    raise
                self._keys = None
                token = jwt.decode(text, await self._of_keys(), algorithms=ALGORITHMS)
            self._check(token.claims, (await self._known()).issuer, nonce, now_ms)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise RefusedError(f"the ID token is not believed: {type(error).__name__}") from None
        return dict(token.claims)

    def _check(self, claims: dict[str, Any], issuer: str, nonce: str, now_ms: int) -> None:
        client = self._settings.client_id
        jwt.JWTClaimsRegistry(
            now=now_ms // 1_000,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(claims)
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != client:
            raise ValueError("it is somebody else's")

    async def _known(self) -> Configuration:
        if self._configuration is None or monotonic() - self._configuration[0] > KEPT_S:
            issuer = self._settings.issuer
            content = await self._get(f"{issuer}/.well-known/openid-configuration")
            try:
                found = Configuration.model_validate(content)
            except ValidationError:
                raise ProviderAwayError("its configuration is none") from None
            # A provider must not speak for another one.
            if found.issuer.rstrip("/") != issuer:
                raise ProviderAwayError("its configuration is of another issuer")
            self._configuration = monotonic(), found
        return self._configuration[1]

    async def _of_keys(self) -> KeySet:
        if self._keys is None or monotonic() - self._keys[0] > KEPT_S:
            content = await self._get((await self._known()).jwks_uri)
            try:
                self._keys = monotonic(), KeySet.import_key_set(content)
            except (JoseError, ValueError, KeyError, TypeError) as error:
                raise ProviderAwayError(f"its keys are none: {type(error).__name__}") from None
        return self._keys[1]

    def _are_old(self) -> bool:
        return self._keys is not None and monotonic() - self._keys[0] > KEYS_AGAIN_S

    async def _get(self, url: str) -> Any:  # noqa: ANN401
        answer = await self._ask("GET", url)
        if answer.status_code != 200:
            raise ProviderAwayError(f"it does not answer: status {answer.status_code}")
        return _content(answer)

    async def _ask(self, method: str, url: str, **more: Any) -> httpx.Response:  # noqa: ANN401
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_S, verify=authorities()) as client:
                return await client.request(method, url, **more)
        except httpx.HTTPError as error:
            raise ProviderAwayError(f"it does not answer: {type(error).__name__}") from None

    def _auth(self) -> httpx.BasicAuth | None:
        """Of a client that has a secret (RFC 6749, 2.3.1: both are encoded as in a form)."""
        secret = self._settings.client_secret
        if secret is None:
            return None
        return httpx.BasicAuth(*map(quote, (self._settings.client_id, secret.get_secret_value())))


def _content(answer: httpx.Response) -> Any:  # noqa: ANN401
    try:
        return answer.json()
    except ValueError:
        raise ProviderAwayError("it answers, and not in JSON") from None


def provider_of(settings: Settings) -> Provider | None:
    """The provider of the settings; None if there is none."""
    oidc = settings.oidc
    if oidc.issuer is None:
        return None
    return Provider(oidc, f"{oidc.page_url or settings.api.url}/v1/session/oidc/callback")


def _code_of(told: object) -> str:
    """The error's, where it is one: a provider may say anything."""
    code = told.get("error") if isinstance(told, dict) else None
    return code if isinstance(code, str) and re.fullmatch(r"[a-z_]{1,40}", code) else "no reason"
