"""A meter's energy of a span of time from history in Cassandra."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from cassandra import ConsistencyLevel
from cassandra.cluster import EXEC_PROFILE_DEFAULT
from cassandra.concurrent import execute_concurrent_with_args
from cassandra.query import tuple_factory

from adapters.stored_figures import Stored
from contracts.energy import Counting, Energy, Row, Span, energy_of_rows
from contracts.history import bucket_of
from contracts.reading import Commodity
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS

if TYPE_CHECKING:
    from cassandra.cluster import Session
    from cassandra.query import PreparedStatement

T = TypeVar("T")

IN_FLIGHT = 8
"""Questions at a time."""
PARTITIONS_OF_ONE = 8
"""That a question asks for; a partition is an hour, or a day of periods. What a question costs who
asks it is as much as what it is answered with."""


def energy_from_history(
    session: "Session",
    keyspace: str,
    meter_id: str,
    commodity: Commodity,
    span: Span,
    counting: Counting,
    *,
    look_back_ms: int = DAY_MS,
) -> Energy:
    """The energy of a span from `minutes_by_meter` and `periods_by_meter`, corrections included.

    As `contracts.energy` says; a minute is there some seconds after its on-time bound has passed,
    one of a meter that reads once a period or less when its period's has.

    Args:
        commodity: An id may stand for a meter of each: their registers have nothing in common.
        look_back_ms: How long before the span the meter's last point is looked for, an hour at a
            time. Without one the span is covered from its first point on, and `Energy.uncovered`
            says so.

    Raises:
        cassandra.DriverException, cassandra.cluster.NoHostAvailable: Cassandra failed.
    """
    tuples = session.execution_profile_clone_update(EXEC_PROFILE_DEFAULT, row_factory=tuple_factory)
    bucket = bucket_of(meter_id)

    minutes = session.prepare(minutes_of_hours(keyspace))
    periods = session.prepare(periods_of_days(keyspace))
    for statement in (minutes, periods):
        # The jobs write at this level too, so that a read sees every acknowledged row.
        statement.consistency_level = ConsistencyLevel.LOCAL_QUORUM

    def read(statement: "PreparedStatement", partitions: Sequence[datetime | date]) -> list[Row]:
        answers = execute_concurrent_with_args(
            session,
            statement,
            [(bucket, some, meter_id) for some in questions(partitions)],
            concurrency=IN_FLIGHT,
            execution_profile=tuples,
        )
        return [
            row_of(_number(begin), _number(corrected_at), tuple(map(_number, figures)))
            for _, result in answers
            for of, begin, corrected_at, figures in result
            if of == commodity
        ]

    def rows_of(hours_ms: range) -> list[Row]:
        rows = read(minutes, [_utc(hour_ms) for hour_ms in hours_ms])
        days = [*dict.fromkeys(_utc(hour_ms).date() for hour_ms in hours_ms)]
        left_out = minutes_left_out(rows, read(periods, days))
        end_ms = hours_ms[-1] + HOUR_MS
        return rows + [row for row in left_out if hours_ms.start <= row.minute_ms < end_ms]

    first_ms = span.begin_ms - span.begin_ms % HOUR_MS
    # A reading at the span's end is in the minute that begins then.
    rows = rows_of(range(first_ms, span.end_ms + 1, HOUR_MS))
    hour_ms = first_ms
    while hour_ms > span.begin_ms - look_back_ms and not _begins(rows, span):
        hour_ms -= HOUR_MS
        rows += rows_of(range(hour_ms, hour_ms + 1))
    return energy_of_rows(rows, span, counting)


def questions(partitions: Sequence[T]) -> Iterator[Sequence[T]]:
    """Hours, or days, by the question that asks for them."""
    for at in range(0, len(partitions), PARTITIONS_OF_ONE):
        yield partitions[at : at + PARTITIONS_OF_ONE]


def minutes_of_hours(keyspace: str) -> str:
    """CQL that asks for a meter's rows of some hours: bucket, hours, meter. A row of the answer is
    its commodity and the arguments of `row_of`."""
    return _rows_of(keyspace, "minutes_by_meter", "hour", "minute")


def periods_of_days(keyspace: str) -> str:
    """As `minutes_of_hours`, for rows of periods of some days: bucket, days, meter."""
    return _rows_of(keyspace, "periods_by_meter", "day", "period")


def _rows_of(keyspace: str, table: str, partition: str, row: str) -> str:
    return (
        f"SELECT commodity, {row}, corrected_at, figures FROM {keyspace}.{table} "
        f"WHERE bucket = ? AND {partition} IN ? AND meter_id = ?"
    )


def row_of(minute_ms: int, corrected_ms: int, figures: Stored) -> Row:
    """A row as `contracts.energy` has it, of its figures.

    History has doubles that are whole thousandths, so that they become them again exactly.
    """
    readings, _, first_seq, last_seq, first_at_ms, last_at_ms, *rest = figures
    first, last, low, high, _, _, _, _, energy, estimated = rest
    return Row(
        minute_ms,
        corrected_ms,
        readings,
        first_seq,
        last_seq,
        first_at_ms,
        last_at_ms,
        _thousandths(first),
        _thousandths(last),
        _thousandths(low),
        _thousandths(high),
        None if energy is None else _thousandths(energy),
        # A row that is older than the field has none.
        estimated or 0,
    )


def minutes_left_out(minutes: Iterable[Row], periods: Iterable[Row]) -> Iterator[Row]:
    """Rows of minutes that history leaves out, as the period's row with the same `corrected_at`
    says the same: those of a meter that reads so seldom that its period is one minute.

    Args:
        periods: Rows of periods, `minute_ms` being the period's begin.
    """
    known = {(row.minute_ms, row.corrected_ms) for row in minutes}
    for row in periods:
        first_ms, last_ms = (
            at_ms - at_ms % MINUTE_MS for at_ms in (row.first_at_ms, row.last_at_ms)
        )
        if first_ms == last_ms and (first_ms, row.corrected_ms) not in known:
            yield row._replace(minute_ms=first_ms)


def _begins(rows: list[Row], span: Span) -> bool:
    """Whether one of the rows has the point on which the span stands."""
    return any(row.first_at_ms <= span.begin_ms for row in rows)


def _thousandths(value: float) -> int:
    return round(value * 1_000)


def _number(value: Any) -> Any:  # noqa: ANN401
    """As it is stored: the driver's times are UTC without a zone, exact to the millisecond, which a
    float of seconds is not."""
    if not isinstance(value, datetime):
        return value
    since = value.replace(tzinfo=UTC) - datetime.fromtimestamp(0, UTC)
    return since.days * DAY_MS + since.seconds * 1_000 + since.microseconds // 1_000


def _utc(epoch_ms: int) -> datetime:
    return datetime.fromtimestamp(epoch_ms / 1_000, UTC)
