"""Who may ask the API: credentials, what each may do, and how Redis has them.

A credential is a secret that somebody holds, of which only a hash is kept. Three are alike: a
*token* that a person or a program is given, a *session* that a browser has for it as a cookie, and
a *code* that signs in once. What is held is `<prefix>_<id>_<secret>`; the id begins with the
namespace, so that one API serves them all and nobody sees another's.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, get_args

from msgspec import Struct

from contracts.time import HOUR_MS, MINUTE_MS

Role = Literal["operator", "customer", "service"]
"""Who works for the utility; who is billed for meters, and sees those alone; a program."""
ROLES: tuple[Role, ...] = get_args(Role)

Scope = Literal[
    "read:areas",  # sums over areas, regions, the fleet
    "read:live",  # what is known of each meter
    "read:history",
    "read:alerts",
    "write:alerts",  # acknowledge, comment; with read:system also be silent, send again
    "write:choice",  # of a customer: how it is told of its own home; seeing it, too
    "write:readings",  # of the meters that the token names
    "read:bills",  # what was issued, and what other plans would have cost
    "read:settlement",  # runs, what is nobody's, the queue of exceptions
    "read:system",
    "admin:tokens",  # make, list and revoke tokens
]
SCOPES: tuple[Scope, ...] = get_args(Scope)

OF_OPERATORS: frozenset[Scope] = frozenset(SCOPES) - {
    *("admin:tokens", "write:choice", "write:readings"),
}
OF_CUSTOMERS: frozenset[Scope] = frozenset(
    {"read:live", "read:history", "read:alerts", "write:choice", "read:bills"}
)
"""Of their own meters, of what they were billed, and of how they are told."""

Kind = Literal["token", "session", "code"]
_PREFIXES: dict[Kind, str] = {"token": "wst", "session": "wss", "code": "wsc"}
_KINDS: dict[str, Kind] = {prefix: kind for kind, prefix in _PREFIXES.items()}

SESSION_MS = 12 * HOUR_MS
"""A shift: how long a browser stays signed in at most."""
MOST_SESSIONS = 20
"""Of a token: the oldest ends with one more."""
CODE_MS = 15 * MINUTE_MS
"""Within what time a code for signing in must be used."""

MAX_NAME_LENGTH = 100
"""Of the name, and of the customer."""
MOST_DAYS = 3_650
"""For which a token that ends is made."""
MOST_METERS = 1_000
"""That a token names one by one, or by how their ids begin."""
LEAST_PER_SECOND, MOST_PER_SECOND = 0.1, 1_000.0
"""Requests that a token may be given."""
ANY_FURTHER = "*"
"""Ends what is the beginning of meters' ids; alone it is of all meters."""
_METERS = re.compile(r"[A-Za-z0-9_.:-]{1,64}|[A-Za-z0-9_.:-]{0,63}\*")
_HELD = re.compile(r"(ws[tsc])_(([a-z][a-z0-9_]{0,30})-[0-9a-f]{8})_([0-9a-f]{48})")


class Credential(Struct, frozen=True, omit_defaults=True):
    """What is kept of a token, a session or a code."""

    id: str
    kind: Kind
    secret_sha256: str
    name: str
    """Whose it is, as others are told: who acknowledged an alert."""
    role: Role
    scopes: tuple[Scope, ...]
    created_ms: int
    """Epoch ms on the wall, as all times here."""
    customer: str | None = None
    """As the registry has it; of the role `customer`."""
    expires_ms: int | None = None
    revoked_ms: int | None = None
    token: str | None = None
    """Id of the token, or of the code that was used, of which a session was made; it ends with
    that."""
    per_second: float | None = None
    """Requests a second, on the average; None is what the role has."""
    meters: tuple[str, ...] | None = None
    """Whose readings may be written with the scope `write:readings`, and no others: ids, or how ids
    begin followed by ANY_FURTHER."""

    def holds(self, now_ms: int) -> bool:
        """Whether it is still good for anything."""
        if self.revoked_ms is not None:
            return False
        return self.expires_ms is None or now_ms < self.expires_ms


class Held(NamedTuple):
    """What somebody holds, taken apart."""

    kind: Kind
    namespace: str
    id: str
    secret: str


def taken_apart(text: str) -> Held | None:
    """A token, session or code; None if it is none."""
    if (found := _HELD.fullmatch(text)) is None:
        return None
    prefix, an_id, namespace, secret = found.groups()
    return Held(_KINDS[prefix], namespace, an_id, secret)


def matches(credential: Credential, secret: str) -> bool:
    """Whether the secret is the credential's, in a time that says nothing of it."""
    return hmac.compare_digest(credential.secret_sha256, hashed(secret))


def new_credential(
    namespace: str,
    kind: Kind,
    *,
    name: str,
    role: Role,
    now_ms: int,
    scopes: tuple[Scope, ...] | None = None,
    customer: str | None = None,
    expires_ms: int | None = None,
    token: str | None = None,
    per_second: float | None = None,
    meters: tuple[str, ...] | None = None,
) -> tuple[Credential, str]:
    """A credential, and what its holder is given: the only time that it is there in clear.

    Args:
        scopes: By default the role's; a service has none but those it is given.
        meters: Of the scope `write:readings`, as of `Credential`.

    Raises:
        ValueError: these do not go together; says what does.
    """
    if not name.strip() or len(name) > MAX_NAME_LENGTH or not name.isprintable():
        raise ValueError(
            f"name is {name!r}: give one of 1 to {MAX_NAME_LENGTH} printable characters"
        )
    if (role == "customer") != (customer is not None):
        raise ValueError(
            f"customer is {customer!r} of the role {role}: give the role `customer` the one whose "
            "meters it may see, and no other role any"
        )
    if customer is not None and not 1 <= len(customer) <= MAX_NAME_LENGTH:
        raise ValueError(f"customer is {customer!r}: give 1 to {MAX_NAME_LENGTH} characters")
    if per_second is not None and not LEAST_PER_SECOND <= per_second <= MOST_PER_SECOND:
        raise ValueError(
            f"per_second is {per_second}: give {LEAST_PER_SECOND} to {MOST_PER_SECOND:.0f}"
        )
    granted = _granted(role, scopes)
    _check_meters(granted, meters)
    an_id, secret = f"{namespace}-{secrets.token_hex(4)}", secrets.token_hex(24)
    credential = Credential(
        an_id,
        kind,
        hashed(secret),
        name,
        role,
        granted,
        now_ms,
        customer=customer,
        expires_ms=expires_ms,
        token=token,
        per_second=per_second,
        meters=meters,
    )
    return credential, f"{_PREFIXES[kind]}_{an_id}_{secret}"


def _granted(role: Role, scopes: tuple[Scope, ...] | None) -> tuple[Scope, ...]:
    if role == "service" and not scopes:
        raise ValueError(f"a service without a scope may do nothing: give one of {_list(SCOPES)}")
    allowed = OF_CUSTOMERS if role == "customer" else frozenset(SCOPES)
    usual = OF_CUSTOMERS if role == "customer" else OF_OPERATORS
    wanted = usual if scopes is None else frozenset(scopes)
    if strange := wanted - allowed:
        raise ValueError(
            f"scope {_list(strange)} is none of the role {role}, which may have {_list(allowed)}"
        )
    return tuple(scope for scope in SCOPES if scope in wanted)


def _check_meters(granted: tuple[Scope, ...], meters: tuple[str, ...] | None) -> None:
    if ("write:readings" in granted) != bool(meters):
        raise ValueError(
            f"meters is {meters} with the scopes {_list(granted)}: with write:readings name the "
            "meters whose readings may be written, each by its id or by how ids begin and *, and "
            "without it none"
        )
    if meters is None:
        return
    if len(meters) > MOST_METERS:
        raise ValueError(f"meters has {len(meters)} names: give {MOST_METERS} at most")
    for each in meters:
        if not _METERS.fullmatch(each):
            raise ValueError(
                f"meters has {each!r:.80}: give an id, 1 to 64 of A-Z a-z 0-9 _ . : -, or how ids "
                "begin and *"
            )


def named_by(meters: Sequence[str]) -> Callable[[str], bool]:
    """Whether a meter's id is among those that a token names."""
    ids = frozenset(each for each in meters if not each.endswith(ANY_FURTHER))
    begins = _beginnings(meters)
    return lambda meter_id: meter_id in ids or meter_id.startswith(begins)


def all_named_by(meters: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether these name every meter that others name."""
    is_named, begins = named_by(meters), _beginnings(meters)
    return all(
        each[:-1].startswith(begins) if each.endswith(ANY_FURTHER) else is_named(each)
        for each in wanted
    )


def _beginnings(meters: Sequence[str]) -> tuple[str, ...]:
    return tuple(each[:-1] for each in meters if each.endswith(ANY_FURTHER))


def _list(scopes: frozenset[Scope] | tuple[Scope, ...]) -> str:
    return ", ".join(scope for scope in SCOPES if scope in scopes)


def hashed(secret: str) -> str:
    """Of 192 random bits, so that a hash that is quick to compute tells nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


def tokens_key(namespace: str) -> str:
    """Redis: hash of tokens by id, each a `Credential` as JSON; and of codes that were used, until
    the sessions of them have ended."""
    return f"{namespace}:tokens"


def session_key(namespace: str, an_id: str) -> str:
    """Redis: a session, as JSON; expires by itself."""
    return f"{namespace}:session:{an_id}"


def sessions_of_key(namespace: str, token: str) -> str:
    """Redis: sorted set of the ids of a token's sessions by when they were made; expires with the
    last of them."""
    return f"{namespace}:sessions:{token}"


class PendingSignIn(Struct, frozen=True):
    """A sign-in by a provider that somebody has begun; kept until the browser is back."""

    nonce: str
    """What the ID token must repeat."""
    verifier: str
    """Of PKCE: who has the code alone can do nothing with it."""
    to: str
    """Where on the page one wanted to go."""


PENDING_MS = 10 * MINUTE_MS
"""Within what time somebody must be back from the provider."""


def pending_key(namespace: str, state: str) -> str:
    """Redis: a sign-in that was begun, as JSON, by the hash of its state; expires by itself."""
    return f"{namespace}:sign-in:{hashed(state)}"


def code_key(namespace: str, an_id: str) -> str:
    """Redis: a code that nobody has used yet; expires by itself."""
    return f"{namespace}:code:{an_id}"
