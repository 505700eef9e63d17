"""Tenants of data centres, by counters of a month to date: what came after eight readings, and what
months must be by the reference mode of system C and by ours (reference values, section C)."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import polars as pl

from billing.curve.curve import segments
from billing.curve.points import joined
from billing.settlement.identities import of_settlement
from billing.settlement.settle import settle
from contracts.masters import Installation, Masters, Occupancy, Premises, Site

MWH = 1_000_000
"""Of a kWh."""
CHI1, BER1, HNK2 = "dc:eqix:us:chi1", "dc:kddi:eu:ber1", "dc:kddi:cn:hnk2"
BEGIN = datetime(2013, 1, 10, tzinfo=UTC)
FEBRUARY = datetime(2013, 2, 1, tzinfo=UTC)
M, NEXT = "2013-01", "2013-02"

Months = Mapping[tuple[str, int, str], int]
"""kWh by tenant, customer (0: nobody) and month."""


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
    delivered_ms: int | None = None
    """None: at once."""

    @property
    def arrival_ms(self) -> int:
        return self.ts_ms if self.delivered_ms is None else self.delivered_ms

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


@dataclass(frozen=True)
class Move:
    """From when on whose a tenant's space is."""

    tenant: str
    customer_id: int
    """0: nobody's."""
    begin_ms: int
    recorded_ms: int | None = None
    """None: at once."""

    @property
    def known_ms(self) -> int:
        return self.begin_ms if self.recorded_ms is None else self.recorded_ms


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
OCCUPANCY = (
    Move(f"{CHI1}:12", 924, at(0)),
    Move(f"{CHI1}:10", 243, at(0)),
    Move(f"{BER1}:15", 924, at(0)),
    Move(f"{BER1}:20", 123, at(0)),
    Move(f"{HNK2}:11", 243, at(0)),
)
AS_THEY_ARE: Months = {
    (f"{CHI1}:10", 243, M): 898,
    (f"{CHI1}:12", 924, M): 1134,
    (f"{HNK2}:11", 243, M): 1201,
    (f"{BER1}:15", 924, M): 345,
    (f"{BER1}:20", 123, M): 288,
}
TOTAL = 3866


@dataclass(frozen=True)
class Case:
    """Further readings and moves, and in which months either mode differs because of them."""

    readings: tuple[Reading, ...] = ()
    moves: tuple[Move, ...] = ()
    unknown: tuple[str, ...] = ()
    """Tenants of which masters know nothing."""
    reference: Months = field(default_factory=dict)
    reference_total: int = TOTAL
    correct: Months = field(default_factory=dict)
    correct_total: int = TOTAL
    reasons: tuple[str, ...] = ()
    """Why something is nobody's, by the correct mode."""
    findings: tuple[tuple[str, str], ...] = ()
    """Rule and register, by the correct mode."""

    @property
    def all_readings(self) -> tuple[Reading, ...]:
        return (*EIGHT, *self.readings)

    @property
    def all_moves(self) -> tuple[Move, ...]:
        return (*OCCUPANCY, *self.moves)


CASES = {
    "as they are": Case(),
    "a counter that falls": Case(
        readings=(Reading(at(10), 1, f"{CHI1}:12", 900),),
        findings=(("counter_decrease", f"{CHI1}:p1:12"),),
    ),
    "an occupancy that ended": Case(
        readings=(Reading(at(10), 2, f"{BER1}:20", 300),),
        moves=(Move(f"{BER1}:20", 0, at(9)),),
        correct={(f"{BER1}:20", 0, M): 12},
        correct_total=3878,
        reasons=("vacant",),
        findings=(("use_while_vacant", f"{BER1}:p2:20"),),
    ),
    "an unknown tenant": Case(
        readings=(Reading(at(10), 3, f"{BER1}:99", 77),),
        unknown=(f"{BER1}:99",),
        correct={("", 0, M): 77},
        correct_total=3943,
        reasons=("unknown_register",),
        findings=(("unknown_register", f"{BER1}:p3:99"),),
    ),
    "a tenant that became known": Case(
        readings=(Reading(at(10), 3, f"{BER1}:99", 77),),
        moves=(Move(f"{BER1}:99", 555, at(9), recorded_ms=at(11)),),
        correct={(f"{BER1}:99", 555, M): 77},
        correct_total=3943,
    ),
    "a move": Case(
        readings=(Reading(at(10), 1, f"{CHI1}:12", 1200),),
        moves=(Move(f"{CHI1}:12", 243, at(9)),),
        reference={(f"{CHI1}:12", 243, M): 1200},
        reference_total=5066,
        correct={(f"{CHI1}:12", 243, M): 66},
        correct_total=3932,
    ),
    "the next month": Case(
        readings=(Reading(at(1, FEBRUARY), 1, f"{CHI1}:12", 40),),
        reference={(f"{CHI1}:12", 924, NEXT): 40},
        reference_total=3906,
        correct={(f"{CHI1}:12", 924, NEXT): 40},
        correct_total=3906,
    ),
    "measured at the end of the month": Case(
        readings=(
            Reading(at(-1 / 60, FEBRUARY), 1, f"{CHI1}:12", 1150, delivered_ms=at(0, FEBRUARY)),
        ),
        reference={(f"{CHI1}:12", 924, NEXT): 1150},
        reference_total=5016,
        correct={(f"{CHI1}:12", 924, M): 1150},
        correct_total=3882,
    ),
    "two panels of a tenant": Case(
        readings=(Reading(at(10), 7, f"{CHI1}:12", 500),),
        correct={(f"{CHI1}:12", 924, M): 1634},
        correct_total=4366,
    ),
}
"""Each row of the table."""


@dataclass(frozen=True)
class Settled:
    """What settlement makes of a case."""

    months: Months
    reasons: tuple[str, ...]
    findings: tuple[tuple[str, str], ...]


def settled(case: Case) -> Settled:
    """Settle both months of each site, and see that it adds up."""
    readings = case.all_readings
    masters = masters_of(case)
    months: dict[tuple[str, int, str], int] = defaultdict(int)
    reasons, findings = [], []
    for site_id in (CHI1, BER1, HNK2):
        own = [each for each in readings if each.site_id == site_id]
        registers = list({each.register_id: each.installation for each in own}.values())
        curve, found = segments(joined(rows_of(own), registers), registers)
        findings += [(each.rule, each.register_id) for each in found]
        for month in (M, NEXT):
            settlement = settle(masters, site_id, registers, [curve], month)
            assert not of_settlement(settlement, {})
            for charge in settlement.charges:
                key = charge.key
                kwh, rest = divmod(charge.quantity, MWH)
                assert rest == 0
                months[key.premises_id, key.customer_id, key.month] += kwh
                reasons += [key.band] if key.customer_id == 0 else []
            findings += [
                (each.rule, each.register_id)
                for each in settlement.findings
                if each.rule != "no_contract"
            ]
    return Settled(dict(months), tuple(reasons), tuple(findings))


def masters_of(case: Case) -> Masters:
    """What is recorded in the end."""
    occupancies: list[Occupancy] = []
    for move in case.all_moves:
        occupancies = [
            replace(each, end_ms=move.begin_ms) if each.premises_id == move.tenant else each
            for each in occupancies
        ]
        if move.customer_id:
            occupancies.append(Occupancy(move.tenant, move.customer_id, move.begin_ms, None))
    known = [each for each in case.all_readings if each.tenant not in case.unknown]
    tenants = {each.tenant: each.site_id for each in known}
    installations = {each.register_id: each.installation for each in known}
    return Masters(
        as_of_ms=at(2_000),
        sites=tuple(Site(site_id, "UTC", "USD", "none") for site_id in (CHI1, BER1, HNK2)),
        premises=tuple(Premises(tenant, site_id) for tenant, site_id in tenants.items()),
        occupancies=tuple(occupancies),
        installations=tuple(installations.values()),
    )


def rows_of(readings: list[Reading]) -> pl.DataFrame:
    """As settlement reads them."""
    return pl.DataFrame(
        {
            "meter_id": [each.register_id for each in readings],
            "commodity": "electricity",
            "ts": [each.ts_ms for each in readings],
            "seq": [each.ts_ms for each in readings],
            "register": [each.kwh * 1_000.0 for each in readings],
        }
    )
