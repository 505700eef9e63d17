"""Homes that read each minute over a network that is slow for some, worked out by hand."""

import pytest

from contracts.reading import HEARTBEAT
from tests.support.log import Sent, T, announcement, reading
from tests.unit.verification.oracle.conftest import Judge
from tests.unit.verification.oracle.detection.street import in_order

MINUTE_MS = 60_000


def homes(number: int, readings: int) -> list[Sent]:
    """They read at the same instants; every second one is 40 s on its way each second time."""
    sent: list[Sent] = []
    for home in range(number):
        name = {"meter_id": f"m{home:02}"}
        sent.append((T, announcement(**name, feeder="f", cadence_ms=MINUTE_MS)))
        for seq in range(readings):
            way_ms = 40_000 if home % 2 and seq % 2 else 1_000
            at_ms = T + seq * MINUTE_MS
            sent.append((at_ms + way_ms, reading(at_ms, **name, seq=seq, register=float(seq))))
    return sent


def heartbeats(until_ms: int) -> list[Sent]:
    return [(T + at_ms, HEARTBEAT) for at_ms in range(0, until_ms, 1_000)]


@pytest.mark.parametrize("number", [8, 12, 40])
def test_what_is_long_on_its_way_is_no_reason_while_others_are_heard(
    judge: Judge, number: int
) -> None:
    assert not judge(*in_order(homes(number, 9), heartbeats(7 * MINUTE_MS))).facts


@pytest.mark.parametrize("number", [4, 12])
def test_a_dark_feeder_is_a_reason(judge: Judge, number: int) -> None:
    facts = judge(*in_order(homes(number, 5), heartbeats(7 * MINUTE_MS))).facts

    # Heard last at 241 s, due at 301 s, missed a fifth of the cadence later.
    assert min(facts) == ("f", T + 315_000)
    assert facts["f", T + 315_000].missed_count == number
    assert facts["f", T + 365_000].missed_twice == number


def test_four_homes_must_have_been_due_since_anybody_was_heard(judge: Judge) -> None:
    facts = judge(*in_order(homes(3, 5), heartbeats(7 * MINUTE_MS))).facts

    # Of three it is the second reading that counts.
    assert min(facts) == ("f", T + 365_000)
