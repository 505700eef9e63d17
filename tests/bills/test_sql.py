"""SQL over an archive and a PostgreSQL, with what its document shows: a London home of 2013 without
10 June, some of whose readings of 1 September came late, billed for March."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import psycopg
import pytest

from adapters.sql.archived import Limits
from adapters.sql.asked import asked, catalogue
from adapters.sql.catalogue import TABLES, rows_statement
from adapters.sql.errors import CutError, StatementError
from contracts.settings import PROJECT, Settings
from infra.masters import provision_database
from services.settlement.issue import issue
from services.settlement.stored import computed
from tests.bills.london import ALL, HOME, SITE, A, archive, masters
from tests.bills.london import asked as arguments_of
from tests.support.london import HALF_HOUR_MS, YEAR_BEGIN_MS, home_mwh, ms, prices

LONDON = ZoneInfo("Europe/London")
LATE_DAY, LATE, DELAY_MS = "2013-09-01", (3, 11, 40), 7_200_000
NEVER_READ = "MAC000099"
Rows = list[tuple[object, ...]]


@pytest.fixture(scope="module")
def home(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("sql")
    settings = server.model_copy(update={"namespace": "sql", "data_dir": folder})
    provision_database(settings)
    chosen = np.ones(ALL, dtype=np.bool_)
    first = place("2013-06-10")
    chosen[first : first + 48] = False
    archive(settings, chosen)
    file = settings.archive_dir / f"event_date={LATE_DAY}" / "part-0"
    is_late = pl.int_range(pl.len()).is_in(list(LATE))
    said = pl.read_parquet(file).with_columns(late=is_late)
    said = said.with_columns(arrival_ms=pl.col("ts") + pl.col("late").cast(pl.Int64) * DELAY_MS)
    said.write_parquet(file)
    with psycopg.connect(
        settings.postgres.url, dbname=settings.namespace, autocommit=True
    ) as connection:
        masters(connection, [(A, "2012-12-01", None)])
        connection.execute(
            """
            INSERT INTO installation (
                register_id, premises_id, commodity, direction, source, boundary, valid_from
            )
            VALUES (%s, 'nowhere', 'electricity', 'import', 'counter', 'interpolate', '2013-01-01Z')
            """,
            [NEVER_READ],
        )
        run = arguments_of("2013-03", "2013-04-20")
        found = computed(settings, connection, run)
        assert issue(connection, run, found.masters, found.run).state == "issued"
    return settings


def place(text: str) -> int:
    """Of a half-hour among those of the year."""
    return (ms(text) - YEAR_BEGIN_MS) // HALF_HOUR_MS


def at(half_hour: int) -> datetime:
    """When a half-hour of the year begins."""
    return datetime.fromtimestamp((YEAR_BEGIN_MS + half_hour * HALF_HOUR_MS) / 1_000, UTC)


def rows(settings: Settings, statement: str) -> Rows:
    with asked(settings, statement) as answer:
        found = list(answer.rows())
    assert not answer.was_cut
    return found


def wh(half_hours: slice) -> Decimal:
    return Decimal(int(home_mwh()[half_hours].sum())).scaleb(-3)


def two_days() -> Rows:
    return [
        (
            date(2013, 1, day),
            float(wh(slice(place(f"2013-01-0{day}"), place(f"2013-01-0{day + 1}"))) / 1_000),
        )
        for day in (5, 6)
    ]


def evening() -> Rows:
    used = [
        (-int(home_mwh()[each]), at(each))
        for each in range(place("2013-01-05T17:00"), place("2013-01-05T22:00"))
    ]
    return [(begin, 1, Decimal(-2 * mwh).scaleb(-3)) for mwh, begin in sorted(used)[:3]]


def week() -> Rows:
    by_hour: dict[int, int] = defaultdict(int)
    for each in range(ALL):
        local = at(each).astimezone(LONDON)
        if date(2013, 7, 1) <= local.date() <= date(2013, 7, 7):
            by_hour[local.hour] += int(home_mwh()[each])
    return [(hour, by_hour[hour] / 7_000) for hour in range(24)]


def missing() -> Rows:
    first = place("2013-06-10")
    return [(HOME, at(first), at(first + 49), wh(slice(first, first + 49)))]


def late() -> Rows:
    return [(date.fromisoformat(LATE_DAY), len(LATE), timedelta(milliseconds=DELAY_MS))]


def march() -> list[int]:
    return [each for each in range(ALL) if f"{at(each).astimezone(LONDON):%Y-%m}" == "2013-03"]


def billed() -> Rows:
    price = iter(prices())
    its = next(price)
    used: dict[str, Decimal] = defaultdict(Decimal)
    for each in march():
        begin_ms = YEAR_BEGIN_MS + each * HALF_HOUR_MS
        while its.end_ms <= begin_ms:
            its = next(price)
        used[str(its.band)] += its.price * int(home_mwh()[each]) / 1_000_000
    pence = Decimal("0.01")
    net = sum((each.quantize(pence, ROUND_HALF_UP) for each in used.values()), Decimal())
    tax = (net * 5 / 100).quantize(pence, ROUND_HALF_UP)
    return [("00000001", "invoice", A, "GBP", float(net + tax))]


def counted() -> Rows:
    kwh = float(wh(slice(march()[0], march()[-1] + 1)) / 1_000)
    return [(kwh, kwh)]


def never_read() -> Rows:
    return [(NEVER_READ, "electricity", "nowhere")]


EXPECTED: dict[str, Callable[[], Rows]] = {
    "How much did a home use on each of two days?": two_days,
    "In which half-hours of an evening did an area draw most?": evening,
    "What did the home use by the hour of a place's clock, on average, in a week of summer?": week,
    "Where are readings missing, for how long, and what was used meanwhile?": missing,
    "How many messages of each day came late, and how late at most?": late,
    "Which bills were issued of a month, to whom and for how much?": billed,
    "How much was billed for a month, beside what the meters counted in it?": counted,
    "Which meters of the registry never read?": never_read,
}


def examples() -> Iterator[tuple[str, str]]:
    text = (PROJECT / "docs" / "sql.md").read_text()
    for found in re.finditer(r"```sql\n-- ([^\n]+)\n(.+?)```", text, re.DOTALL):
        yield found[1], found[2]


def test_every_example_of_the_document_is_tried() -> None:
    assert {question for question, _ in examples()} == EXPECTED.keys()


@pytest.mark.parametrize("question", EXPECTED)
def test_an_example_answers_its_question(home: Settings, question: str) -> None:
    found = rows(home, dict(examples())[question])
    expected = EXPECTED[question]()

    assert len(found) == len(expected)
    for row, values in zip(found, expected, strict=True):
        assert row == tuple(
            pytest.approx(value) if isinstance(value, float) else value for value in values
        )


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_columns_that_postgresql_is_asked_for(home: Settings, name: str) -> None:
    known = next(view for view in catalogue(home) if view.name == name)
    with psycopg.connect(home.postgres.url, dbname=home.namespace) as connection:
        asked_for = connection.execute(rows_statement(name).encode())
        there = asked_for.fetchall()
        names = [column.name for column in asked_for.description or ()]

    assert names == [column.name for column in known.columns]
    assert rows(home, f"SELECT count(*) FROM {name}") == [(len(there),)]


def test_lines_of_a_bill_add_up_to_it(home: Settings) -> None:
    statement = """
        SELECT number, sum(bill_lines.net_minor) = any_value(bills.net_minor), min(tax_per_cent)
        FROM bill_lines INNER JOIN bills USING (number) GROUP BY number
    """
    assert rows(home, statement) == [("00000001", True, Decimal("5.0000"))]


def test_what_was_believed_once_is_not_in_the_registry(home: Settings) -> None:
    with psycopg.connect(home.postgres.url, dbname=home.namespace) as connection:
        connection.execute(
            "UPDATE occupancy SET recorded_to = clock_timestamp() WHERE customer_id = %s", [A]
        )
        # Nobody else sees it, as it is not committed.
        assert rows(home, "SELECT customer_id, valid_to FROM occupancies") == [(A, None)]
        connection.commit()
    try:
        assert rows(home, "FROM occupancies") == []
        assert rows(
            home, "SELECT site_id, time_zone FROM registry WHERE premises_id <> 'nowhere'"
        ) == [(SITE, "Europe/London")]
    finally:
        with psycopg.connect(home.postgres.url, dbname=home.namespace) as connection:
            connection.execute(
                "INSERT INTO occupancy (premises_id, customer_id, valid_from, reason) "
                "VALUES (%s, %s, '2012-12-01Z', 'correction')",
                [HOME, A],
            )


def test_a_table_is_found_however_it_is_named(home: Settings) -> None:
    for table in ('"BILLS"', "main.bills", "query_table('bi' || 'lls')", "query('FROM bills')"):
        assert rows(home, f"SELECT count(*) FROM {table}") == [(1,)]
    assert rows(home, "WITH bills AS (SELECT 7 AS number) SELECT number FROM bills") == [(7,)]


def test_postgresql_cannot_be_written(home: Settings) -> None:
    with pytest.raises(StatementError, match="DELETE"):
        rows(home, "DELETE FROM bills")
    with pytest.raises(StatementError, match="read-only"):
        rows(home, "WITH gone AS (DELETE FROM bills RETURNING 1) SELECT count(*) FROM gone")
    assert rows(home, "SELECT count(*) FROM bills") == [(1,)]


def test_postgresql_is_given_no_more_time_than_there_is(home: Settings) -> None:
    with psycopg.connect(home.postgres.url, dbname=home.namespace) as connection:
        connection.execute("LOCK TABLE document IN ACCESS EXCLUSIVE MODE")
        limits = Limits(seconds=2)
        with pytest.raises(CutError, match="longer than 2 s"), asked(home, "FROM bills", limits):
            pass
