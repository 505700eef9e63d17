"""A large edit counts when a second person has seen it."""

import psycopg
import pytest

from adapters.bills import edits
from adapters.master_rows import masters as masters_of
from billing.settlement.errors import RunError
from services.settlement.edits import add, approve, revoke
from tests.bills.london import HOME, A, masters

KWH = 1_000


def added(database: psycopg.Connection, energy_wh: int) -> edits.RecordedEdit:
    return add(
        database,
        register_id=HOME,
        commodity=None,
        begin_ms=0,
        end_ms=1,
        energy_wh=f"{energy_wh}",
        reason="read by hand",
        by_user="ann",
    )


def billed(database: psycopg.Connection, minutes: int = 0) -> list[int]:
    """Edits that runs know of, some time from now."""
    (at_ms,) = database.execute(
        "SELECT epoch_ms(clock_timestamp() + make_interval(mins => %s))", [minutes]
    ).fetchone() or (0,)
    return [each.edit_id for each in masters_of(database, at_ms).edits]


def test_a_large_edit_waits_for_somebody_else(database: psycopg.Connection) -> None:
    masters(database, [(A, "2012-12-01", None)])
    small, large = added(database, 500 * KWH), added(database, 500 * KWH + 1)

    assert (small.waits, large.waits) == (False, True)
    assert billed(database, 1) == [small.edit.edit_id]
    with pytest.raises(RunError, match="is ann's own: have somebody else look at it"):
        approve(database, large.edit.edit_id, "ann")
    with pytest.raises(psycopg.errors.CheckViolation, match="who cannot approve it"):
        edits.approve(database, large.edit.edit_id, "ann")
    before = billed(database)

    approve(database, large.edit.edit_id, "ben")

    assert before == [small.edit.edit_id]
    assert billed(database, 1) == [small.edit.edit_id, large.edit.edit_id]
    # As of when nobody else had seen it, it is not there: an old run comes out as it did.
    recorded_ms = next(each.recorded_ms for each in edits.edits(database) if each.is_large)
    assert [each.edit_id for each in masters_of(database, recorded_ms + 1).edits] == before
    for edit in (small, large):
        with pytest.raises(RunError, match="that waits"):
            approve(database, edit.edit.edit_id, "ben")
    revoke(database, large.edit.edit_id)
    assert billed(database, 1) == [small.edit.edit_id]
