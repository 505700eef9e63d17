"""Who may ask the API: tokens, and signing in at a browser."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from adapters.terminal import terminal
from contracts.access import (
    CODE_MS,
    LEAST_PER_SECOND,
    MOST_DAYS,
    MOST_PER_SECOND,
    SCOPES,
    Credential,
    Role,
    Scope,
    new_credential,
)
from contracts.digest import clock_key, registry_key
from contracts.errors import OperationError
from contracts.settings import Settings
from contracts.time import DAY_MS
from simulators.errors import OptionError, check_known
from wattstream.commands.options import Namespace, settings_of

if TYPE_CHECKING:
    import redis.asyncio

T = TypeVar("T")

app = typer.Typer(
    help="Who may ask the API of a namespace: make, list and revoke tokens; sign in at a browser.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Whose it is, as others are told.")]
RoleOf = Annotated[
    Role,
    typer.Option(help="operator sees all, customer the own meters, service what its scopes say."),
]
Customer = Annotated[
    str | None, typer.Option(help="Of the role customer: whose meters, as the registry has it.")
]


@app.command()
def create(
    name: Name,
    role: RoleOf = "operator",
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="|".join(SCOPES), help="May be given again; what the role may if absent."
        ),
    ] = None,
    customer: Customer = None,
    days: Annotated[
        int | None,
        typer.Option(
            min=1, max=MOST_DAYS, help="How long it holds; until it is revoked if absent."
        ),
    ] = None,
    per_second: Annotated[
        float | None,
        typer.Option(
            min=LEAST_PER_SECOND, max=MOST_PER_SECOND, help="Requests a second, on the average."
        ),
    ] = None,
    meters: Annotated[
        list[str] | None,
        typer.Option(
            help="Of write:readings: a meter that it may write, or how ids begin and *; may be "
            "given again."
        ),
    ] = None,
    namespace: Namespace = None,
) -> None:
    """Make a token, and print it: the only time that it is told."""
    settings, now_ms = settings_of(namespace), _now_ms()
    try:
        token, text = new_credential(
            settings.namespace,
            "token",
            name=name,
            role=role,
            now_ms=now_ms,
            scopes=_scopes(scope),
            customer=customer,
            expires_ms=None if days is None else now_ms + days * DAY_MS,
            per_second=per_second,
            meters=tuple(meters) if meters else None,
        )
    except ValueError as error:
        raise OptionError(str(error)) from None
    _keep(settings, token)
    print(text)


def _scopes(given: list[str] | None) -> tuple[Scope, ...] | None:
    if not given:
        return None
    check_known("scope", given, SCOPES)
    return tuple(scope for scope in SCOPES if scope in given)


@app.command("list")
def list_(namespace: Namespace = None) -> None:
    """List the tokens of a namespace, those that were revoked or have expired too."""
    from adapters import redis_access
    from wattstream.token_table import token_table

    settings = settings_of(namespace)
    found = _ask(settings, lambda client: redis_access.tokens(client, settings.namespace))
    if found:
        terminal().print(token_table(found, _now_ms()))
    else:
        terminal().print(f"No tokens in namespace {settings.namespace}.")


@app.command()
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")],
    namespace: Namespace = None,
) -> None:
    """Revoke a token: its next request is refused, and the sessions made of it end."""
    from adapters import redis_access

    settings, now_ms = settings_of(namespace), _now_ms()
    found = _ask(
        settings, lambda client: redis_access.revoke(client, settings.namespace, token_id, now_ms)
    )
    if found is None:
        raise OperationError(
            f"there is no token {token_id} in namespace {settings.namespace}; `wattstream token "
            f"list --namespace {settings.namespace}` lists those that there are"
        )
    terminal(highlight=False).print(f"revoked {token_id}, of {found.name}")


@app.command("sign-in")
def sign_in(
    name: Name,
    role: RoleOf = "operator",
    customer: Customer = None,
    namespace: Namespace = None,
) -> None:
    """Print a code that signs in once, within a quarter of an hour: `POST /v1/session` takes it in
    the place of a token, and gives a cookie for it."""
    settings, now_ms = settings_of(namespace), _now_ms()
    try:
        code, text = new_credential(
            settings.namespace,
            "code",
            name=name,
            role=role,
            now_ms=now_ms,
            customer=customer,
            expires_ms=now_ms + CODE_MS,
        )
    except ValueError as error:
        raise OptionError(str(error)) from None
    _keep(settings, code)
    print(text)


def _keep(settings: Settings, credential: Credential) -> None:
    from adapters import redis_access

    namespace = settings.namespace

    async def keep(client: "redis.asyncio.Redis") -> bool:
        await redis_access.keep(client, namespace, credential)
        return bool(await client.exists(clock_key(namespace), registry_key(namespace)))

    if not _ask(settings, keep):
        terminal(stderr=True, highlight=False).print(
            f"Redis has nothing of namespace {namespace} yet, so the API has nothing to show for "
            "this; if that is no name of yours, give one with --namespace",
            soft_wrap=True,
        )


def _ask(settings: Settings, question: Callable[["redis.asyncio.Redis"], Awaitable[T]]) -> T:
    from adapters.connect import async_redis_client

    async def ask() -> T:
        client = async_redis_client(settings.redis)
        try:
            return await question(client)
        finally:
            await client.aclose()

    return asyncio.run(ask())


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
