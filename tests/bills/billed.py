"""MAC000002 as its utility billed it in the summer of 2013, for whoever looks at bills.

Ada moved in in April, a day of June is missing, and Ben followed on 10 July, which nobody knew
before August. A meter that nobody knows read for some days of July.
"""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from adapters.postgres import connect
from billing.tariffs.plan import EXAMPLES
from contracts.archive import COLUMNS
from contracts.billing import RunKind
from contracts.settings import Settings
from infra.masters import provision_database
from services.settlement.issue import issue
from services.settlement.stored import computed
from tests.bills.london import (
    ALL,
    HOME,
    KNOWN,
    A,
    B,
    archive,
    asked,
    forgotten,
    masters,
    occupied,
    plan,
)
from tests.support.london import HALF_HOUR_MS, YEAR_BEGIN_MS, ms

CLEO = 3
STRANGER = "MAC000777"
STRANGERS_DAYS = [f"2013-07-{day:02}" for day in (1, 2, 3)]
MOVED_IN, BELIEVED, MOVED = "2013-04-04T23:00", "2013-07-15T11:00", "2013-07-09T23:00"
MISSING = "2013-06-10"
READ_FROM, READ_TO = "2013-02-27", "2013-08-02"
"""No more than that is archived, which is enough for what is billed."""
STAFF = "lcl-staff"
"""A plan that is not on offer: it was made for who had the home before."""
LATER = "lcl-later"
"""A plan on offer that began after all that is billed here."""
LATER_NAME = "London, of 2014"
RUNS: tuple[tuple[str, RunKind, str], ...] = (
    ("2013-03", "first", "2013-04-20"),
    ("2013-04", "first", "2013-05-20"),
    ("2013-05", "first", "2013-06-20"),
    ("2013-06", "first", "2013-07-20"),
    ("2013-07", "first", "2013-08-09"),
    ("2013-07", "reconciliation", "2013-08-20"),
    ("2013-04", "final", "2014-07-01"),
)
"""Month, kind, and as of when."""
NUMBERS = {
    "april": "00000001",
    "may": "00000002",
    "june": "00000003",
    "july": "00000004",
    "bens": "00000005",
    "credit": "00000006",
    "bens_more": "00000007",
}


def bill(settings: Settings) -> None:
    """Write the archive of a namespace and its database, and bill it."""
    provision_database(settings)
    kept = np.zeros(ALL, dtype=np.bool_)
    kept[_place(READ_FROM) : _place(READ_TO)] = True
    kept[_place(MISSING) : _place(MISSING) + 48] = False
    until = _stranger(settings, archive(settings, kept, counts_all=False))
    with connect(settings) as connection:
        masters(connection, [(A, MOVED_IN, BELIEVED), (B, BELIEVED, None)])
        terms = (EXAMPLES / "lcl-flat.toml").read_text().replace("lcl-flat", STAFF)
        plan(connection, STAFF, terms.replace("on_offer = true\n", ""))
        _before(connection)
        versions = "INSERT INTO plan_version (plan_id, version, valid_from, terms, recorded_from) "
        connection.execute(
            versions + "VALUES (%s, 1, '2014-01-01', %s, %s)",
            [LATER, terms.replace(STAFF, LATER).replace("London, one price", LATER_NAME), KNOWN],
        )
        for month, kind, as_of in RUNS:
            if kind == "reconciliation":
                told = datetime(2013, 8, 10, tzinfo=UTC)
                forgotten(connection, told)
                occupied(connection, A, MOVED_IN, MOVED, recorded=told)
                occupied(connection, B, MOVED, None, recorded=told)
            arguments = asked(month, as_of, kind=kind, until=until)
            found = computed(settings, connection, arguments)
            issued = issue(connection, arguments, found.masters, found.run, now=True)
            assert issued.state == "issued", issued.broken


def _before(connection: psycopg.Connection) -> None:
    """The contract of who had the home before it was read."""
    connection.execute("INSERT INTO customer (customer_id, name) VALUES (%s, 'Cleo')", [CLEO])
    connection.execute(
        """
        INSERT INTO contract (
            premises_id, customer_id, commodity, plan_id, valid_from, valid_to, recorded_from
        ) VALUES (%s, %s, 'electricity', %s, '2012-12-01Z', '2013-01-01Z', %s)
        """,
        [HOME, CLEO, STAFF, KNOWN],
    )


def _place(day: str) -> int:
    return (ms(day) - YEAR_BEGIN_MS) // HALF_HOUR_MS


def _stranger(settings: Settings, offset: int) -> int:
    kept = pa.schema([field for field in COLUMNS if field.name != "event_date"])
    for day in STRANGERS_DAYS:
        folder = Path(settings.archive_dir) / f"event_date={day}"
        rows = pl.read_parquet(folder / "part-0", hive_partitioning=False)
        assert set(rows["meter_id"]) == {HOME}
        rows = rows.with_columns(
            meter_id=pl.lit(STRANGER),
            kafka_offset=pl.Series(offset + np.arange(len(rows))),
        )
        pq.write_table(rows.select(kept.names).to_arrow().cast(kept), folder / "part-1")
        offset += len(rows)
    return offset
