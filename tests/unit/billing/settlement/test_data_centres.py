"""Tenants of data centres, by counters of a month to date (reference values, section C): what was
counted belongs to the month and occupant of the reading, whenever either became known."""

from dataclasses import replace

import pytest

from billing.curve.curve import segments
from billing.curve.points import joined
from billing.settlement.settle import settle
from contracts.masters import Contract
from tests.support.data_centres import (
    AS_THEY_ARE,
    CASES,
    EIGHT,
    HNK2,
    MWH,
    Case,
    M,
    masters_of,
    rows_of,
    settled,
)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_every_kwh_is_the_occupants_at_its_reading(case: Case) -> None:
    found = settled(case)

    assert found.months == {**AS_THEY_ARE, **case.correct}
    assert sum(found.months.values()) == case.correct_total
    assert found.reasons == case.reasons
    assert found.findings == case.findings


def test_without_a_contract_energy_is_known_and_its_cost_is_not() -> None:
    own = [each for each in EIGHT if each.site_id == HNK2]
    registers = [own[0].installation]
    curve, _ = segments(joined(rows_of(own), registers), registers)

    settlement = settle(masters_of(Case()), HNK2, registers, [curve], M)

    (charge,) = settlement.charges
    assert (charge.key.component, charge.key.band) == ("electricity/import", "no_contract")
    assert (charge.quantity, charge.exact, charge.minor) == (1201 * MWH, 0, 0)
    (finding,) = settlement.findings
    assert finding.rule == "no_contract"
    assert finding.detail["customer_id"] == 243


def test_contracts_of_others_do_not_count() -> None:
    own = [each for each in EIGHT if each.site_id == HNK2]
    theirs = Contract(f"{HNK2}:11", 924, "electricity", "no-such-plan", 0, None)
    masters = replace(masters_of(Case()), contracts=(theirs,))
    registers = [own[0].installation]

    settlement = settle(masters, HNK2, registers, [], M)

    assert [each.supply.plan for each in settlement.supplied] == [None]
