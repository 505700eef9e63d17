"""Tenants of data centres, by counters of a month to date (reference values, section C): what was
counted belongs to the month and occupant of the reading, whenever either became known."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from billing.curve.curve import segments
from billing.curve.points import joined
from billing.settlement.identities import of_settlement
from billing.settlement.settle import settle
from contracts.masters import Contract, Installation, Masters, Occupancy, Premises, Site

KWH = 1_000_000
CHI1, BER1, HNK2 = "dc:eqix:us:chi1", "dc:kddi:eu:ber1", "dc:kddi:cn:hnk2"
BEGIN = datetime(2013, 1, 10, tzinfo=UTC)
M, NEXT = "2013-01", "2013-02"


def at(hours: float, begin: datetime = BEGIN) -> int:
    """Epoch ms."""
    return int((begin + timedelta(hours=hours)).timestamp() * 1_000)


@dataclass(frozen=True)
class Reading:
    """A panel's counter of a tenant."""

    ts_ms: int
    panel: int
    tenant: str
    kwh: int

    @property
    def site_id(self) -> str:
        return self.tenant.rpartition(":")[0]

    @property
    def register_id(self) -> str:
        site, _, place = self.tenant.rpartition(":")
        return f"{site}:p{self.panel}:{place}"

    @property
    def installation(self) -> Installation:
        return Installation(
            register_id=self.register_id,
            premises_id=self.tenant,
            commodity="electricity",
            direction="import",
            source="month_to_date",
            boundary="at_reading",
            begin_ms=0,
            end_ms=None,
        )


EIGHT = tuple(
    Reading(at(number), panel, tenant, kwh)
    for number, (panel, tenant, kwh) in enumerate(
        [
            (1, f"{CHI1}:12", 1034),
            (2, f"{CHI1}:10", 867),
            (1, f"{BER1}:15", 345),
            (2, f"{BER1}:20", 288),
            (1, f"{HNK2}:11", 1119),
            (1, f"{CHI1}:12", 1134),
            (2, f"{CHI1}:10", 898),
            (1, f"{HNK2}:11", 1201),
        ],
        start=1,
    )
)
OCCUPANCIES = {
    f"{CHI1}:12": (924,),
    f"{CHI1}:10": (243,),
    f"{BER1}:15": (924,),
    f"{BER1}:20": (123,),
    f"{HNK2}:11": (243,),
}
AS_THEY_ARE = {
    (f"{CHI1}:10", 243, M): 898,
    (f"{CHI1}:12", 924, M): 1134,
    (f"{HNK2}:11", 243, M): 1201,
    (f"{BER1}:15", 924, M): 345,
    (f"{BER1}:20", 123, M): 288,
}


@dataclass(frozen=True)
class Case:
    """Further readings and occupancies, and what changes because of them."""

    readings: tuple[Reading, ...] = ()
    moves: tuple[Occupancy, ...] = ()
    """Who is there instead from when on; of customer 0 nobody."""
    unknown: tuple[str, ...] = ()
    """Tenants of which masters know nothing."""
    expected: dict[tuple[str, int, str], int] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    findings: tuple[tuple[str, str], ...] = ()
    total: int = 3866


CASES = {
    "as they are": Case(),
    "a counter that falls": Case(
        readings=(Reading(at(10), 1, f"{CHI1}:12", 900),),
        findings=(("counter_decrease", f"{CHI1}:p1:12"),),
    ),
    "an occupancy that ended": Case(
        readings=(Reading(at(10), 2, f"{BER1}:20", 300),),
        moves=(Occupancy(f"{BER1}:20", 0, at(9), None),),
        expected={(f"{BER1}:20", 0, M): 12},
        reasons=("vacant",),
        findings=(("use_while_vacant", f"{BER1}:p2:20"),),
        total=3878,
    ),
    "an unknown tenant": Case(
        readings=(Reading(at(10), 3, f"{BER1}:99", 77),),
        unknown=(f"{BER1}:99",),
        expected={("", 0, M): 77},
        reasons=("unknown_register",),
        findings=(("unknown_register", f"{BER1}:p3:99"),),
        total=3943,
    ),
    "a tenant that became known": Case(
        readings=(Reading(at(10), 3, f"{BER1}:99", 77),),
        moves=(Occupancy(f"{BER1}:99", 555, at(9), None),),
        expected={(f"{BER1}:99", 555, M): 77},
        total=3943,
    ),
    "a move": Case(
        readings=(Reading(at(10), 1, f"{CHI1}:12", 1200),),
        moves=(Occupancy(f"{CHI1}:12", 243, at(9), None),),
        expected={(f"{CHI1}:12", 243, M): 66},
        total=3932,
    ),
    "the next month": Case(
        readings=(Reading(at(1, datetime(2013, 2, 1, tzinfo=UTC)), 1, f"{CHI1}:12", 40),),
        expected={(f"{CHI1}:12", 924, NEXT): 40},
        total=3906,
    ),
    "measured at the end of the month": Case(
        readings=(
            Reading(at(23, datetime(2013, 1, 31, 0, 59, tzinfo=UTC)), 1, f"{CHI1}:12", 1150),
        ),
        expected={(f"{CHI1}:12", 924, M): 1150},
        total=3882,
    ),
    "two panels of a tenant": Case(
        readings=(Reading(at(10), 7, f"{CHI1}:12", 500),),
        expected={(f"{CHI1}:12", 924, M): 1634},
        total=4366,
    ),
}


def masters_of(case: Case, readings: tuple[Reading, ...]) -> Masters:
    known = [each for each in readings if each.tenant not in case.unknown]
    rows = [
        Occupancy(tenant, customers[0], at(0), None) for tenant, customers in OCCUPANCIES.items()
    ]
    for move in case.moves:
        rows = [
            replace(row, end_ms=move.begin_ms) if row.premises_id == move.premises_id else row
            for row in rows
        ]
        rows += [move] if move.customer_id else []
    tenants = {each.tenant: each.site_id for each in known}
    installations = {each.register_id: each.installation for each in known}
    return Masters(
        as_of_ms=at(2_000),
        sites=tuple(Site(site_id, "UTC", "USD", "none") for site_id in (CHI1, BER1, HNK2)),
        premises=tuple(Premises(tenant, site_id) for tenant, site_id in tenants.items()),
        occupancies=tuple(rows),
        installations=tuple(installations.values()),
    )


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_every_kwh_is_the_occupants_at_its_reading(case: Case) -> None:
    readings = (*EIGHT, *case.readings)
    masters = masters_of(case, readings)
    bills: dict[tuple[str, int, str], int] = defaultdict(int)
    reasons, findings = [], []
    for site_id in (CHI1, BER1, HNK2):
        own = [each for each in readings if each.site_id == site_id]
        registers = list({each.register_id: each.installation for each in own}.values())
        rows = pl.DataFrame(
            {
                "meter_id": [each.register_id for each in own],
                "commodity": "electricity",
                "ts": [each.ts_ms for each in own],
                "seq": [each.ts_ms for each in own],
                "register": [each.kwh * 1_000.0 for each in own],
            }
        )
        curve, found = segments(joined(rows, registers), registers)
        findings += [(each.rule, each.register_id) for each in found]
        for month in (M, NEXT):
            settled = settle(masters, site_id, registers, [curve], month)
            assert not of_settlement(settled, {})
            for charge in settled.charges:
                key = charge.key
                bills[key.premises_id, key.customer_id, key.month] += charge.quantity
                reasons += [key.band] if key.customer_id == 0 else []
            findings += [
                (each.rule, each.register_id)
                for each in settled.findings
                if each.rule != "no_contract"
            ]

    expected = {**AS_THEY_ARE, **case.expected}
    assert dict(bills) == {key: kwh * KWH for key, kwh in expected.items()}
    assert sum(bills.values()) == case.total * KWH
    assert tuple(reasons) == case.reasons
    assert tuple(findings) == case.findings


def test_without_a_contract_energy_is_known_and_its_cost_is_not() -> None:
    own = [each for each in EIGHT if each.site_id == HNK2]
    registers = [own[0].installation]
    rows = pl.DataFrame(
        {
            "meter_id": [each.register_id for each in own],
            "commodity": "electricity",
            "ts": [each.ts_ms for each in own],
            "seq": [each.ts_ms for each in own],
            "register": [each.kwh * 1_000.0 for each in own],
        }
    )
    curve, _ = segments(joined(rows, registers), registers)

    settled = settle(masters_of(Case(), tuple(own)), HNK2, registers, [curve], M)

    (charge,) = settled.charges
    assert (charge.key.component, charge.key.band) == ("electricity/import", "no_contract")
    assert (charge.quantity, charge.exact, charge.minor) == (1201 * KWH, 0, 0)
    (finding,) = settled.findings
    assert finding.rule == "no_contract"
    assert finding.detail["customer_id"] == 243


def test_contracts_of_others_do_not_count() -> None:
    own = [each for each in EIGHT if each.site_id == HNK2]
    masters = masters_of(Case(), tuple(own))
    theirs = Contract(f"{HNK2}:11", 924, "electricity", "no-such-plan", 0, None)
    registers = [own[0].installation]

    settled = settle(replace(masters, contracts=(theirs,)), HNK2, registers, [], M)

    assert [each.supply.plan for each in settled.supplied] == [None]
