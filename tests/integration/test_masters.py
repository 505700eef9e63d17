"""Masters in PostgreSQL, and their changes on the topic: what is told, and what is not."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from confluent_kafka import OFFSET_BEGINNING, Message, Producer

from adapters.connect import kafka_config
from adapters.kafka_connect import ConnectRest
from adapters.kept_records import ends_of, reader
from adapters.master_files import MasterFileError, load
from adapters.master_rows import masters
from adapters.masters_topic import CaptureError, change_of, changes_until
from adapters.postgres import connect, connect_to_server, newest_as_of_ms
from contracts import topics
from contracts.capture import HEARTBEAT, Change, connector, slot
from contracts.masters import Occupancy, Price
from contracts.settings import Settings
from infra.provision import recapture
from tests.support.namespaces import fresh_namespace
from verification.masters import check
from wattstream.commands.masters import check as check_command

HERE = "dc:eqix:us:chi1:12"
JULY = datetime(2013, 7, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def captured(stack: Settings) -> Iterator[Settings]:
    """A namespace without jobs."""
    with fresh_namespace(stack, "test_masters") as settings:
        with connect(settings) as connection:
            # What is written before the first copy is on no topic as it was.
            changes(settings, connection)
        yield settings


@pytest.fixture
def database(captured: Settings) -> Iterator[psycopg.Connection]:
    """A connection to its database, whose tenants have left afterwards."""
    with connect(captured) as connection:
        yield connection
        connection.execute("DELETE FROM tenant")


def day(number: int) -> datetime:
    """Of July 2013."""
    return JULY + timedelta(days=number - 1)


def day_ms(number: int) -> int:
    """As `day`, epoch milliseconds."""
    return round(day(number).timestamp() * 1_000)


def now_ms(database: psycopg.Connection) -> int:
    """By the clock that says when something is recorded, to the ms: what was recorded before is
    earlier, and what is recorded next is later."""
    time.sleep(0.002)
    found = database.execute("SELECT epoch_ms(clock_timestamp())").fetchone()
    assert found is not None
    time.sleep(0.002)
    return int(found[0])


def occupancies(database: psycopg.Connection, premises: str, as_of_ms: int) -> list[Occupancy]:
    """Who was there as was known then."""
    return [
        each for each in masters(database, as_of_ms).occupancies if each.premises_id == premises
    ]


def changes(settings: Settings, database: psycopg.Connection) -> list[Change]:
    """All that the topic says of what has been written until now, without heartbeats."""
    found = database.execute("SELECT pg_current_wal_insert_lsn() - '0/0'").fetchone()
    assert found is not None
    return [each for each in changes_until(settings, int(found[0])) if each.table != HEARTBEAT]


def records(settings: Settings) -> list[Message]:
    """The topic as it is."""
    topic = topics.masters(settings)
    (end,) = ends_of(settings, topic)
    with closing(reader(settings, topic, [OFFSET_BEGINNING])) as consumer:
        found: list[Message] = []
        while not found or found[-1].offset() < end - 1:
            message = consumer.poll(1)
            if message is not None and message.error() is None:
                found.append(message)
        return found


def test_a_tenant_is_on_the_topic_with_who_is_there(
    captured: Settings, database: psycopg.Connection
) -> None:
    database.execute("INSERT INTO tenant VALUES (%s, 924, %s)", [HERE, day(1)])
    database.execute(
        "UPDATE tenant SET customer_id = 243, as_of = %s WHERE tenant_id = %s", [day(15), HERE]
    )
    database.execute("DELETE FROM tenant WHERE tenant_id = %s", [HERE])

    told = [each for each in changes(captured, database) if each.key == {"tenant_id": HERE}]

    assert [each.row and (each.row["customer_id"], each.row["as_of"]) for each in told] == [
        (924, "2013-07-01T00:00:00.000000Z"),
        (243, "2013-07-15T00:00:00.000000Z"),
        None,
    ]
    # A deletion is one record, and says where it is in the log.
    lsns = [each.lsn for each in told]
    assert lsns == sorted(set(lsns))
    rows = [each for each in changes(captured, database) if each.table == "occupancy"]
    assert {each.row["premises_id"] for each in rows if each.row} == {HERE}


def test_moves_are_occupancies_and_what_was_believed_stays(database: psycopg.Connection) -> None:
    database.execute("INSERT INTO tenant VALUES ('home', 1, %s)", [day(1)])
    database.execute("UPDATE tenant SET customer_id = 2, as_of = %s", [day(15)])
    before_ms = now_ms(database)
    with database.transaction():
        # It was the tenth, somebody says later.
        database.execute("SELECT set_config('wattstream.effective_at', %s, true)", [str(day(10))])
        database.execute("UPDATE tenant SET customer_id = 2")
    corrected_ms = now_ms(database)
    with database.transaction():
        database.execute("SELECT set_config('wattstream.effective_at', %s, true)", [str(day(20))])
        database.execute("DELETE FROM tenant")
    left_ms = now_ms(database)

    assert occupancies(database, "home", before_ms) == [
        Occupancy("home", 1, day_ms(1), day_ms(15)),
        Occupancy("home", 2, day_ms(15), None),
    ]
    assert occupancies(database, "home", corrected_ms) == [
        Occupancy("home", 1, day_ms(1), day_ms(10)),
        Occupancy("home", 2, day_ms(10), None),
    ]
    assert occupancies(database, "home", left_ms) == [
        Occupancy("home", 1, day_ms(1), day_ms(10)),
        Occupancy("home", 2, day_ms(10), day_ms(20)),
    ]


def test_who_never_was_there_is_nobody(database: psycopg.Connection) -> None:
    database.execute("INSERT INTO tenant VALUES ('void', 1, %s)", [day(1)])
    with database.transaction():
        database.execute("SELECT set_config('wattstream.effective_at', %s, true)", [str(day(1))])
        database.execute("DELETE FROM tenant")

    assert occupancies(database, "void", now_ms(database)) == []


def test_an_update_that_changes_nothing_is_no_move(database: psycopg.Connection) -> None:
    database.execute("INSERT INTO tenant VALUES ('same', 1, %s)", [day(1)])
    database.execute("UPDATE tenant SET customer_id = 1")

    found = database.execute("SELECT count(*) FROM occupancy WHERE premises_id = 'same'").fetchone()

    assert found == (1,)


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        (
            "INSERT INTO occupancy (premises_id, customer_id, valid_from, reason) "
            "VALUES ('full', 2, '2013-07-20Z', 'loaded')",
            psycopg.errors.ExclusionViolation,
        ),
        ("UPDATE occupancy SET customer_id = 2", psycopg.errors.RestrictViolation),
        ("DELETE FROM occupancy", psycopg.errors.RestrictViolation),
        ("TRUNCATE tenant", psycopg.errors.RestrictViolation),
        (
            "INSERT INTO occupancy (premises_id, customer_id, valid_from, reason) "
            "VALUES ('other', 2, '2013-07-20Z', 'Mrs Miller moved in')",
            psycopg.errors.CheckViolation,
        ),
    ],
)
def test_what_was_recorded_is_neither_changed_nor_contradicted(
    database: psycopg.Connection, statement: str, error: type[psycopg.Error]
) -> None:
    database.execute("INSERT INTO tenant VALUES ('full', 1, %s)", [day(1)])

    with pytest.raises(error):
        database.execute(statement.encode())


def test_masters_are_cut_before_what_is_being_written(
    captured: Settings, database: psycopg.Connection
) -> None:
    with connect(captured) as other, other.transaction():
        other.execute("SELECT 1")
        began = other.execute(
            "SELECT epoch_ms(xact_start) FROM pg_stat_activity WHERE pid = pg_backend_pid()"
        )
        (began_ms,) = began.fetchone() or (0,)

        assert newest_as_of_ms(database) < began_ms
    assert newest_as_of_ms(database) <= now_ms(database) - 60_000


FOLDER = {
    "site.csv": "site_id,time_zone,currency,tax_region\nlondon,Europe/London,GBP,GB\n",
    "customer.csv": 'customer_id,name,address\n7,Zaphod Beeblebrox,"{""city"": ""Betelgeuse""}"\n',
    "premises.csv": "premises_id,site_id\nhome-2,london\n",
    "installation.csv": "register_id,premises_id,commodity,direction,source,boundary,valid_from\n"
    "MAC000002,home-2,electricity,import,interval,interpolate,2012-10-12T00:30Z\n",
    "occupancy.csv": "premises_id,customer_id,valid_from,valid_to\n"
    "home-2,7,2012-10-12T00:00Z,2013-07-15T12:00+01:00\n",
    "contract.csv": "premises_id,customer_id,commodity,plan_id,valid_from\n"
    "home-2,7,electricity,lcl-dtou,2012-10-12T00:00Z\n",
    "price.csv": "series_id,starts,ends,price,band\n"
    "lcl-dtou,2013-01-01T00:00Z,2013-01-01T00:30Z,0.1176,normal\n"
    "lcl-dtou,2013-01-01T00:30Z,2013-01-01T01:00Z,0.0399,low\n",
    "holiday.csv": "calendar,day,name\nGB-ENG,2013-12-25,Christmas\n",
    "calorific_value.csv": "zone,gas_day,mj_per_m3\nNT,2013-01-01,39.5\n",
    "tax_rate.csv": "tax_region,category,valid_from,rate\nGB,domestic,2012-01-01,5\n",
    "vee_rule.csv": "rule,parameters,severity,valid_from\n"
    'high,"{""unknown_max_w"": 24000}",review,2012-01-01T00:00Z\n',
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file for each table."""
    path = tmp_path_factory.mktemp("masters")
    for name, text in FOLDER.items():
        (path / name).write_text(text)
    return path


def test_a_folder_is_loaded_once_and_what_is_different_takes_its_place(
    captured: Settings, database: psycopg.Connection, folder: Path
) -> None:
    first = load(database, folder)
    before_ms = now_ms(database)
    again = load(database, folder)
    prices = folder / "price.csv"
    prices.write_text(prices.read_text().replace("0.0399", "0.0400"))
    corrected = load(database, folder)

    assert sum(each.new for each in first) == len(FOLDER) + 1
    assert {(each.new, each.changed) for each in again} == {(0, 0)}
    assert [each.table for each in corrected if each.changed] == ["price"]
    year_ms = round(datetime(2013, 1, 1, tzinfo=UTC).timestamp() * 1_000)
    half_ms = 30 * 60_000
    was = Price("lcl-dtou", year_ms + half_ms, year_ms + 2 * half_ms, Decimal("0.0399"), "low")
    assert masters(database, before_ms).prices[1] == was
    now = masters(database, now_ms(database))
    assert now.prices[1].price == Decimal("0.04")
    assert now.occupancies == masters(database, before_ms).occupancies
    assert now.installations[0].source == "interval"
    assert now.tax_rates[0].rate == 5
    assert now.calorific_values[0].mj_per_m3 == Decimal("39.5")
    assert now.sites[0].time_zone.startswith("Europe/")
    assert check(captured).differences == []


def test_a_line_that_contradicts_is_told_and_nothing_is_loaded(
    database: psycopg.Connection, tmp_path: Path
) -> None:
    (tmp_path / "site.csv").write_text(FOLDER["site.csv"].replace("london", "paris"))
    (tmp_path / "premises.csv").write_text("premises_id,site_id\nflat,paris\nhouse,nowhere\n")

    with pytest.raises(MasterFileError, match=r"premises.csv, line 3: .*\(site_id\)=\(nowhere\)"):
        load(database, tmp_path)

    found = database.execute("SELECT count(*) FROM site WHERE site_id = 'paris'").fetchone()
    assert found == (0,)


@pytest.mark.usefixtures("folder")
def test_the_name_of_a_customer_never_leaves(
    captured: Settings, database: psycopg.Connection
) -> None:
    database.execute(
        "INSERT INTO customer (customer_id, name) VALUES (8, 'Tricia McMillan') "
        "ON CONFLICT DO NOTHING"
    )
    # A copy of all that there is, too.
    recapture(captured)
    changes(captured, database)

    told = b"".join((each.key() or b"") + (each.value() or b"") for each in records(captured))

    for name in (b"Zaphod", b"Betelgeuse", b"Tricia", b"McMillan"):
        assert name not in told
    assert b"heartbeat_id" in told
    assert check(captured).differences == []


def test_a_record_that_no_table_has_is_found(
    captured: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    forge(captured, b'{"tenant_id":"ghost","customer_id":1,"as_of":"2013-07-01T00:00:00Z"}', 1)

    found = check(captured).differences

    assert [(each.table, each.key, each.table_has) for each in found] == [
        ("tenant", ("ghost",), None)
    ]
    with pytest.raises(Exception, match="1"):
        check_command(captured.namespace)
    assert "rows that differ: 1" in capsys.readouterr().out
    forge(captured, None, 2)
    assert check(captured).differences == []


def forge(settings: Settings, value: bytes | None, lsn: int) -> None:
    """Write a record of the connector's, which nobody else may."""
    producer = Producer(kafka_config(settings))
    producer.produce(
        topics.masters(settings).name,
        value,
        b'{"tenant_id":"ghost"}',
        headers=[
            ("__source_table", b"tenant"),
            ("__source_lsn", str(lsn).encode()),
            ("__op", b"u"),
        ],
    )
    assert producer.flush(120) == 0


def test_a_slot_that_is_lost_is_told_and_the_topic_can_be_written_anew(
    captured: Settings, database: psycopg.Connection
) -> None:
    database.execute("INSERT INTO tenant VALUES ('before', 1, %s)", [day(1)])
    with ConnectRest(captured) as rest, connect_to_server(captured) as server:
        rest.remove(connector(captured))
        server.execute("SELECT pg_drop_replication_slot(%s)", [slot(captured)])
    database.execute("UPDATE tenant SET customer_id = 2")

    with pytest.raises(CaptureError, match=r"no replication slot test_masters: .* recapture"):
        check(captured)
    recapture(captured)

    told = [each for each in changes(captured, database) if each.key == {"tenant_id": "before"}]
    assert [each.row and each.row["customer_id"] for each in told] == [2]
    assert check(captured).differences == []


def test_a_namespace_that_is_made_again_begins_anew(stack: Settings) -> None:
    for customer in (1, 2):
        with fresh_namespace(stack, "test_masters_again") as settings:
            with connect(settings) as database:
                database.execute("INSERT INTO tenant VALUES ('here', %s, %s)", [customer, day(1)])
                told = changes(settings, database)
            assert {each.row["customer_id"] for each in told if each.row} >= {customer}
            assert all(
                change_of(each.key(), each.value(), each.headers() or ())
                for each in records(settings)
            )
            assert check(settings).differences == []
    with connect_to_server(stack) as server:
        names = [settings.namespace]
        assert not server.execute(
            "SELECT FROM pg_database WHERE datname = ANY (%s)", [names]
        ).fetchall()
        assert not server.execute(
            "SELECT FROM pg_replication_slots WHERE slot_name = ANY (%s)", [names]
        ).fetchall()
