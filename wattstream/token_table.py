"""Tokens as a table that fits a terminal of 80 columns."""

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.table import Table

from contracts.access import Credential

SHOWN_METERS = 3


def token_table(tokens: Sequence[Credential], now_ms: int) -> Table:
    """A row for each token and each code that somebody is signed in by, without their secrets."""
    table = Table(expand=True, box=None, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("id", no_wrap=True)
    table.add_column("name", overflow="fold")
    table.add_column("role", no_wrap=True)
    table.add_column("may", overflow="fold")
    table.add_column("holds", no_wrap=True)
    for each in tokens:
        of = each.role if each.customer is None else f"{each.role} {each.customer}"
        may = " ".join((*each.scopes, *_of_meters(each)))
        table.add_row(each.id, each.name, of, may, _holds(each, now_ms))
    return table


def _of_meters(token: Credential) -> tuple[str, ...]:
    """The first meters that it may write, so that a row stays a row."""
    if token.meters is None:
        return ()
    more = len(token.meters) - SHOWN_METERS
    return ("of", *token.meters[:SHOWN_METERS], *((f"and {more} more",) if more > 0 else ()))


def _holds(token: Credential, now_ms: int) -> str:
    if token.revoked_ms is not None:
        return f"revoked {_day(token.revoked_ms)}"
    if token.expires_ms is None:
        return "until revoked"
    if token.kind == "code" and token.holds(now_ms):
        return f"signed in until {_day(token.expires_ms)}"
    return f"{'until' if token.holds(now_ms) else 'expired'} {_day(token.expires_ms)}"


def _day(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1_000, UTC):%Y-%m-%d}"
