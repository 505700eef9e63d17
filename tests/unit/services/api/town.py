"""A small town in Redis, as jobs and digest would have written it: two customers with a meter each,
a gas meter, one that nobody announced, and alerts."""

from dataclasses import dataclass
from typing import Any

import redis
from msgspec.json import encode

from contracts.access import Credential, Role, Scope, new_credential, tokens_key
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
    RollUp,
    Total,
    clock_key,
    customer_key,
    fleet_key,
    meter_ids_key,
    places_key,
    registry_key,
    rollup_key,
    top_key,
    totals_key,
)
from contracts.geohash import Box, box_of
from contracts.live import (
    LargeMeter,
    Largest,
    LiveGroup,
    LiveMeter,
    group_key,
    largest_key,
    live_key,
)
from contracts.meters import Meter
from contracts.notes import Note, notes_key
from contracts.reading import Commodity

NAMESPACE = "town"
WALL = 1_764_400_000_000
"""When somebody looks."""
STREAM = 1_387_815_600_000
"""2013-12-23 16:20, where the replay is."""
AREA = "gcpuy"

BILLED, ADA, BEN = "MAC000002", "1", "2"
"""A home that has bills, and who they are of: it is announced by tests that are about them."""
MINE, NEIGHBOURS, GAS, UNANNOUNCED = "home-mine", "home-neighbours", "home-gas", "home-unannounced"
FEEDER, REGION = "feeder-12", "GB-LND"
OUTAGE = f"outage:{FEEDER}:{STREAM - 600_000}"
SUSPECTED = f"feeder_loss:{FEEDER}:{STREAM - 500_000}"
OVER = f"meter_silent:{NEIGHBOURS}:{STREAM - 900_000}"
FEED = f"feed_quiet:{NAMESPACE}.readings-2:{STREAM - 60_000}"


def entry(commodity: Commodity, customer: str, cadence_ms: int = 5_000) -> Meter:
    return {
        "geohash": f"{AREA}j2k41vd",
        "feeder": FEEDER,
        "region": REGION,
        "commodity": commodity,
        "customer": customer,
        "premises": "household",
        "tariff": "flat",
        "cadence_ms": cadence_ms,
        "time_zone": "Europe/London",
        "solar_w": 0,
        "export": False,
    }


ENTRIES = {
    MINE: entry("electricity", "c-mine"),
    NEIGHBOURS: entry("electricity", "c-neighbours"),
    GAS: entry("gas", "c-mine", 1_800_000),
}


def live(commodity: Commodity, last_ms: int = STREAM - 1_000, **more: Any) -> LiveMeter:  # noqa: ANN401
    values: dict[str, Any] = {
        "slice_end_ms": STREAM,
        "readings": 1_200,
        "last_ms": last_ms,
        "holds_until_ms": last_ms + 30_000,
        "late": False,
        "geohash": f"{AREA}j2k41vd",
        "commodity": commodity,
        "register": 12_345.678,
        "demand": 438.0,
        "energy_today": 2_310.5,
    }
    return LiveMeter(**values | more)


def an_alert(an_id: str, **more: Any) -> Alert:  # noqa: ANN401
    kind, rest = an_id.split(":", 1)
    subject, opened = rest.rsplit(":", 1)
    values: dict[str, Any] = {
        "id": an_id,
        "version": 2,
        "state": "updated",
        "kind": kind,
        "severity": "major",
        "subject": subject,
        "area": AREA,
        "onset_ms": int(opened) - 5_000,
        "opened_at_ms": int(opened),
        "at_ms": int(opened) + 60_000,
        "evidence": Evidence("gone", f"{NEIGHBOURS} and others are dark.", {"share": 0.9}),
        "rules": "1",
    }
    return Alert(**values | more)


ALERTS = {
    each.id: each
    for each in (
        an_alert(OUTAGE, homes=(MINE, NEIGHBOURS), homes_count=48, homes_out=48, cause="power"),
        an_alert(SUSPECTED, homes=(MINE,), homes_count=1, severity="notice"),
        an_alert(OVER, state="closed", closed_at_ms=STREAM - 300_000, area=AREA),
        an_alert(FEED, area="", severity="critical"),
    )
}


@dataclass
class Town:
    """The town's Redis."""

    client: "redis.Redis"

    def settle(self) -> None:
        """Write all of it, and nothing else."""
        self.client.flushall()
        n, client = NAMESPACE, self.client
        client.hset(registry_key(n), mapping={name: encode(each) for name, each in ENTRIES.items()})
        client.sadd(customer_key(n, "c-mine"), MINE, GAS)
        client.sadd(customer_key(n, "c-neighbours"), NEIGHBOURS)
        everyone = (MINE, NEIGHBOURS, GAS, UNANNOUNCED)
        client.zadd(meter_ids_key(n), dict.fromkeys(everyone, 0))
        electric = (MINE, NEIGHBOURS, UNANNOUNCED)
        for commodity, ids in (("electricity", electric), ("gas", (GAS,))):
            client.hset(places_key(n, commodity), mapping=dict.fromkeys(ids, AREA))
        values = {MINE: live("electricity"), NEIGHBOURS: live("electricity", STREAM - 90_000)}
        values[UNANNOUNCED] = live("electricity", register=1.0)
        for meter_id, value in values.items():
            client.hset(live_key(n, "electricity", AREA), meter_id, encode(value))
        client.hset(live_key(n, "gas", AREA), GAS, encode(live("gas", demand=None)))
        self.areas()
        self.clock(moved_ms=WALL - 2_000)
        self.alerts()
        self.say(Note(OUTAGE, WALL - 60_000, "ada", "note", "A tree fell on the line."))

    def announce(self, meter_id: str, customer: str) -> None:
        """Let the registry have a further meter, of that customer alone."""
        n, said = NAMESPACE, entry("electricity", customer)
        self.client.hset(registry_key(n), meter_id, encode(said))
        self.client.sadd(customer_key(n, customer), meter_id)
        self.client.zadd(meter_ids_key(n), {meter_id: 0})
        self.client.hset(places_key(n, "electricity"), meter_id, AREA)

    def alerts(self) -> None:
        """Those of ALERTS."""
        for each in ALERTS.values():
            self.alert(each)
        self.client.set(alerts_time_key(NAMESPACE), STREAM)

    def alert(self, alert: Alert) -> None:
        """Write a version of an alert."""
        self.client.hset(alerts_key(NAMESPACE), alert.id, encode(alert))
        self.client.xadd(alert_changes_key(NAMESPACE), {"id": alert.id})

    def areas(self) -> None:
        """Sums over areas, and the largest."""
        n, client = NAMESPACE, self.client
        group = encode(LiveGroup(STREAM, 876.0, 2, 0, 1, 4_621.0))
        client.hset(group_key(n, "area", "electricity"), AREA, group)
        left = encode(LiveGroup(STREAM - 5_000, 0.0, 0, 0, 0, 0.0))
        client.hset(group_key(n, "area", "electricity"), "gcpuz", left)
        client.hset(group_key(n, "feeder", "electricity"), FEEDER, group)
        client.hset(group_key(n, "region", "electricity"), REGION, group)
        box = box_of(AREA)
        for length, child in ((2, "p"), (3, "u"), (4, "y")):
            rolled = RollUp(STREAM, 876.0, 2, 0, 1, 4_621.0, 1, child, box)
            client.hset(rollup_key(n, "electricity", length), AREA[:length], encode(rolled))
        self.fleet(box)
        total = encode(Total(STREAM, 3, 24_692.356))
        client.hset(totals_key(n, "electricity"), mapping={"*": total, REGION: total})
        largest = encode(Largest(STREAM, [LargeMeter(NEIGHBOURS, AREA, 438.0)]))
        client.hset(largest_key(n, "electricity"), mapping={"power": largest, "energy": largest})
        client.hset(top_key(n, "electricity"), mapping={"register": largest})
        client.hset(top_key(n, "electricity"), f"power:{REGION}", largest)

    def fleet(self, box: Box) -> None:
        """Let all meters be in a part of the world."""
        fleet = Fleet(STREAM, 876.0, 2, 0, 1, 4_621.0, 3, 1, box)
        self.client.hset(fleet_key(NAMESPACE), "electricity", encode(fleet))

    def clock(
        self, *, moved_ms: int | None, stream_ms: int = STREAM, read_ms: int | None = None
    ) -> None:
        """Set the digest's clock."""
        said = Clock(stream_ms, moved_ms, read_ms, WALL)
        self.client.set(clock_key(NAMESPACE), encode(said))

    def say(self, note: Note) -> None:
        """Write a note."""
        self.client.sadd(notes_key(NAMESPACE, note.id), encode(note))
        self.client.xadd(alert_changes_key(NAMESPACE), {"id": note.id})

    def token(
        self,
        role: Role = "operator",
        *scopes: Scope,
        customer: str | None = None,
        name: str = "ada",
        namespace: str = NAMESPACE,
        per_second: float | None = 1_000.0,
        expires_ms: int | None = None,
        meters: tuple[str, ...] = (MINE,),
    ) -> tuple[Credential, str]:
        """Make a token.

        Args:
            meters: That it may write, if it may write any.
        """
        token, text = new_credential(
            namespace,
            "token",
            name=name,
            role=role,
            now_ms=WALL,
            scopes=scopes or None,
            customer=customer,
            per_second=per_second,
            expires_ms=expires_ms,
            meters=meters if "write:readings" in scopes else None,
        )
        self.client.hset(tokens_key(namespace), token.id, encode(token))
        return token, text
