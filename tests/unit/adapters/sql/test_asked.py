"""What SQL sees of an archive, and what it cannot do; without PostgreSQL."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rich.console import Console

from adapters.archive.compaction import compact
from adapters.archive.errors import ArchiveError
from adapters.archive.merge import FILE_COLUMNS
from adapters.sql.archived import COLUMNS, Limits
from adapters.sql.asked import asked, catalogue
from adapters.sql.catalogue import ELSEWHERE, TABLES, VIEWS, Days
from adapters.sql.errors import CutError, StatementError
from contracts import archive
from contracts.energy import Counting, Point, Span, energy_of_points
from contracts.settings import Settings
from tests.support.chance import examples
from tests.support.london import ms
from tests.unit.adapters.test_archive import settings_of

DAY = "2013-07-01"
BEGIN_MS = ms(DAY)
MINUTE_MS, HALF_HOUR_MS = 60_000, 1_800_000
Message = Mapping[str, Any]
ENDLESS = ("SELECT count(*) FROM range(1000000000000)", "FROM range(1000000000000)")
ASK = """
import sys
from pathlib import Path
from adapters.sql.archived import Limits
from adapters.sql.asked import asked
from contracts.settings import Settings
settings = Settings(data_dir=Path(sys.argv[1]), _env_file=None)
try:
    with asked(settings, sys.argv[2], Limits(rows=10**12, seconds=3600)) as answer:
        print("asked", flush=True)
        for _ in answer.batches():
            pass
except KeyboardInterrupt:
    print("stopped")
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path)


def write(settings: Settings, messages: Iterable[Message], name: str = "part-0") -> None:
    """Messages as files of the cold job; `minute` is counted from the day's begin, and the offset
    is the place in the list."""
    of_days: dict[str, list[dict[str, Any]]] = {}
    for offset, message in enumerate(messages):
        ts = BEGIN_MS + message.get("minute", 0) * MINUTE_MS
        usual = {
            **dict.fromkeys(FILE_COLUMNS.names),
            **{"meter_id": "a", "geohash": "gcpvj0", "commodity": "electricity", "seq": 1},
            **{"register": 0.0, "revision": 0, "late": False, "kafka_partition": 0},
            **{"ts": ts, "arrival_ms": ts + 1_000, "kafka_offset": offset},
        }
        its = {field: value for field, value in message.items() if field != "minute"}
        of_days.setdefault(str(datetime.fromtimestamp(ts / 1_000, UTC).date()), []).append(
            usual | its
        )
    for day, rows in of_days.items():
        path = settings.archive_dir / f"event_date={day}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows, FILE_COLUMNS), path)


def rows(
    settings: Settings, statement: str, limits: Limits | None = None, days: Days | None = None
) -> list[tuple[object, ...]]:
    with asked(settings, statement, limits, days) as answer:
        return list(answer.rows())


def test_the_last_word_says_what_is_known_and_each_message_stays(settings: Settings) -> None:
    write(
        settings,
        [
            {"register": 100.125, "demand": 7.0, "energy": 10.0, "interval_ms": HALF_HOUR_MS},
            # A repeat, then another word without a number.
            {"register": 100.125, "demand": 7.0, "energy": 10.0, "interval_ms": HALF_HOUR_MS},
            {"register": 101.0, "demand": 8.0, "energy": 11.0, "interval_ms": HALF_HOUR_MS},
            # Marked revisions come in any order and again, and add their energy once each.
            {"register": 103.0, "demand": 1.0, "energy": 2.5, "revision": 2, "quality": "final"},
            {"register": 102.0, "energy": -0.25, "revision": 1},
            {"register": 102.0, "energy": -0.25, "revision": 1},
        ],
    )

    asked_for = "SELECT register_wh, demand_w, energy_wh, revision, messages, quality FROM readings"
    assert rows(settings, asked_for) == [
        (Decimal("103.000"), Decimal("8.000"), Decimal("13.250"), 2, 6, "measured")
    ]
    assert rows(settings, "SELECT count(*), sum(energy_wh) FROM messages") == [
        (6, Decimal("33.000"))
    ]


def test_of_a_reading_that_only_a_revision_tells_demand_is_not_known(settings: Settings) -> None:
    write(settings, [{"register": 5.0, "demand": 9.0, "energy": -1.5, "revision": 1}])

    asked_for = "SELECT register_wh, demand_w, energy_wh, quality FROM readings"
    assert rows(settings, asked_for) == [(Decimal("5.000"), None, Decimal("-1.500"), None)]


@given(
    energy_mwh=st.integers(-(10**12), 10**12),
    interval_ms=st.integers(1, 2_678_400_000),
)
@hypothesis_settings(max_examples=examples(40), deadline=None)
def test_a_demand_that_is_not_said_is_the_mean_of_the_interval(
    tmp_path_factory: pytest.TempPathFactory, energy_mwh: int, interval_ms: int
) -> None:
    settings = settings_of(tmp_path_factory.mktemp("archive"))
    write(settings, [{"energy": energy_mwh / 1_000, "interval_ms": interval_ms}])
    # floor(x + 1/2), in whole numbers; Python's division is towards minus infinity.
    mean = (2 * energy_mwh * 3_600_000 + interval_ms) // (2 * interval_ms)
    known = abs(energy_mwh) * 3_600_000 // interval_ms < 10**12

    expected = Decimal(mean).scaleb(-3) if known else None
    assert rows(settings, "SELECT demand_w FROM readings") == [(expected,)]


def test_two_commodities_of_an_id_are_two_meters(settings: Settings) -> None:
    said = [
        ("electricity", 0, 1.0),
        ("gas", 0, 500.0),
        ("electricity", 10, 4.0),
        ("gas", 10, 507.0),
    ]
    write(
        settings,
        [
            {"commodity": commodity, "minute": minute, "register": register}
            for commodity, minute, register in said
        ],
    )

    asked_for = "SELECT commodity, sum(energy_wh) FROM half_hours GROUP BY ALL ORDER BY ALL"
    assert rows(settings, asked_for) == [
        ("electricity", Decimal("3.000")),
        ("gas", Decimal("7.000")),
    ]


def test_a_minute_begins_with_what_ended_at_its_begin(settings: Settings) -> None:
    said = [(0, 1, 1.0, 10.0), (0.5, 2, 0.5, None), (0.5, 3, 2.0, 30.0), (1, 4, 3.0, 5.0)]
    write(
        settings,
        [
            {"minute": minute, "seq": seq, "register": register, "demand": demand}
            | {
                "quality": "estimated" if seq == 2 else None,
                "ts": BEGIN_MS + round(minute * 60_000),
            }
            for minute, seq, register, demand in said
        ],
    )

    asked_for = """
        SELECT begins_at, readings, first_register_wh, last_register_wh, low_register_wh, demands,
            demand_mean_w, demand_min_w, demand_max_w, energy_wh, estimated
        FROM minutes ORDER BY begins_at
    """
    begin = datetime(2013, 7, 1, tzinfo=UTC)
    wh = [Decimal(each) / 1_000 for each in (1_000, 2_000, 500, 10_000, 30_000, 3_000, 5_000)]
    assert rows(settings, asked_for) == [
        (begin, 3, wh[0], wh[1], wh[2], 2, 20.0, wh[3], wh[4], None, 1),
        (begin + timedelta(minutes=1), 1, wh[5], wh[5], wh[5], 1, 5.0, wh[6], wh[6], None, 0),
    ]


steps = st.lists(st.tuples(st.integers(1, 100), st.integers(0, 10**6)), min_size=1, max_size=30)


@given(steps=steps)
@hypothesis_settings(max_examples=examples(40), deadline=None)
def test_half_hours_are_the_energy_of_their_spans(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int]]
) -> None:
    settings = settings_of(tmp_path_factory.mktemp("archive"))
    minute, points = 0, []
    for seq, (minutes, register_mwh) in enumerate(steps):
        minute += minutes
        points.append(Point(BEGIN_MS + minute * MINUTE_MS, register_mwh, seq))
    write(
        settings,
        [
            {
                "ts": each.at_ms,
                "seq": each.seq,
                "register": each.register / 1_000,
                "minute": (each.at_ms - BEGIN_MS) // MINUTE_MS,
            }
            for each in points
        ],
    )

    found = rows(
        settings,
        "SELECT epoch_ms(begins_at), readings, energy_wh, falls FROM half_hours ORDER BY 1",
    )
    begins = sorted({(each.at_ms - 1) // HALF_HOUR_MS * HALF_HOUR_MS for each in points})
    assert [row[0] for row in found] == begins
    for begin_ms, readings, energy_wh, falls in found:
        assert isinstance(begin_ms, int)
        span = Span(begin_ms, begin_ms + HALF_HOUR_MS)
        energy = energy_of_points(points, span, Counting())
        its = [each for each in points if span.begin_ms < each.at_ms <= span.end_ms]
        assert readings == len(its)
        if its == points[:1]:
            assert energy_wh is None
        else:
            assert energy_wh == Decimal(energy.amount).scaleb(-3)
        assert falls == len(energy.resets)


@given(
    order=st.permutations(range(12)),
    revised=st.lists(st.tuples(st.integers(0, 11), st.integers(-500_000, 500_000)), max_size=6),
)
@hypothesis_settings(max_examples=examples(20), deadline=None)
def test_half_hours_of_an_interval_meter_are_its_intervals_in_whatever_order_they_came(
    tmp_path_factory: pytest.TempPathFactory,
    order: list[int],
    revised: list[tuple[int, int]],
) -> None:
    settings = settings_of(tmp_path_factory.mktemp("archive"))
    # As the importer writes them: the register is what was sent so far.
    sent_mwh, points = 10**9, []
    said = [(place, 1_000_000 + place, 0) for place in order]
    said += [(place, more, n) for n, (place, more) in enumerate(revised, 1)]
    for place, energy_mwh, revision in said:
        sent_mwh += energy_mwh
        at_ms = BEGIN_MS + (place + 1) * HALF_HOUR_MS // 2
        points.append(
            Point(at_ms, sent_mwh, place, energy_mwh, HALF_HOUR_MS // 2, revision=revision)
        )
    write(
        settings,
        [
            {
                "ts": each.at_ms,
                "seq": each.seq,
                "register": each.register / 1_000,
                "energy": (each.energy or 0) / 1_000,
                "interval_ms": each.interval_ms,
                "revision": each.revision,
                "minute": (each.at_ms - BEGIN_MS) // MINUTE_MS,
            }
            for each in points
        ],
    )

    asked_for = """
        SELECT epoch_ms(begins_at), energy_wh, epoch_ms(counted_from), epoch_ms(counted_until),
            falls
        FROM half_hours ORDER BY 1
    """
    expected = []
    for half_hour in range(6):
        begin_ms = BEGIN_MS + half_hour * HALF_HOUR_MS
        span = Span(begin_ms, begin_ms + HALF_HOUR_MS)
        energy = energy_of_points(points, span, Counting("interval"))
        assert energy.covers == span
        expected.append(
            (begin_ms, Decimal(energy.amount).scaleb(-3), span.begin_ms, span.end_ms, 0)
        )
    assert rows(settings, asked_for) == expected
    total = Decimal(sum(each.energy or 0 for each in points)).scaleb(-3)
    assert rows(settings, "SELECT sum(energy_wh) FROM areas") == [(total,)]


def test_days_leave_out_files_and_not_the_step_into_the_first_day(settings: Settings) -> None:
    hours = range(0, 5 * 24)
    write(settings, [{"minute": 60 * hour, "seq": hour, "register": 2.0 * hour} for hour in hours])
    days = Days(date(2013, 7, 2), date(2013, 7, 3))

    found = "SELECT count(*), sum(energy_wh), min(begins_at), max(begins_at) FROM half_hours"
    first = datetime(2013, 7, 2, 0, 30, tzinfo=UTC)
    assert rows(settings, found, days=days) == [
        (24, Decimal("48.000"), first, first + timedelta(hours=23))
    ]
    assert rows(settings, "SELECT count(*), min(day), max(day) FROM readings", days=days) == [
        (24, date(2013, 7, 2), date(2013, 7, 2))
    ]
    with asked(settings, "SELECT 1", days=days) as answer:
        assert answer.files == 3
    with pytest.raises(StatementError, match="no day from 2013-07-02 to 2013-07-02"):
        Days(date(2013, 7, 2), date(2013, 7, 2))


def test_areas_add_up_their_meters(settings: Settings) -> None:
    said = [("a", 0, 0.0), ("a", 30, 4.0), ("b", 0, 1.0), ("b", 30, 2.5), ("c", 30, 9.0)]
    write(
        settings,
        [
            {"meter_id": meter, "minute": minute, "register": register, "seq": minute}
            for meter, minute, register in said
        ],
    )

    asked_for = """
        SELECT area, meters, counted_meters, energy_wh, demand_mean_w FROM areas
        WHERE begins_at = '2013-07-01 00:00Z'
    """
    assert rows(settings, asked_for) == [("gcpvj", 3, 2, Decimal("5.500"), Decimal("11.000"))]


def test_compacted_files_count_once_and_old_ones_lack_what_came_later(settings: Settings) -> None:
    write(settings, [{"register": 1.0}])
    write(settings, [{"minute": 5, "register": 2.0, "quality": "final"}], "part-1")
    compact(settings, Console(quiet=True))
    old = settings.archive_dir / f"event_date={DAY}" / "part-9"
    write(settings, [{"minute": 9, "register": 3.0}], old.name)
    pl.read_parquet(old).drop("quality", "revision", "energy").write_parquet(old)

    assert len(list(old.parent.glob("[!._]*"))) == 4
    asked_for = "SELECT register_wh, quality, revision FROM readings ORDER BY read_at"
    assert rows(settings, asked_for) == [
        (Decimal("1.000"), "measured", 0),
        (Decimal("2.000"), "final", 0),
        (Decimal("3.000"), "measured", 0),
    ]


def test_where_there_is_no_archive_there_are_no_readings(settings: Settings) -> None:
    for view in VIEWS:
        name = "archive.readings" if view == "archive_readings" else view
        assert rows(settings, f"SELECT count(*) FROM {name}") == [(0,)]
    with asked(settings, "SELECT 1") as answer:
        assert answer.files == 0


def test_an_archive_elsewhere_is_told(settings: Settings) -> None:
    elsewhere = settings.model_copy(update={"archive_url": "hdfs://meters"})
    with pytest.raises(ArchiveError, match="archive_url is hdfs://meters"):
        rows(elsewhere, "SELECT 1")


def test_the_archive_has_the_columns_of_the_contract() -> None:
    types = {"string": "VARCHAR", "int64": "BIGINT", "int32": "INTEGER", "double": "DOUBLE"}
    types |= {"bool": "BOOLEAN"}
    declared = dict(
        each.split() for each in COLUMNS.partition("columns (")[2].rstrip(" );\n").split(",")
    )
    assert declared == {
        field.name: "DATE" if field.name == "event_date" else types[str(field.type)]
        for field in archive.COLUMNS
    }


def test_all_views_and_columns_say_what_they_are(settings: Settings) -> None:
    known = catalogue(settings)

    assert [view.name for view in known] == [
        *(n for n in VIEWS if n != "archive_readings"),
        *TABLES,
    ]
    for view in known:
        assert view.question.endswith("?") or "? " in view.question
        for column in view.columns:
            assert column.meaning, (view.name, column.name)
            unit = {"_wh": "Wh", "_w": "W", "_ms": "ms", "_v": "V", "_minor": "minor"}
            for suffix, word in unit.items():
                if column.name.endswith(suffix):
                    assert word in column.meaning, (view.name, column.name)
    assert not ELSEWHERE.keys() & {view.name for view in known}
    # Comments are DuckDB's own, too.
    said = rows(settings, "SELECT comment FROM duckdb_views() WHERE view_name = 'meters'")
    assert said == [("Which meters did read, where, since when, and how late?",)]


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_is_elsewhere_is_told(settings: Settings, name: str) -> None:
    with pytest.raises(StatementError) as told:
        rows(settings, f"SELECT * FROM {name}")
    assert str(told.value) == f"{name} {ELSEWHERE[name]}"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELEC 1", "syntax error"),
        ("", "0 statements"),
        ("SELECT 1; SELECT 2", "2 statements"),
        ("SELECT nothing FROM readings", '"nothing" not found'),
        ("FROM nowhere", "nowhere does not exist"),
        ("SELECT CAST('x' AS INTEGER)", "Could not convert"),
        ("INSERT INTO archive.columns (ts) VALUES (1)", "INSERT"),
        ("CREATE TABLE mine AS SELECT 1", "CREATE"),
        ("DROP VIEW readings", "DROP"),
        ("COPY (SELECT 1) TO 'file.csv'", "COPY"),
        ("ATTACH 'file.db'", "ATTACH"),
        ("INSTALL httpfs", "LOAD"),
        ("SET memory_limit = '9GB'", "SET"),
        ("PRAGMA database_list", "PRAGMA"),
        ("EXPLAIN ANALYZE COPY (SELECT 1) TO 'file.csv'", "EXPLAIN"),
        (
            "WITH new AS (INSERT INTO archive.columns (ts) VALUES (1) RETURNING 1) FROM new",
            "read-only",
        ),
    ],
)
def test_what_does_not_ask_or_cannot_be_answered_is_refused(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StatementError, match=said):
        rows(settings, statement)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("read", ["read_text", "read_csv", "read_parquet", "read_blob", "glob"])
def test_no_other_file_can_be_read(settings: Settings, tmp_path: Path, read: str) -> None:
    write(settings, [{}])
    # Beside the archive's files, too: no manifest counts this one.
    for secret in (tmp_path / "secret", settings.archive_dir / f"event_date={DAY}" / ".part-1"):
        pl.DataFrame({"x": [1]}).write_parquet(secret)
        with pytest.raises(StatementError, match="Permission"):
            rows(settings, f"SELECT * FROM {read}('{secret}')")
    local = pa.table({"x": [1]})
    with pytest.raises(StatementError, match="local does not exist"):
        rows(settings, "FROM local")
    assert local.num_rows == 1


def test_rows_beyond_the_limit_are_left_out_and_told(settings: Settings) -> None:
    for most, was_cut in ((9, True), (10, False), (11, False)):
        with asked(settings, "FROM range(10) ORDER BY range DESC", Limits(rows=most)) as answer:
            found = [row[0] for row in answer.rows()]
        assert found == list(range(9, 9 - min(most, 10), -1))
        assert answer.was_cut == was_cut
    # Also where the limit is at the end of what DuckDB gives at a time.
    with asked(settings, "FROM range(30000)", Limits(rows=20_000)) as answer:
        assert sum(batch.num_rows for batch in answer.batches()) == 20_000
    assert answer.was_cut


def test_what_takes_too_long_ends(settings: Settings) -> None:
    limits = Limits(rows=10**12, seconds=0.5)
    for endless in ENDLESS:
        longer = pytest.raises(CutError, match=r"longer than 0\.5 s")
        with longer, asked(settings, endless, limits) as answer:
            for _ in answer.batches():
                pass


def test_time_that_is_over_between_two_statements_leaves_none_for_the_next(
    settings: Settings,
) -> None:
    limits = Limits(rows=10**12, seconds=0.5)
    with asked(settings, ENDLESS[1], limits) as answer:
        time.sleep(0.6)
        with pytest.raises(CutError, match=r"longer than 0\.5 s"):
            next(answer.batches())


@pytest.mark.parametrize(
    "value",
    ["'infinity'::TIMESTAMPTZ", "'290000-01-01'::TIMESTAMP", "INTERVAL 2000000000 DAYS"],
)
def test_a_value_that_python_does_not_have_is_told_by_its_column(
    settings: Settings, value: str
) -> None:
    with pytest.raises(StatementError, match=r"a value of far .* CAST\(far AS VARCHAR\)"):
        rows(settings, f"SELECT 1 AS near, {value} AS far")
    assert len(rows(settings, f"SELECT CAST({value} AS VARCHAR)")) == 1


def test_what_takes_too_much_memory_ends(settings: Settings) -> None:
    limits = Limits(memory_mib=64, spill_mib=1, threads=1)
    large = "SELECT count(*) FROM (SELECT DISTINCT md5(range::VARCHAR) FROM range(3000000))"
    with pytest.raises(CutError, match="more than 64 MiB of memory"):
        rows(settings, large, limits)


@pytest.mark.parametrize("endless", ENDLESS)
def test_ctrl_c_ends_it(tmp_path: Path, endless: str) -> None:
    # Its limit of time is far beyond this test's own.
    command = [sys.executable, "-c", ASK, str(tmp_path), endless]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "asked\n"
        # So that it is at work, most probably.
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60)[0] == "stopped\n"


def test_a_file_that_a_compaction_deletes_is_told(settings: Settings) -> None:
    write(settings, [{}])
    with asked(settings, "FROM readings") as answer:
        next(settings.archive_dir.glob("*/part-0")).unlink()
        with pytest.raises(CutError, match="deleted by a compaction"):
            list(answer.rows())


def test_times_are_utc_wherever_one_is(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    write(settings, [{}])
    assert rows(settings, "SELECT hour(read_at), strftime(read_at, '%H:%M') FROM readings") == [
        (0, "00:00")
    ]


def test_an_interval_is_a_length_of_time(settings: Settings) -> None:
    asked_for = "VALUES (INTERVAL 90 MINUTE), (NULL), (INTERVAL 2 MONTH)"
    assert rows(settings, asked_for) == [
        (timedelta(minutes=90),),
        (None,),
        ("2 months 0 days 0 ms",),
    ]
