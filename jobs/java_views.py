"""The views that are Java's: records of Kafka, and what is known of meters.

SQL reads them like any other view; decisions 1, 11 and 12 say why they are not SQL.
"""

from collections.abc import Sequence

from pyflink.java_gateway import get_gateway
from pyflink.table import StreamTableEnvironment
from pyflink.util.java_utils import to_jarray

from contracts import topics
from contracts.jobs import JOBS, REFERENCES
from contracts.settings import Settings
from jobs.build import View


def records(columns: Sequence[str]) -> View:
    """Creates the view `records`: a row for each record of the readings topic, good or bad.

    The watermark trails the arrival by the job's delay, and by a millisecond more: a window that
    ends at the millisecond after the watermark is closed, so a record that stands exactly at the
    watermark, which both rules still admit, would be dropped if it were the window's last.

    Args:
        columns: Of what a message says; io.wattstream.readings.decoding.ReadingColumn has all.
    """

    def create(table_env: StreamTableEnvironment, settings: Settings, job: str) -> None:
        delay_ms = (JOBS | REFERENCES)[job].watermark_delay_ms
        if delay_ms is None:
            raise ValueError(f"job {job} has no watermark: give it one in contracts/jobs.py")
        jvm = get_gateway().jvm
        jvm.io.wattstream.readings.Records.createView(
            table_env._get_j_env(),
            table_env._j_tenv,
            settings.kafka_bootstrap,
            topics.readings(settings).name,
            settings.job_name(job),
            to_jarray(jvm.String, columns),
            delay_ms(settings),
            "records",
        )

    return create


def ledger_views(
    table_env: StreamTableEnvironment,
    settings: Settings,
    job: str,  # noqa: ARG001
) -> None:
    """Creates the views of `usable_readings` that follow from what is known of every meter: the one
    pass over the readings. Registers, demand and energy are thousandths.

    - `live_meters`: slice_end_ms, commodity, area, meter_id, value: a `contracts.live.LiveMeter` as
      JSON, null if the meter is no longer in the area
    - `minutes`: meter_id, geohash, commodity, minute_ms, corrected_at (0: on time), and the columns
      of `contracts.figures.FIGURES`
    - `periods`: as `minutes`, with period_ms
    - `group_slices`: kind (one of `contracts.live.GROUPS`), name, commodity, slice_end_ms, demand,
      reporting, holding, silent, energy_today
    - `area_minutes`: area, commodity, minute_ms, readings, meters, silent, demand
    - `largest`: slice_end_ms, commodity, measure (one of `contracts.live.MEASURES`), value: a
      `contracts.live.Largest` as JSON
    - `feeder_facts`: subject, value: a `contracts.facts.FeederSlice`, `FeederMinute` or
      `FeederDay` as JSON
    - `meter_hours`: subject, area, at_ms, energy, by_demand, readings, expected, register, fell_ms,
      off_ms, installed_ms: as a `contracts.facts.MeterHour` has them, of every hour; lag_ago: in
      how many hours before that could be judged the register lagged last (0 in this one; null if
      this one cannot be judged, or in none of the last six); used_ago, fell_ago: how many hours
      before it counted while nothing was connected (six at most), and fell (30 at most); checksum:
      CRC-32 of the subject; zero_hours, idle_hours: as a `contracts.facts.MeterHour` has them;
      energies: of this hour and those before, as `contracts.hours` has them
    """
    get_gateway().jvm.io.wattstream.readings.Meters.createViews(
        table_env._j_tenv,
        "usable_readings",
        settings.slice_ms,
        settings.on_time_ms,
        settings.period_ms,
        settings.correction_window_ms,
    )
