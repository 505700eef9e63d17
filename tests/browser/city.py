"""A city in Redis, as jobs and digest would have written it: areas along the Thames, a fleet, the
largest meters, an hour of demand, alerts of every severity; and a pulse that lets its stream go on.

What is shown of it is told here once more in plain numbers, which tests compute with.
"""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import redis
from msgspec.json import encode

from contracts.access import Role, Scope, new_credential, tokens_key
from contracts.alerts import (
    Alert,
    Evidence,
    alert_changes_key,
    alerts_key,
    alerts_time_key,
)
from contracts.digest import (
    Clock,
    Fleet,
    FleetMinute,
    Total,
    clock_key,
    fleet_key,
    fleet_minutes_key,
    meter_ids_key,
    registry_key,
    rollup_key,
    totals_key,
)
from contracts.geohash import box_of
from contracts.live import LargeMeter, Largest, LiveGroup, group_key, largest_key
from contracts.notes import Note, notes_key
from services.digest.rollups import roll_up

NAMESPACE = "city"
STREAM = 1_387_815_600_000
"""2013-12-23 16:20 UTC, where the replay begins."""
SLICE = 5_000

AREAS: dict[str, tuple[float, int, int, int]] = {
    "gcpug": (150_800.0, 310, 12, 0),
    "gcpuu": (402_300.0, 870, 20, 4),
    "gcpuv": (318_400.0, 655, 15, 3),
    "gcpuw": (96_700.0, 402, 8, 0),
    "gcpux": (512_900.0, 731, 9, 2),
    "gcpuy": (688_000.0, 640, 20, 66),
    "gcpuz": (571_250.0, 1_010, 30, 5),
    "gcpvh": (88_400.0, 96, 4, 0),
    "gcpvj": (455_600.0, 498, 12, 120),
    "gcpvn": (732_100.0, 560, 14, 1),
    "gcpvp": (20_150.0, 170, 2, 1),
    "gcput": (-8_300.0, 41, 1, 0),
    "gcpv5": (61_900.0, 210, 3, 0),
}
"""By area: demand (W), meters that report, hold and are silent."""
GAS: dict[str, tuple[float, int, int, int]] = {
    "gcpuy": (61_000.0, 2, 398, 3),
    "gcpvn": (18_200.0, 1, 140, 0),
}
KNOWN = {"electricity": 7_000, "gas": 560}
REGISTERS = {"electricity": 48_213_500_250.0, "gas": 912_345_678.0}
LARGEST = [(f"MAC{number:06}", "gcpuy", 14_250.0 - 905.5 * number) for number in range(10)]
HOUR = [4_020_000.0 + 9_000.0 * (minute % 17) - 4_000.0 * (minute % 5) for minute in range(60)]
"""W, by the minute up to the stream's time."""

REGIONS = {
    "electricity": {
        "US-CA": (4_812_000.0, 4_100, 12, 9_612_400_000.0),
        "US-TX": (7_420_500.0, 5_230, 3, 14_020_100_000.0),
        "US-NY": (2_210_000.0, 2_900, 0, 4_410_000_000.0),
        "US-FL": (3_950_000.0, 2_450, 41, 7_340_000_000.0),
        "US-WA": (1_020_000.0, 1_100, 1, 2_300_000_000.0),
        "US-OH": (1_640_000.0, 1_870, 2, 3_100_000_000.0),
        "US-CO": (730_000.0, 690, 0, 1_150_000_000.0),
    },
    "gas": {"US-CA": (52_000.0, 800, 2, 88_000_000.0), "US-OH": (91_000.0, 900, 0, 140_000_000.0)},
    "water": {"US-CA": (14_000.0, 600, 0, 31_000_000.0)},
}
"""By commodity and region: demand (W or l/h), meters that report and are silent, registers."""


def raised(kind: str, subject: str, minutes_ago: int, **more: Any) -> Alert:  # noqa: ANN401
    """An alert that was opened so long before the stream's time."""
    at_ms = STREAM - minutes_ago * 60_000
    values: dict[str, Any] = {
        "id": f"{kind}:{subject}:{at_ms}",
        "version": 1,
        "state": "opened",
        "kind": kind,
        "severity": "warning",
        "subject": subject,
        "area": "gcpuy",
        "onset_ms": at_ms - 5_000,
        "opened_at_ms": at_ms,
        "at_ms": at_ms,
        "evidence": Evidence("gone", "", {}),
        "rules": "7",
    }
    return Alert(**values | more)


HOMES = tuple(f"MAC{number:06}" for number in range(100, 152))
OUTAGE = raised(
    "outage",
    "sim-t-000143",
    6,
    severity="critical",
    area="gcpvj",
    homes=HOMES,
    homes_count=52,
    homes_out=52,
    cause="power",
    evidence=Evidence(
        "whole",
        "52 of 54 homes behind sim-t-000143 are dark since 16:13:55; 9 of them gasped.",
        {"missed_homes": 52, "homes": 54, "gasped_homes": 9, "supply_before_w": 41_200.5},
    ),
)
PART = raised(
    "outage",
    "sim-t-000077",
    31,
    severity="major",
    homes=HOMES[:14],
    homes_count=14,
    homes_out=9,
    cause="communication",
    evidence=Evidence("part", "9 of 14 homes are still not heard.", {"missed_homes": 14}),
)
OVERLOAD = raised(
    "overload",
    "sim-t-000012",
    18,
    area="gcpvn",
    evidence=Evidence(
        "load", "The transformer carries 104 % of what it may.", {"load_percent": 104.2}
    ),
)
OVER = raised(
    "meter_silent",
    "MAC000007",
    240,
    version=2,
    state="closed",
    closed_at_ms=STREAM - 200 * 60_000,
    restored_at_ms=STREAM - 201 * 60_000,
    reason="heard",
    evidence=Evidence("silent", "MAC000007 is heard again.", {"silent_minutes": 39}),
)
STUCK = raised(
    "stuck_register",
    "MAC000031",
    95,
    severity="notice",
    evidence=Evidence("still", "Its register stands still while others count.", {"hours": 26}),
)
LOSS = raised(
    "feeder_loss",
    "sim-t-000202",
    700,
    severity="major",
    area="gcpuu",
    homes=HOMES[:2],
    homes_count=2,
    evidence=Evidence("cusum", "6 % more is missing than as a rule.", {"missing_percent": 6.1}),
)
LOW = raised(
    "voltage_low",
    "sim-t-000009",
    44,
    area="gcpuz",
    evidence=Evidence("low", "Half of 31 homes have less than 207 V.", {"mean_v": 204.7}),
)
ALERTS = (OUTAGE, PART, OVERLOAD, OVER, STUCK, LOSS, LOW)


def wall_ms() -> int:
    """The time on the wall, epoch ms."""
    return time.time_ns() // 1_000_000


@dataclass
class City:
    """The city's Redis."""

    client: "redis.Redis"
    stream_ms: int = STREAM
    moved_ms: int = field(default_factory=wall_ms)
    stands: bool = False
    """Whether its stream goes on no more, as if the hot job were stopped."""
    waits: bool = False
    """Whether it has always just come where it is, so that pictures are of one time."""
    is_gone: bool = False
    """Whether nobody writes anything."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def settle(self) -> None:
        """Write all of it, and nothing else."""
        with self._lock:
            self.client.flushall()
            self.stream_ms, self.moved_ms = STREAM, wall_ms()
            self.stands = self.is_gone = self.waits = False
        self.draw("electricity", AREAS)
        self.draw("gas", GAS)
        for each in ALERTS:
            self.alert(each)
        self.client.set(alerts_time_key(NAMESPACE), STREAM)
        note = Note(
            LOSS.id, wall_ms() - 3 * 3_600_000, "bob", "acknowledged", "A visit is planned."
        )
        self.say(note)
        largest = encode(Largest(STREAM, [LargeMeter(*each) for each in LARGEST]))
        self.client.hset(
            largest_key(NAMESPACE, "electricity"), mapping={"power": largest, "energy": largest}
        )
        ids = [meter_id for meter_id, _, _ in LARGEST]
        self.client.zadd(meter_ids_key(NAMESPACE), dict.fromkeys(ids, 0))
        entry = encode({"geohash": "gcpuyj2k41vd", "commodity": "electricity"})
        for meter_id in ids:
            self.client.hset(registry_key(NAMESPACE), meter_id, entry)
        for minute, demand in enumerate(HOUR):
            begin_ms = STREAM - (60 - minute) * 60_000
            said = FleetMinute(begin_ms + 60_000, demand, 6_000, 100, 9)
            self.client.hset(
                fleet_minutes_key(NAMESPACE, "electricity"), str(begin_ms), encode(said)
            )
        self.tick()

    def draw(self, commodity: str, areas: dict[str, tuple[float, int, int, int]]) -> None:
        """Write what areas draw, with the cells and the fleet that they are added up to."""
        groups = {
            area: LiveGroup(self.stream_ms, demand, reporting, holding, silent, 24.0 * demand)
            for area, (demand, reporting, holding, silent) in areas.items()
        }
        pipeline = self.client.pipeline(transaction=True)
        key = group_key(NAMESPACE, "area", commodity)
        pipeline.delete(key)
        pipeline.hset(key, mapping={area: encode(each) for area, each in groups.items()})
        rolled = roll_up(groups)
        for precision, cells in rolled.cells.items():
            of = rollup_key(NAMESPACE, commodity, precision)
            pipeline.hset(of, mapping={cell: encode(each) for cell, each in cells.items()})
        demand, reporting, holding, silent = (
            sum(each) for each in zip(*areas.values(), strict=True)
        )
        boxes = [box_of(area) for area in areas]
        box = (
            *(min(each.south for each in boxes), min(each.west for each in boxes)),
            *(max(each.north for each in boxes), max(each.east for each in boxes)),
        )
        fleet = Fleet(
            *(self.stream_ms, demand, int(reporting), int(holding), int(silent), 24.0 * demand),
            *(KNOWN[commodity], len(areas), box),  # type: ignore[arg-type]
        )
        pipeline.hset(fleet_key(NAMESPACE), commodity, encode(fleet))
        total = Total(self.stream_ms, KNOWN[commodity], REGISTERS[commodity])
        pipeline.hset(totals_key(NAMESPACE, commodity), "*", encode(total))
        pipeline.execute()

    def regions(self) -> None:
        """Write states of all commodities."""
        for commodity, regions in REGIONS.items():
            for region, (demand, reporting, silent, register) in regions.items():
                group = LiveGroup(self.stream_ms, demand, reporting, 0, silent, 20.0 * demand)
                self.client.hset(group_key(NAMESPACE, "region", commodity), region, encode(group))
                total = Total(self.stream_ms, reporting + silent, register)
                self.client.hset(totals_key(NAMESPACE, commodity), region, encode(total))

    def alert(self, alert: Alert) -> None:
        """Write an alert as it stands."""
        self.client.hset(alerts_key(NAMESPACE), alert.id, encode(alert))
        self.client.xadd(alert_changes_key(NAMESPACE), {"id": alert.id})

    def say(self, note: Note) -> None:
        """Write a note."""
        self.client.sadd(notes_key(NAMESPACE, note.id), encode(note))
        self.client.xadd(alert_changes_key(NAMESPACE), {"id": note.id})

    def tick(self) -> None:
        """Write the clock, and let the stream go on by a slice unless it stands."""
        with self._lock:
            if self.is_gone:
                return
            if self.waits:
                self.moved_ms = wall_ms()
            elif not self.stands and wall_ms() - self.moved_ms >= SLICE:
                self.stream_ms += SLICE
                self.moved_ms = wall_ms()
            said = Clock(self.stream_ms, self.moved_ms, None, wall_ms())
            self.client.set(clock_key(NAMESPACE), encode(said))

    def stand_still(self, for_s: float) -> None:
        """Let the stream stand still, for so long already."""
        with self._lock:
            self.stands = True
            self.moved_ms = wall_ms() - int(1_000 * for_s)
        self.tick()

    def vanish(self) -> None:
        """Leave nothing, and write nothing."""
        with self._lock:
            self.is_gone = True
            self.client.flushall()

    def go_on(self) -> None:
        """Let it go on."""
        with self._lock:
            self.stands = False
            self.stream_ms += SLICE
            self.moved_ms = wall_ms()
        self.tick()

    def token(
        self,
        name: str = "ada",
        role: Role = "operator",
        *scopes: Scope,
        customer: str | None = None,
    ) -> str:
        """Make a token."""
        made, text = new_credential(
            *(NAMESPACE, "token"),
            name=name,
            role=role,
            now_ms=wall_ms(),
            scopes=scopes or None,
            customer=customer,
            per_second=1_000.0,
            expires_ms=None,
        )
        self.client.hset(tokens_key(NAMESPACE), made.id, encode(made))
        return text
