"""What persons say that registers counted: checked, then written."""

from decimal import Decimal, InvalidOperation
from typing import get_args

import psycopg

from adapters.bills import edits
from adapters.bills.edits import RecordedEdit
from billing.settlement.errors import RunError
from contracts.reading import Commodity

MWH = 1_000
"""Thousandths in a Wh or litre."""
MOST_MWH = 2**63 - 1


def add(
    connection: psycopg.Connection,
    *,
    register_id: str,
    commodity: str | None,
    begin_ms: int,
    end_ms: int,
    energy_wh: str,
    reason: str,
    by_user: str,
) -> RecordedEdit:
    """Write an edit.

    Raises:
        RunError: no such register is installed, or a value is none that a register can count.
    """
    if end_ms <= begin_ms:
        raise RunError("--to is no later than --from: give a time that is not empty")
    known = edits.registers(connection, register_id)
    if not known:
        raise RunError(
            f"register is {register_id!r}, and no installation names it: give the id of a meter "
            "that is installed, or load its installation"
        )
    if commodity is not None and commodity not in get_args(Commodity):
        raise RunError(f"commodity is {commodity!r}: give one of {', '.join(known)}")
    of = [each for each in known if commodity in (None, each)]
    if len(of) != 1:
        raise RunError(
            f"register {register_id} counts {' and '.join(known)}: give one of them as commodity"
        )
    edit_id = edits.add(
        connection,
        register_id=register_id,
        commodity=of[0],
        begin_ms=begin_ms,
        end_ms=end_ms,
        energy_mwh=_mwh(energy_wh),
        reason=reason,
        by_user=by_user,
    )
    (added,) = edits.edits(connection, edit_id=edit_id)
    return added


def approve(connection: psycopg.Connection, edit_id: int, by_user: str) -> None:
    """Say that a second person has seen a large edit.

    Raises:
        RunError: there is none that holds and waits for one, or it is their own.
    """
    found = edits.edits(connection, edit_id=edit_id)
    if not found or not found[0].waits:
        raise RunError(
            f"there is no edit {edit_id} that waits: `wattstream edit list` names those that do"
        )
    if found[0].edit.by_user == by_user:
        raise RunError(f"edit {edit_id} is {by_user}'s own: have somebody else look at it")
    edits.approve(connection, edit_id, by_user)


def revoke(connection: psycopg.Connection, edit_id: int) -> None:
    """Take an edit back.

    Raises:
        RunError: there is none that holds.
    """
    if not edits.revoke(connection, edit_id):
        raise RunError(
            f"there is no edit {edit_id} that holds: `wattstream edit list` names those there are"
        )


def _mwh(text: str) -> int:
    try:
        energy = Decimal(text) * MWH
    except InvalidOperation:
        energy = Decimal("NaN")
    if (
        not energy.is_finite()
        or energy != energy.to_integral_value()
        or not (0 <= energy <= MOST_MWH)
    ):
        raise RunError(
            f"energy is {text!r}: give Wh (or litres) with three decimals at most, and not below 0"
        )
    return int(energy)
