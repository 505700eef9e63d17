"""Signing in by an OpenID provider: its settings, and who its claims say that somebody is.

Off unless an issuer is given. What a person may do follows from two claims of the ID token: one
whose values make operators and customers of people, and one that names the customer.
"""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple, Self, TypeGuard
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, SecretStr, model_validator

from contracts.access import MAX_NAME_LENGTH, Role

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def safe_url(url: str) -> str:
    """An address that nobody on the way can read or change.

    Raises:
        ValueError: it is none; says what is.
    """
    try:
        address = urlsplit(url)
        host = address.hostname
    except ValueError:
        host = None
    if host is None or address.username is not None or address.fragment:
        raise ValueError("give https://HOST/PATH, without a user")
    if address.scheme != "https" and not (address.scheme == "http" and host in LOOPBACK):
        raise ValueError("give https://, or http:// of this machine")
    return url


def _base_url(url: str) -> str:
    if "?" in safe_url(url):
        raise ValueError("give https://HOST/PATH, without a query")
    return url.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_base_url)]
SafeUrl = Annotated[str, AfterValidator(safe_url)]


class OidcSettings(BaseModel):
    """The provider, and what its claims mean."""

    issuer: BaseUrl | None = None
    """As its tokens name it; its configuration is at `/.well-known/openid-configuration` below."""
    client_id: str = ""
    """Whom the provider knows this API as."""
    client_secret: SecretStr | None = None
    """Of a client that has one; the code is bound to the sign-in by PKCE with or without."""
    page_url: BaseUrl | None = None
    """Where people find the page; the provider sends them back to `/v1/session/oidc/callback`
    below. By default the API's own address on this machine."""
    namespace: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")] = "wattstream"
    """What people are signed in to."""
    name: Annotated[str, Field(min_length=1, max_length=40)] = "single sign-on"
    """What the page calls the provider: "Sign in with NAME"."""
    scopes: str = "openid profile"
    """That are asked for, parted by blanks; `openid` must be among them."""
    role_claim: str = "roles"
    """Name of the claim that has one value or several, ..."""
    operators: str = ""
    """... of which these, parted by commas, make an operator, ..."""
    customers: str = ""
    """... and these a customer."""
    customer_claim: str = "customer"
    """Name of the claim that has the customer, as the registry has it."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.issuer is None:
            return self
        if not self.client_id:
            raise ValueError("client_id is empty: give the one that the provider knows the API as")
        if "openid" not in self.scopes.split():
            raise ValueError(f"scopes is {self.scopes!r}: add openid, or there is no ID token")
        if not _values(self.operators) and not _values(self.customers):
            raise ValueError(
                "operators and customers are empty, so that nobody could sign in: give the values "
                f"of the claim {self.role_claim} that make one"
            )
        return self


class Person(NamedTuple):
    """Who somebody is by a token's claims."""

    name: str
    role: Role
    customer: str | None


def person_of(claims: Mapping[str, Any], settings: OidcSettings) -> Person | None:
    """Who somebody is; None if the claims make nobody of them who may sign in here."""
    said = claims.get(settings.role_claim)
    values = {said} if isinstance(said, str) else set(said) if _is_texts(said) else set()
    if values & _values(settings.operators):
        return Person(_name(claims), "operator", None)
    customer = claims.get(settings.customer_claim)
    if isinstance(customer, int) and not isinstance(customer, bool):
        customer = str(customer)
    if not values & _values(settings.customers) or not isinstance(customer, str):
        return None
    if not 1 <= len(customer) <= MAX_NAME_LENGTH or not customer.isprintable():
        return None
    return Person(_name(claims), "customer", customer)


def _values(text: str) -> set[str]:
    return {each.strip() for each in text.split(",")} - {""}


def _is_texts(said: object) -> TypeGuard[list[str]]:
    return isinstance(said, list) and all(isinstance(each, str) for each in said)


def _name(claims: Mapping[str, Any]) -> str:
    """As others are told it: who acknowledged an alert."""
    for claim in ("name", "preferred_username", "email", "sub"):
        said = claims.get(claim)
        if isinstance(said, str):
            shown = "".join(each for each in said if each.isprintable()).strip()
            if shown:
                return shown[:MAX_NAME_LENGTH]
    return "somebody"
