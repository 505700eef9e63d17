"""A small run made by hand: times are seconds after its begin."""

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from contracts.alerts import Alert, Cause, Evidence, alert_id
from detection.score.fleet import Fleet, fleet_of
from detection.score.pieces import Truth, truth_of
from detection.score.rates import FalseRate
from detection.score.score import Row, Score, score

BEGIN_MS = 1_387_814_400_000
"""A whole half hour: meters of every cadence read then."""
END_S = 7_200.0
ON_TIME_MS = 3_000

EVERY_5_S = tuple(f"fast-{n}" for n in range(10))
"""Behind the feeder `f`."""
EVERY_MINUTE = tuple(f"slow-{n}" for n in range(6))
"""Behind the feeder `s`."""

Label = tuple[str, Sequence[str], float, float]
"""Kind, meters, start and end."""


def ms(seconds: float) -> int:
    """Epoch milliseconds of a time of the run."""
    return BEGIN_MS + round(seconds * 1_000)


def registry() -> pl.DataFrame:
    """Both feeders, and an export register and a gas meter besides, which are no homes."""
    rows = [
        *((meter, "f", 5_000, "electricity", False) for meter in EVERY_5_S),
        *((meter, "s", 60_000, "electricity", False) for meter in EVERY_MINUTE),
        ("fast-0:export", "f", 5_000, "electricity", True),
        ("gas", "f", 5_000, "gas", False),
    ]
    columns = ["meter_id", "announced_feeder", "cadence_ms", "commodity", "is_export"]
    return pl.DataFrame(rows, columns, orient="row").with_columns(
        feeder=pl.lit("the true one, which nobody tells"), phase_ms=pl.lit(0, dtype=pl.Int64)
    )


FLEET: Fleet = fleet_of(registry(), ms(0), ms(END_S))


def labels(told: Iterable[Label]) -> pl.DataFrame:
    """As `contracts.labels` has them."""
    rows = [
        (kind, meter, ms(start_s), ms(end_s), "{}")
        for kind, meters, start_s, end_s in told
        for meter in meters
    ]
    schema = {
        "kind": pl.String,
        "meter_id": pl.String,
        "start_ms": pl.Int64,
        "end_ms": pl.Int64,
        "parameters": pl.String,
    }
    return pl.DataFrame(rows, schema, orient="row")


def truth(*told: Label) -> Truth:
    """What was wrong in the run."""
    return truth_of(labels(told), FLEET)


def outage(
    subject: str,
    opened_s: float,
    closed_s: float | None,
    cause: Cause = "power",
    homes: Sequence[str] = (),
    **fields: Any,  # noqa: ANN401
) -> Alert:
    """The last version of an outage alert."""
    return Alert(
        id=alert_id("outage", subject, ms(opened_s)),
        state="opened" if closed_s is None else "closed",
        kind="outage",
        subject=subject,
        opened_at_ms=ms(opened_s),
        closed_at_ms=None if closed_s is None else ms(closed_s),
        cause=cause,
        homes=tuple(sorted(homes)),
        **_USUAL | {"onset_ms": ms(opened_s), "homes_count": len(homes)} | fields,
    )


def silent(meter: str, opened_s: float, closed_s: float | None, **fields: Any) -> Alert:  # noqa: ANN401
    """The last version of an alert of a single meter."""
    return Alert(
        id=alert_id("meter_silent", meter, ms(opened_s)),
        state="opened" if closed_s is None else "closed",
        kind="meter_silent",
        subject=meter,
        opened_at_ms=ms(opened_s),
        closed_at_ms=None if closed_s is None else ms(closed_s),
        **_USUAL | {"onset_ms": ms(opened_s)} | fields,
    )


_USUAL: dict[str, Any] = {
    "version": 3,
    "severity": "major",
    "area": "gcpuy",
    "at_ms": ms(END_S),
    "evidence": Evidence("full", "all homes silent", {}),
    "rules": "1",
}


def scored(told: Sequence[Label], *alerts: Alert) -> Score:
    """The score of these alerts."""
    return score(truth(*told), alerts, ON_TIME_MS)


def of(found: Score, kind: str) -> Row:
    """A row of the score."""
    (row,) = (row for row in found.rows if row.kind == kind)
    return row


def false(found: Score, kind: str) -> FalseRate:
    """How many alerts of a kind were false."""
    (rate,) = (rate for rate in found.false_rates if rate.kind == kind)
    return rate


def reasons(found: Score) -> dict[str, str]:
    """Of all false alerts, by id."""
    return {each.id: each.reason for each in found.false}
