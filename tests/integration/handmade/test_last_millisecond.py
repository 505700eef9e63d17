"""The reading that the rules just admit: as late as it may be, in an arrival gone back as far as it
may, in the last millisecond of its slice. A watermark without a millisecond to spare drops it.
"""

import time
from typing import TYPE_CHECKING

from contracts.reading import HEARTBEAT, Reading
from contracts.settings import Settings
from contracts.time import MINUTE_MS
from simulators.sending.closing import pass_time
from simulators.sending.recorder import Record
from simulators.sending.sender import Sender
from tests.support.send import meter_in, record
from tests.support.verify import assert_equal

if TYPE_CHECKING:
    from verification.report import Report

WATERMARK_HAS_GONE_OUT_S = 5.0


def write(by_hand: Settings, midnight_ms: int) -> None:
    """That reading."""
    meter_id = meter_in(0, by_hand)
    ts = midnight_ms + by_hand.slice_ms - 1
    newest_ms = ts + by_hand.on_time_ms
    reading = Reading(meter_id, "gcpvj0du", "electricity", ts, 5_000, 1.0, 1.0)
    with Sender(by_hand, "last-millisecond") as sender:
        sender.send([Record(p, newest_ms, None, HEARTBEAT) for p in sender.partitions])
        time.sleep(WATERMARK_HAS_GONE_OUT_S)
        sender.send([record(by_hand, reading, by_hand.on_time_ms - by_hand.slack_ms)])
        pass_time(sender, newest_ms + MINUTE_MS)


def test_it_is_counted(report: "Report") -> None:
    assert_equal(report)
