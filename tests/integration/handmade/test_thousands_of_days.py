"""A log that names thousands of days at once: a meter with a clock gone wild, a year's catch-up."""

import pytest

from adapters.flink import FlinkRest
from contracts.reading import Reading
from contracts.settings import Settings
from contracts.time import DAY_MS
from tests.support.send import record, send
from tests.support.verify import assert_equal, verified

DAYS = 2_000


@pytest.mark.usefixtures("by_hand")
def test_every_day_is_archived_and_no_job_falls(by_hand: Settings, midnight_ms: int) -> None:
    arrival_ms = midnight_ms + DAY_MS // 2
    readings = [
        Reading("wild-clock", "gcpvj0du", "electricity", arrival_ms - days * DAY_MS, days, 1.0, 1.0)
        for days in range(1, DAYS + 1)
    ]
    send(by_hand, "many-days", [record(by_hand, each, arrival_ms - each.ts) for each in readings])

    assert_equal(verified(by_hand))

    with FlinkRest(by_hand) as rest:
        cold = rest.find(by_hand.job_name("cold"))
        assert cold is not None
        assert rest.get(f"/jobs/{cold.id}/exceptions")["exceptionHistory"]["entries"] == []
    assert sum(1 for _ in by_hand.archive_dir.glob("event_date=*")) >= DAYS
