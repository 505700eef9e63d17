"""Real meters, an unkind network: the stores hold what was sent, and batch equals stream."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path

import pytest
from rich.console import Console

from adapters.archive.compaction import compact
from adapters.archive.snapshot import snapshot
from adapters.connect import cassandra_session, redis_client
from adapters.energy import energy_from_history
from adapters.flink import FlinkError, FlinkRest
from contracts.energy import Counting, Span
from contracts.settings import PROJECT, Settings
from contracts.time import DAY_MS
from infra.flink.live_again import rebuild_live
from simulators.london.lcl import HALF_HOUR_MS, read_london
from simulators.london.replay import replay_london
from simulators.run.summary import Summary
from tests.support.namespaces import fresh_namespace, submit
from tests.support.verify import assert_equal, verified
from verification.recompute.errors import RecomputeError
from verification.recompute.run import recompute
from verification.recompute.span import parse_span
from verification.stores.history import History

EXTRACT = PROJECT / "simulators" / "data" / "lcl_extract.csv.gz"
START, END = date(2013, 1, 7), date(2013, 1, 9)
SPAN = parse_span(*(datetime.combine(day, time()) for day in (START, END)))


HOMES, DAYS, HALF_HOURS = 10, 2, 48


@pytest.fixture(scope="module")
def sent() -> list[Summary]:
    """What the replay said that it sent."""
    return []


@pytest.fixture(scope="module")
def london(stack: Settings, sent: list[Summary]) -> Iterator[Settings]:
    """Two days of January 2013 on their way, with late, repeated and broken messages."""
    with fresh_namespace(stack, "test_london") as settings:
        submit(settings)
        summary = replay_london(
            settings,
            EXTRACT,
            start=START,
            end=END,
            late=0.1,
            late_max="6h",
            repeat=0.05,
            malformed=0.02,
            seed=7,
            speed="max",
            console=Console(quiet=True),
        )
        sent.append(summary)
        yield settings


def test_the_stores_hold_what_was_sent(london: Settings, sent: list[Summary]) -> None:
    (summary,) = sent
    assert summary.on_time + summary.late + summary.malformed == HOMES * DAYS * HALF_HOURS

    report = verified(london)

    assert_equal(report)
    assert report.counts.open_readings == 0
    assert report.counts.late >= summary.late > 0
    assert report.counts.repeated == summary.repeated > 0
    assert sum(report.counts.rejected.values()) == summary.malformed > 0
    assert report.stored.archived == summary.sent - summary.malformed


def test_energy_of_a_day_is_what_the_file_says(london: Settings) -> None:
    second = Span(SPAN.to_ms - DAY_MS, SPAN.to_ms)
    session = cassandra_session(london.cassandra)
    meters = read_london(EXTRACT).readings.partition_by("meter_id", as_dict=True)
    for (meter_id,), readings in meters.items():
        energy = energy_from_history(
            session,
            london.namespace,
            str(meter_id),
            "electricity",
            second,
            Counting(cadence_ms=HALF_HOUR_MS),
        )
        assert energy.covers is not None
        # Broken messages are lost: the span begins and ends with what is left.
        assert energy.covers.begin_ms <= second.begin_ms
        ends_within = readings["ts"].is_between(
            energy.covers.begin_ms, energy.covers.end_ms, closed="right"
        )
        assert energy.amount == readings.filter(ends_within)["demand_mw"].sum() // 2 > 0
        assert energy.resets == ()
    session.cluster.shutdown()


def test_damage_is_named_and_repaired_from_a_compacted_archive(london: Settings) -> None:
    files = len(snapshot(london))
    compact(london, Console(quiet=True), grace_ms=0)
    assert compact(london, Console(quiet=True), grace_ms=0).deleted
    assert len(snapshot(london)) < files
    changed, lost = damage(london)
    console = Console(record=True, width=200)

    assert not recompute(london, SPAN, console, mend=True)

    report = console.export_text()
    for words in (f"meter {changed}", "found -1", f"meter {lost}", "is missing", "gas", "must not"):
        assert words in report
    assert report.index("NOT EQUAL") < report.index("2 rows written, 0 deleted")
    assert "1 rows that must not be there are left" in report
    assert recompute(london, SPAN, console, mend=True, delete=True)
    report = console.export_text()
    assert report.index("NOT EQUAL") < report.index("0 rows written, 1 deleted")


def test_nothing_is_repaired_from_an_archive_that_is_elsewhere(
    london: Settings, tmp_path: Path
) -> None:
    elsewhere = london.model_copy(update={"data_dir": tmp_path})

    with pytest.raises(RecomputeError, match=f"nothing is repaired: .* rows of {START}"):
        recompute(elsewhere, SPAN, Console(), mend=True, delete=True)

    with closing(History(london)) as history:
        assert history.minutes_by_meter()


def test_a_file_that_cannot_be_read_ends_the_batch(london: Settings) -> None:
    broken = london.archive_dir / f"event_date={START}" / "part-broken"
    broken.write_bytes(b"PAR1 and no more")
    try:
        with pytest.raises(FlinkError, match=r"`flink run` of .* failed"):
            recompute(london, SPAN, Console(), mend=False)
    finally:
        broken.unlink()

    with FlinkRest(london) as rest:
        assert rest.running(london.job_name("recompute")) is None


def test_an_empty_redis_is_filled_again_and_all_stores_are_equal(london: Settings) -> None:
    with redis_client(london.redis) as client:
        assert client.delete(*client.scan_iter(f"{london.namespace}:*"))

    rebuild_live(london, Console())

    assert_equal(verified(london))


def damage(settings: Settings) -> tuple[str, str]:
    """Change a minute, delete a period and add a minute; the meters of the first two."""
    with closing(History(settings)) as history:
        bucket, hour, changed, commodity, minute, corrected_at = min(history.minutes_by_meter())
        area, other, _, other_minute, _ = min(history.minutes_by_area())
        # Of a minute that is gone its period would say the same: these meters read half-hourly.
        bucket_of_period, day, lost, lost_commodity, period, lost_at = min(
            history.periods_by_meter()
        )
    session = cassandra_session(settings.cassandra)
    session.set_keyspace(settings.namespace)
    session.execute(
        "UPDATE minutes_by_meter SET figures = {readings: -1} "
        f"WHERE bucket = {bucket} AND hour = {hour} AND meter_id = '{changed}' "
        f"AND commodity = '{commodity}' AND minute = {minute} AND corrected_at = {corrected_at}"
    )
    session.execute(
        f"DELETE FROM periods_by_meter WHERE bucket = {bucket_of_period} AND day = '{day}' "
        f"AND meter_id = '{lost}' AND commodity = '{lost_commodity}' AND period = {period} "
        f"AND corrected_at = {lost_at}"
    )
    session.execute(
        "INSERT INTO minutes_by_area (area, minute, meter_id, commodity, corrected_at, figures) "
        f"VALUES ('{area}', {other_minute}, '{other}', 'gas', 0, {{readings: 1}})"
    )
    session.cluster.shutdown()
    return changed, lost
