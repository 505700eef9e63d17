"""Registers with faults that a simulated fleet has, against what was really used: each meter uses
1 Wh a second and is read every 10 s."""

from typing import Any

import numpy as np
import pytest

from billing.curve.curve import segments
from billing.curve.energies import matrix
from billing.curve.estimates import estimated
from billing.curve.findings import Finding
from billing.curve.points import Points
from billing.curve.segments import Segments
from contracts.billing import MEASURED, Letter
from contracts.masters import Installation
from contracts.time import MINUTE_MS
from simulators.batch import Batch
from simulators.faults.effects import Fault, apply
from tests.unit.billing.curve.registers import installed
from tests.unit.simulators.faults.test_effects import (
    BEGIN_MS,
    CADENCE_MS,
    SPAN_MS,
    faults,
    readings,
)

COUNT = 20
USED_A_MINUTE_MWH = 60_000
MAX_W = 5_000


def points_of(batch: Batch, fault: Fault) -> Points:
    place = np.searchsorted(fault.meter, batch.meter).astype(np.int32)
    order = np.lexsort((batch.ts_ms, place))
    return Points(place[order], batch.ts_ms[order], batch.register_m[order])


def with_fault(**option: Any) -> tuple[Fault, Segments, list[Finding], list[int]]:  # noqa: ANN401
    """A fault of 20 meters, what the curve makes of it, and what each really used."""
    (fault,) = faults({"count": COUNT, "after_minutes": 30, "spread_minutes": 20, **option})
    clean = readings(fault.meter)
    registers = registers_of()
    found, findings = segments(points_of(apply((fault,), clean), fault), registers)
    truth = points_of(clean, fault)
    used = [int(np.ptp(truth.register_mwh[truth.of(place)])) for place in range(COUNT)]
    return fault, estimated(found, registers), findings, used


def registers_of() -> list[Installation]:
    return [installed(f"m{at}", cadence_ms=CADENCE_MS, max_w=MAX_W) for at in range(COUNT)]


def energies(found: Segments) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """[meters x minutes]."""
    return matrix(found, COUNT, BEGIN_MS, SPAN_MS // MINUTE_MS, MINUTE_MS).energy_mwh


@pytest.mark.parametrize("minutes", [1, 10, 60])
def test_a_silent_counter_has_its_energy_where_it_was_used(minutes: int) -> None:
    _, found, findings, used = with_fault(kind="meter_silent", minutes=minutes)
    assert energies(found).sum(axis=1).tolist() == used
    # The reading after the gap is no peak.
    assert energies(found).max() <= USED_A_MINUTE_MWH + 1
    assert set(found.letter.tolist()) == {Letter.A, Letter.S}
    assert not findings


def test_a_reset_loses_less_than_a_reading() -> None:
    _, found, findings, used = with_fault(kind="register_reset")
    whole = energies(found)
    assert whole.min() >= 0
    assert whole.max() <= USED_A_MINUTE_MWH + 1
    wrong = np.abs(whole.sum(axis=1) - np.array(used))
    assert wrong.max() < CADENCE_MS
    assert [each.rule for each in findings] == ["reset"] * COUNT
    assert np.bincount(found.register[found.letter == Letter.E]).tolist() == [1] * COUNT


def test_what_an_exchanged_meter_lost_is_an_estimate_beside_what_was_measured() -> None:
    fault, found, _, used = with_fault(kind="meter_exchange", minutes=10)
    whole = energies(found)
    assert whole.min() >= 0
    assert whole.max() <= USED_A_MINUTE_MWH + 1
    measured = np.isin(found.letter, MEASURED)
    for place in range(COUNT):
        own = found.take(measured & (found.register == place))
        # From the last reading before to the first one after: the fault, and a step.
        unknown_ms = int(fault.end_ms[place] - fault.start_ms[place]) + CADENCE_MS
        assert own.energy_mwh.sum() == used[place] - unknown_ms
