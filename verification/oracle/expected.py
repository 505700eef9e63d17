"""What must be in the stores, from the recordings and the contract alone."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from contracts.live import GROUPS
from contracts.settings import Settings
from contracts.time import MINUTE_MS
from verification.oracle.count import Tally, count_log
from verification.oracle.decode import Beat
from verification.oracle.detection.alerts import (
    Subject,
    feeder_alerts,
    loss_alerts,
    minute_alerts,
    register_alerts,
    use_alerts,
)
from verification.oracle.detection.days import feeder_days
from verification.oracle.detection.facts import Heard, feeder_facts
from verification.oracle.detection.hours import hours_of, meter_hours
from verification.oracle.detection.judged import Judged, judged_hours
from verification.oracle.detection.minutes import feeder_minutes
from verification.oracle.detection.models import published
from verification.oracle.detection.rules import read_rules
from verification.oracle.groups import area_minutes, changes_of, live_groups
from verification.oracle.history import (
    ROW,
    groups_of,
    is_open,
    left_out,
    rows_of,
    starting,
    stored,
    thousandths,
    with_corrected_at,
)
from verification.oracle.largest import largest_meters
from verification.oracle.ledger import Ledger, lost_of, states_of
from verification.oracle.live import Live, live_values
from verification.oracle.log import Log
from verification.oracle.merged import merged_readings
from verification.oracle.watermarks import last_closed, watermark_ms
from verification.oracle.words import ANNOUNCEMENT, gasps_of, meters_of, signs_of, words_of
from verification.rows import (
    AlertKey,
    AlertVersion,
    AreaMinute,
    AreaMinuteKey,
    DayFact,
    FactKey,
    FeederFact,
    FeederMinuteFact,
    HourFact,
    LargestKey,
    LargestTotal,
    LiveGroupKey,
    LiveGroupTotal,
    LiveKey,
    MergedMinute,
    MeterMinute,
    Minute,
    MinuteKey,
    Reject,
    RejectKey,
)


@dataclass(frozen=True)
class Counts:
    """Records by verdict; `sent` is all but the heartbeats and announcements."""

    sent: int
    heartbeats: int
    announcements: int
    on_time: int
    late: int
    repeated: int
    """Usable readings that say again what is known."""
    revised: int
    """Usable readings that say something else of a reading that is known."""
    rejected: dict[str, int]
    """By reason."""
    open_readings: int
    """Usable readings in windows that had not closed when the last record was read."""
    open_windows: int
    """Rows per meter, minute and correction those will make."""


@dataclass(frozen=True)
class Expected:
    """What must be in each store once the jobs have read the whole log."""

    counts: Counts
    minutes: dict[MinuteKey, Minute]
    """Without those that the row of their period makes needless."""
    periods: dict[MinuteKey, Minute]
    area_minutes: dict[AreaMinuteKey, AreaMinute]
    live: dict[LiveKey, Live]
    live_groups: dict[LiveGroupKey, LiveGroupTotal]
    largest: dict[LargestKey, LargestTotal]
    facts: dict[FactKey, FeederFact]
    """Of feeders, as of slices, ..."""
    feeder_minutes: dict[FactKey, FeederMinuteFact]
    """... and of their minutes."""
    meter_hours: dict[FactKey, HourFact]
    judged_hours: dict[FactKey, Judged]
    """By the models that are published."""
    feeder_days: dict[FactKey, DayFact]
    alerts: dict[AlertKey, AlertVersion]
    """Of the kinds of `verification.oracle.detection.alerts`, ..."""
    undecided: frozenset[Subject]
    """... but for those of these subjects."""
    rejects: dict[RejectKey, Reject]
    archive: pl.DataFrame
    """Usable readings, as the archive's columns."""
    merged: dict[MeterMinute, MergedMinute]
    """Minutes of which nothing is open or needless, over on-time and late readings, counted on
    their own."""
    merged_periods: dict[MeterMinute, MergedMinute]
    """Likewise periods."""
    last_slice_end_ms: int
    """End of the last slice that had closed."""
    unsettled: frozenset[tuple[str, str]]
    """Meters (commodity, meter_id) of which more was said in slices that had not closed: what is
    known of them may be preliminary."""


def expect(log: Log, settings: Settings, advance: Callable[[int], None]) -> Expected:
    """Count the log and say what must be in the stores; `advance` hears of records counted."""
    tally = count_log(log, settings, advance)
    watermark = watermark_ms(log.top_arrivals_ms, settings.on_time_ms)
    last_end_ms = last_closed(watermark, settings.slice_ms)
    meters = meters_of(tally.readings, tally.announcements)
    words = words_of(tally.readings, tally.announcements, meters, settings.slice_ms)
    heard = _heard(tally, words, meters, settings, last_end_ms)
    ledger, states = heard.ledger, heard.states
    groups, area = _groups(states, meters, settings, last_end_ms)
    facts = feeder_facts(heard, meters, _written(tally, log), settings.slice_ms, last_end_ms)
    minutes = feeder_minutes(states, meters, settings.slice_ms, last_end_ms)
    hours = hours_of(ledger, meters)
    registers, judged = meter_hours(hours), judged_hours(hours, published(settings))
    days = feeder_days(ledger, states, meters, last_end_ms)
    rules = read_rules()
    uses, losses = use_alerts(judged, rules), loss_alerts(days, rules)
    history = _history(groups_of(words, settings), states, meters, settings, watermark)
    return Expected(
        counts=_counts(tally, words, settings, watermark),
        minutes=history.minutes,
        periods=history.periods,
        area_minutes=area,
        live=live_values(states, lost_of(ledger.words), meters),
        live_groups=groups,
        largest=largest_meters(states, meters, settings.slice_ms, last_end_ms),
        facts=facts,
        feeder_minutes=minutes,
        meter_hours=registers,
        judged_hours=judged,
        feeder_days=days,
        alerts=feeder_alerts(facts, rules)
        | minute_alerts(minutes, rules)
        | register_alerts(registers, rules)
        | uses[0]
        | losses[0],
        undecided=frozenset(uses[1] | losses[1]),
        rejects=tally.rejects,
        archive=archive_of(tally.readings),
        merged=history.merged,
        merged_periods=history.merged_periods,
        last_slice_end_ms=last_end_ms,
        unsettled=_unsettled(words, meters, last_end_ms),
    )


def expect_alerts(
    log: Log, settings: Settings, advance: Callable[[int], None]
) -> dict[AlertKey, AlertVersion]:
    """Those alerts of `expect` that slices of feeders and hours of meters make, where nothing else
    is asked for."""
    tally = count_log(log, settings, advance)
    last_end_ms = last_closed(
        watermark_ms(log.top_arrivals_ms, settings.on_time_ms), settings.slice_ms
    )
    meters = meters_of(tally.readings, tally.announcements)
    words = words_of(tally.readings, tally.announcements, meters, settings.slice_ms)
    heard = _heard(tally, words, meters, settings, last_end_ms)
    facts = feeder_facts(heard, meters, _written(tally, log), settings.slice_ms, last_end_ms)
    registers, rules = meter_hours(hours_of(heard.ledger, meters)), read_rules()
    return feeder_alerts(facts, rules) | register_alerts(registers, rules)


def _heard(
    tally: Tally, words: pl.DataFrame, meters: pl.DataFrame, settings: Settings, last_end_ms: int
) -> Heard:
    """What has come in slices that have closed."""
    closed = words.filter(pl.col("slice_end_ms") <= last_end_ms)
    signs = signs_of(tally.ahead, closed, meters, settings.slice_ms)
    gasps = gasps_of(tally.gasps, meters, settings.slice_ms)
    ledger = Ledger(closed)
    return Heard(
        ledger,
        states_of(ledger),
        *(each.filter(pl.col("slice_end_ms") <= last_end_ms) for each in (signs, gasps)),
    )


@dataclass(frozen=True)
class _History:
    minutes: dict[MinuteKey, Minute]
    periods: dict[MinuteKey, Minute]
    merged: dict[MeterMinute, MergedMinute]
    merged_periods: dict[MeterMinute, MergedMinute]


def _history(
    groups: pl.DataFrame,
    states: pl.DataFrame,
    meters: pl.DataFrame,
    settings: Settings,
    watermark: int,
) -> _History:
    minutes, periods = (
        rows_of(groups, settings, watermark, length_ms)
        for length_ms in (MINUTE_MS, settings.period_ms)
    )
    absent = left_out(minutes, states, settings.period_ms)
    minutes = minutes.join(absent, on=ROW, how="anti", maintain_order="left")
    stored_minutes, stored_periods = stored(minutes, meters), stored(periods, meters)

    def merged(
        rows: pl.DataFrame,
        as_stored: dict[MinuteKey, Minute],
        length_ms: int,
        incomplete: pl.DataFrame,
    ) -> dict[MeterMinute, MergedMinute]:
        still_open = groups.filter(is_open(settings, watermark, length_ms)).select(
            "meter", start=starting(length_ms)
        )
        unsettled = pl.concat([still_open, incomplete.select("meter", "start")]).unique()
        return merged_readings(groups, rows, as_stored, unsettled, meters, length_ms)

    return _History(
        minutes=stored_minutes,
        periods=stored_periods,
        merged=merged(minutes, stored_minutes, MINUTE_MS, absent),
        merged_periods=merged(periods, stored_periods, settings.period_ms, absent.clear()),
    )


def _groups(
    states: pl.DataFrame, meters: pl.DataFrame, settings: Settings, last_end_ms: int
) -> tuple[dict[LiveGroupKey, LiveGroupTotal], dict[AreaMinuteKey, AreaMinute]]:
    """What all groups draw, and the history of those that are areas."""
    groups: dict[LiveGroupKey, LiveGroupTotal] = {}
    minutes: dict[AreaMinuteKey, AreaMinute] = {}
    for group in GROUPS:
        changes = changes_of(states, meters, group, settings.slice_ms, last_end_ms)
        groups |= live_groups(changes, group)
        if group == "area":
            minutes = area_minutes(changes, settings.slice_ms, last_end_ms)
    return groups, minutes


def _written(tally: Tally, log: Log) -> pl.DataFrame:
    """`partition`, `offset` and `arrival_ms` of the records by which a partition's writer is known
    to be there: readings that are usable or only too far ahead, and heartbeats and events that are
    its own and not a pacemaker's; `closing`, whether a heartbeat closes, null if it is none."""
    schema = {name: log.paced.schema[name] for name in ("partition", "offset", "arrival_ms")}
    closing = {Beat.HEARTBEAT: False, Beat.CLOSING: True, Beat.EVENT: None}
    heartbeats = pl.DataFrame(
        [
            (partition, offset, arrival_ms, closing[beat])
            for arrival_ms, partition, offset, beat in tally.heartbeats
        ],
        schema | {"closing": pl.Boolean()},
        orient="row",
    ).join(log.paced, on=["partition", "offset"], how="anti")
    ahead = pl.DataFrame(
        [(partition, offset, arrival_ms) for arrival_ms, partition, offset, *_ in tally.ahead],
        schema,
        orient="row",
    )
    readings = tally.readings.select(
        "arrival_ms", partition="kafka_partition", offset="kafka_offset"
    )
    return pl.concat([readings, ahead, heartbeats], how="diagonal")


def archive_of(readings: pl.DataFrame) -> pl.DataFrame:
    """The archive's rows of usable readings, with `event_date`, the UTC day of their `ts`."""
    return readings.drop("known_demand").with_columns(
        *(thousandths(readings[name]) for name in ("register", "demand", "energy")),
        event_date=pl.from_epoch("ts", "ms").dt.strftime("%Y-%m-%d"),
    )


def _unsettled(
    words: pl.DataFrame, meters: pl.DataFrame, last_end_ms: int
) -> frozenset[tuple[str, str]]:
    still = words.filter(pl.col("slice_end_ms") > last_end_ms).select("meter").unique()
    return frozenset(meters.join(still, on="meter").select("commodity", "meter_id").iter_rows())


def _counts(tally: Tally, words: pl.DataFrame, settings: Settings, watermark: int) -> Counts:
    readings = words.filter(pl.col("form") != ANNOUNCEMENT)
    late = int(tally.readings["late"].sum())
    new, repeated = (
        int(number) for number in readings.select(pl.col("new", "repeat").sum()).row(0)
    )
    still_open = (
        with_corrected_at(words, settings)
        .filter(is_open(settings, watermark, MINUTE_MS))
        .with_columns(start=starting(MINUTE_MS))
        .select(*ROW, "repeat")
        .collect()
    )
    return Counts(
        sent=len(readings) + len(tally.rejects),
        heartbeats=len(tally.heartbeats),
        announcements=len(tally.announcements),
        on_time=len(readings) - late,
        late=late,
        repeated=repeated,
        revised=len(readings) - new - repeated,
        rejected=dict(Counter(reject.reason for reject in tally.rejects.values())),
        open_readings=len(still_open),
        open_windows=still_open.filter(~pl.col("repeat")).select(ROW).n_unique(),
    )
