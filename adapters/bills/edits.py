"""What persons say that registers counted, in PostgreSQL: added, and closed if it was wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from contracts.masters import Edit
from contracts.reading import Commodity


@dataclass(frozen=True, slots=True)
class RecordedEdit:
    """An edit, and since when it is believed."""

    edit: Edit
    recorded_ms: int
    revoked_ms: int | None
    is_large: bool
    """A second person has to see it, or no run bills it."""
    approved_by: str | None

    @property
    def waits(self) -> bool:
        """Nobody else has seen it yet."""
        return self.is_large and self.approved_by is None


def add(
    connection: psycopg.Connection,
    *,
    register_id: str,
    commodity: Commodity,
    begin_ms: int,
    end_ms: int,
    energy_mwh: int,
    reason: str,
    by_user: str,
) -> int:
    """Write an edit; its id."""
    row = connection.execute(
        """
        INSERT INTO edit (register_id, commodity, begin_ms, end_ms, energy_mwh, reason, by_user)
        VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING edit_id
        """,
        (register_id, commodity, begin_ms, end_ms, energy_mwh, reason, by_user),
    ).fetchone()
    assert row is not None
    return int(row[0])


def approve(connection: psycopg.Connection, edit_id: int, by_user: str) -> None:
    """Write that somebody else has seen an edit; it counts from now on.

    Raises:
        psycopg.errors.CheckViolation: it is their own.
        psycopg.errors.UniqueViolation: somebody has seen it already.
    """
    connection.execute(
        "INSERT INTO edit_approval (edit_id, by_user) VALUES (%s, %s)", [edit_id, by_user]
    )


def revoke(connection: psycopg.Connection, edit_id: int) -> bool:
    """Close an edit from now on; whether it was open."""
    found = connection.execute(
        """
        UPDATE edit SET recorded_to = clock_timestamp()
        WHERE edit_id = %s AND recorded_to IS NULL
        """,
        [edit_id],
    )
    return found.rowcount == 1


def edits(
    connection: psycopg.Connection,
    register_id: str | None = None,
    *,
    edit_id: int | None = None,
    revoked: bool = False,
) -> list[RecordedEdit]:
    """Edits of all registers, of one, or one by its id; by id, with those that were revoked if
    asked for."""
    rows = connection.execute(
        """
        SELECT edit_id, register_id, begin_ms, end_ms, energy_mwh, reason, edit.by_user, commodity,
            epoch_ms(edit.recorded_from), epoch_ms(recorded_to), is_large, edit_approval.by_user
        FROM edit LEFT JOIN edit_approval USING (edit_id)
        WHERE (%(register)s::text IS NULL OR register_id = %(register)s)
            AND (%(edit)s::bigint IS NULL OR edit_id = %(edit)s)
            AND (%(revoked)s OR recorded_to IS NULL)
        ORDER BY edit_id
        """,
        {"register": register_id, "edit": edit_id, "revoked": revoked},
    )
    return [RecordedEdit(Edit(*row[:8]), *row[8:]) for row in rows]


def registers(connection: psycopg.Connection, register_id: str) -> Sequence[Commodity]:
    """The commodities of registers of that id that are installed somewhere, now or once."""
    rows = connection.execute(
        """
        SELECT DISTINCT commodity FROM installation
        WHERE register_id = %s AND recorded_to IS NULL ORDER BY commodity
        """,
        [register_id],
    )
    return [row[0] for row in rows]
