"""MAC000002 of London in 2013: its readings as an archive, and its masters as rows of PostgreSQL,
each recorded when a utility would have."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from psycopg.types.json import Jsonb

from billing.tariffs.plan import EXAMPLES
from contracts.archive import COLUMNS
from contracts.billing import RunArguments, RunKind
from contracts.settings import Settings
from services.settlement.method import method_of_now
from tests.support.london import HALF_HOUR_MS, YEAR_BEGIN_MS, home_mwh, ms, prices

HOME = "MAC000002"
SITE = "london"
A, B = 1, 2
ALL = len(home_mwh())
"""Readings: the first offset of the only partition that has none."""
SELLER = {
    "lines": ["12 Embankment Yard"],
    "post_code": "SE1 9PP",
    "city": "London",
    "country": "GB",
}
HOME_ADDRESS = {
    "lines": ["Flat 3", "48 Lavender Hill"],
    "post_code": "SW11 5RH",
    "city": "London",
    "country": "GB",
}
KNOWN = datetime(2012, 12, 1, tzinfo=UTC)
"""When the masters were recorded."""


def came_before(at_ms: int) -> int:
    """How many of the home's readings had come by then: each comes when it is read."""
    return min(max((at_ms - YEAR_BEGIN_MS - 1) // HALF_HOUR_MS, 0), ALL)


def archive(
    settings: Settings,
    chosen: NDArray[np.bool_] | None = None,
    *,
    first_offset: int = 0,
    name: str = "part-0",
    counts_all: bool = True,
    says_energy: bool = False,
) -> int:
    """Write readings at the ends of half-hours into the archive, all or some; the offset after the
    last.

    Args:
        counts_all: Whether the register counted what is not read, too, as one of intervals does
            not.
        says_energy: Whether readings say what their half-hours counted.
    """
    is_read = np.ones(ALL, dtype=np.bool_) if chosen is None else chosen
    register_mwh = np.cumsum(home_mwh() if counts_all else np.where(is_read, home_mwh(), 0))
    places = np.flatnonzero(is_read)
    ts = YEAR_BEGIN_MS + HALF_HOUR_MS * (1 + places)
    count = len(places)
    rows = pl.DataFrame(
        {
            "meter_id": [HOME] * count,
            "geohash": ["gcpvj0"] * count,
            "commodity": ["electricity"] * count,
            "ts": ts,
            "seq": places,
            "register": register_mwh[places] / 1_000,
            "energy": home_mwh()[places] / 1_000 if says_energy else [None] * count,
            "revision": [0] * count,
            "arrival_ms": ts,
            "kafka_partition": np.zeros(count, dtype=np.int32),
            "kafka_offset": first_offset + np.arange(count),
            "late": [False] * count,
            "event_date": [f"{datetime.fromtimestamp(each / 1_000, UTC):%Y-%m-%d}" for each in ts],
        }
    )
    missing = [field.name for field in COLUMNS if field.name not in rows.columns]
    rows = rows.with_columns(pl.lit(None, dtype=pl.Float64).alias(each) for each in missing)
    kept = pa.schema([field for field in COLUMNS if field.name != "event_date"])
    for (day,), of_day in rows.group_by("event_date"):
        folder = settings.archive_dir / f"event_date={day}"
        folder.mkdir(parents=True, exist_ok=True)
        table = of_day.select(kept.names).to_arrow()
        pq.write_table(table.cast(kept), Path(folder) / name)
    return first_offset + count


def masters(
    connection: psycopg.Connection,
    occupancies: Sequence[tuple[int, str, str | None]],
    *,
    plan_id: str = "lcl-dtou",
    source: str = "interval",
) -> None:
    """One home with its register, customers, plans, prices and tax.

    Args:
        occupancies: Customer, from and until, UTC.
    """
    with connection.transaction():
        connection.execute(
            "INSERT INTO site (site_id, time_zone, currency, tax_region, recorded_from) "
            "VALUES (%s, 'Europe/London', 'GBP', 'GB-domestic', %s)",
            [SITE, KNOWN],
        )
        connection.execute("INSERT INTO premises VALUES (%s, %s, %s)", [HOME, SITE, KNOWN])
        connection.execute(
            """
            INSERT INTO installation (
                register_id, premises_id, commodity, direction, source, boundary, valid_from,
                cadence_ms, opening_mwh, recorded_from
            ) VALUES (%s, %s, 'electricity', 'import', %s, 'interpolate', '2013-01-01Z', %s, 0, %s)
            """,
            [HOME, HOME, source, HALF_HOUR_MS, KNOWN],
        )
        for customer_id, name in ((A, "Ada"), (B, "Ben")):
            connection.execute(
                "INSERT INTO customer (customer_id, name) VALUES (%s, %s)", [customer_id, name]
            )
            connection.execute(
                """
                INSERT INTO contract (
                    premises_id, customer_id, commodity, plan_id, valid_from, recorded_from
                ) VALUES (%s, %s, 'electricity', %s, '2000-01-01Z', %s)
                """,
                [HOME, customer_id, plan_id, KNOWN],
            )
        for name in ("lcl-dtou", "lcl-flat"):
            plan(connection, name, (EXAMPLES / f"{name}.toml").read_text())
        with connection.cursor() as cursor:
            cursor.executemany(
                """
                INSERT INTO price (series_id, starts, ends, price, band, recorded_from)
                VALUES (%s, %s, %s, %s, %s, %s)
                """,
                [
                    (
                        *(each.series_id, at(each.begin_ms), at(each.end_ms)),
                        *(each.price, each.band, KNOWN),
                    )
                    for each in prices()
                ],
            )
        connection.execute(
            """
            INSERT INTO tax_rate (tax_region, category, valid_from, rate, recorded_from)
            VALUES ('GB-domestic', 'S', %s, 5, %s)
            """,
            [date(2000, 1, 1), KNOWN],
        )
        for occupancy in occupancies:
            occupied(connection, *occupancy, recorded=KNOWN)


def plan(connection: psycopg.Connection, plan_id: str, terms: str) -> None:
    """The first version of a plan, for ever."""
    connection.execute(
        """
        INSERT INTO plan_version (plan_id, version, valid_from, terms, recorded_from)
        VALUES (%s, 1, '2000-01-01', %s, %s)
        """,
        [plan_id, terms, KNOWN],
    )


def seller(
    connection: psycopg.Connection,
    name: str = "Thames Light & Power",
    *,
    begin: date = date(2000, 1, 1),
    recorded: datetime = KNOWN,
) -> None:
    """Who sends the bills that are issued from a day on; and where the customers and the home
    are."""
    connection.execute(
        """
        INSERT INTO seller (
            valid_from, name, address, vat_id, legal_id, email, phone, website, account, locale,
            recorded_from
        ) VALUES (
            %s, %s, %s, 'GB123456789', '04125991', 'bills@thameslight.example',
            '+44 20 7946 0018', 'thameslight.example', '20-00-00 55779911', 'en-GB', %s
        )
        """,
        [begin, name, Jsonb(SELLER), recorded],
    )
    connection.execute("UPDATE customer SET address = %s", [Jsonb(HOME_ADDRESS)])
    connection.execute(
        "INSERT INTO premises_address VALUES (%s, %s) ON CONFLICT DO NOTHING",
        [HOME, Jsonb(HOME_ADDRESS)],
    )


def occupied(
    connection: psycopg.Connection,
    customer_id: int,
    begin: str,
    end: str | None,
    *,
    recorded: datetime,
) -> None:
    """Somebody had the home, as is known since then."""
    connection.execute(
        """
        INSERT INTO occupancy (
            premises_id, customer_id, valid_from, valid_to, recorded_from, reason
        ) VALUES (%s, %s, %s, %s, %s, 'loaded')
        """,
        [HOME, customer_id, _utc(begin), None if end is None else _utc(end), recorded],
    )


def forgotten(connection: psycopg.Connection, recorded: datetime) -> None:
    """Since then nobody believes what was recorded of occupancies before."""
    connection.execute(
        "UPDATE occupancy SET recorded_to = %s WHERE recorded_to IS NULL", [recorded]
    )


def asked(
    month: str, as_of: str, *, kind: RunKind = "first", until: int = ALL, estimate: bool = True
) -> RunArguments:
    """Arguments of a run of the home, as of a time in UTC."""
    rules = method_of_now(estimate=estimate).text
    return RunArguments(kind, SITE, month, (until,), ms(as_of), rules)


def at(ms_: int) -> datetime:
    """Epoch ms as PostgreSQL's client takes them."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms_)


def _utc(text: str) -> datetime:
    return at(ms(text))
