"""What can be asked of live state in Redis, each question as its commands and how to read their
answers: the same for who waits (`adapters.live_store.LiveStore`) and who does not
(`AsyncLiveStore`). None of them looks at more than it answers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from msgspec import DecodeError
from msgspec.json import Decoder

from contracts.alerts import Alert, alert_changes_key, alerts_key, alerts_time_key
from contracts.digest import (
    WHOLE,
    By,
    Clock,
    Fleet,
    FleetMinute,
    RollUp,
    Total,
    clock_key,
    customer_key,
    fleet_key,
    fleet_minutes_key,
    meter_ids_key,
    places_key,
    registry_key,
    rollup_key,
    top_field,
    top_key,
    totals_key,
)
from contracts.live import (
    MEASURES,
    Group,
    Largest,
    LiveGroup,
    LiveMeter,
    Measure,
    group_key,
    largest_key,
    live_key,
    newest_key,
)
from contracts.meters import Meter
from contracts.notes import Note, in_order, notes_key
from contracts.reading import AREA_LENGTH, COMMODITIES, Commodity

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Command: TypeAlias = tuple[str | int, ...]

_clock = Decoder(Clock).decode
_fleet = Decoder(Fleet).decode
_fleet_minute = Decoder(FleetMinute).decode
_rollup = Decoder(RollUp).decode
_total = Decoder(Total).decode
_group = Decoder(LiveGroup).decode
_meter = Decoder(LiveMeter).decode
_largest = Decoder(Largest).decode
_entry = Decoder(Meter).decode
_alert = Decoder(Alert).decode
_note = Decoder(Note).decode


SLOTS_A_FIELD = 10
"""Redis' tables are an eighth full at least."""


@dataclass(frozen=True, slots=True)
class Question(Generic[T_co]):
    """Commands that go to Redis together, and what their answers mean."""

    commands: tuple[Command, ...]
    read: Callable[[Sequence[Any]], T_co]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a meter's id besides its values."""

    entry: Meter | None
    """Of the registry; None if it is not there."""
    areas: Mapping[Commodity, str]
    """Where its live value of each commodity is."""

    @property
    def anything(self) -> bool:
        """Whether there is a meter of that id."""
        return self.entry is not None or bool(self.areas)

    @property
    def main(self) -> Commodity:
        """The commodity that the registry says, else the first that was heard."""
        if self.entry is not None:
            return self.entry["commodity"]
        return next(iter(self.areas))

    def area(self, commodity: Commodity) -> str | None:
        """Where its value of a commodity is, as far as that is known."""
        if commodity in self.areas:
            return self.areas[commodity]
        # It may be heard since the digest looked.
        return None if self.entry is None else self.entry["geohash"][:AREA_LENGTH]


def clock(namespace: str) -> Question[Clock | None]:
    """How far live state has come; None if no digest has ever run."""
    return Question((("GET", clock_key(namespace)),), lambda answers: _one(_clock, answers[0]))


def newest_slice(namespace: str) -> Question[int | None]:
    """End of the newest slice of any commodity, as the jobs wrote it: for who cannot rely on the
    digest's clock."""
    keys = [newest_key(group_key(namespace, "area", each)) for each in COMMODITIES]
    return Question(
        (("MGET", *keys),),
        lambda answers: max((int(each) for each in answers[0] if each is not None), default=None),
    )


def fleet(namespace: str) -> Question[dict[Commodity, Fleet]]:
    """What all meters draw, by commodity."""
    return Question(
        (("HGETALL", fleet_key(namespace)),),
        lambda answers: {
            each: _fleet(answers[0][each]) for each in COMMODITIES if each in answers[0]
        },
    )


def fleet_minutes(namespace: str, commodity: Commodity) -> Question[dict[int, FleetMinute]]:
    """What all meters drew in the last hour of the stream, by the begin of each minute that was
    looked at, in their order."""
    all_of = _all_of(_fleet_minute)
    return Question(
        (("HGETALL", fleet_minutes_key(namespace, commodity)),),
        lambda answers: dict(sorted((int(at), each) for at, each in all_of(answers).items())),
    )


def totals(namespace: str, commodity: Commodity) -> Question[dict[str, Total]]:
    """What all meters have counted, by region, and by `contracts.digest.WHOLE`."""
    return Question((("HGETALL", totals_key(namespace, commodity)),), _all_of(_total))


def groups(namespace: str, group: Group, commodity: Commodity) -> Question[dict[str, LiveGroup]]:
    """What each area, feeder or region draws."""
    return Question((("HGETALL", group_key(namespace, group, commodity)),), _all_of(_group))


def all_groups(namespace: str, group: Group) -> Question[dict[tuple[str, str], LiveGroup]]:
    """What each area, feeder or region draws, by commodity and name."""
    return Question(
        tuple(("HGETALL", group_key(namespace, group, each)) for each in COMMODITIES),
        lambda answers: {
            (str(commodity), str(name)): _group(value)
            for commodity, found in zip(COMMODITIES, answers, strict=True)
            for name, value in found.items()
        },
    )


def some_groups(
    namespace: str, group: Group, commodity: Commodity, names: Sequence[str]
) -> Question[dict[str, LiveGroup]]:
    """As `groups`, of these alone."""
    return _some(group_key(namespace, group, commodity), names, _group)


def some_rollups(
    namespace: str, commodity: Commodity, precision: int, cells: Sequence[str]
) -> Question[dict[str, RollUp]]:
    """What the areas in these cells draw together."""
    return _some(rollup_key(namespace, commodity, precision), cells, _rollup)


def rollups(namespace: str, commodity: Commodity, precision: int) -> Question[dict[str, RollUp]]:
    """As `some_rollups`, of all cells: of the smallest precision these are few."""
    key = rollup_key(namespace, commodity, precision)
    return Question((("HGETALL", key),), _all_of(_rollup))


def known(namespace: str, meter_id: str) -> Question[Known]:
    """What is known of a meter."""
    commands: list[Command] = [("HGET", registry_key(namespace), meter_id)]
    commands += [("HGET", places_key(namespace, each), meter_id) for each in COMMODITIES]

    def read(answers: Sequence[Any]) -> Known:
        entry, *places = answers
        areas = {each: at for each, at in zip(COMMODITIES, places, strict=True) if at is not None}
        return Known(_entry_of(entry), areas)

    return Question(tuple(commands), read)


def entries(namespace: str, meter_ids: Sequence[str]) -> Question[dict[str, Meter]]:
    """The registry's entries of those that have one."""

    def read(answers: Sequence[Any]) -> dict[str, Meter]:
        found = {
            meter_id: _entry_of(value)
            for meter_id, value in zip(meter_ids, answers[0], strict=True)
        }
        return {meter_id: entry for meter_id, entry in found.items() if entry is not None}

    if not meter_ids:
        return Question((), lambda _: {})
    return Question((("HMGET", registry_key(namespace), *meter_ids),), read)


def meter_ids(
    namespace: str, *, prefix: str = "", after: str | None = None, most: int
) -> Question[list[str]]:
    """Up to so many ids of meters in their order, that begin so and come after one."""
    first = f"[{prefix}" if after is None or after < prefix else f"({after}"
    # No character of an id is as large.
    last = f"[{prefix}\x7f"
    command = ("ZRANGE", meter_ids_key(namespace), first, last, "BYLEX", "LIMIT", 0, most)
    return Question((command,), lambda answers: [str(each) for each in answers[0]])


def customers_meters(namespace: str, customer: str) -> Question[list[str]]:
    """The ids of a customer's meters, in their order."""
    return Question(
        (("SMEMBERS", customer_key(namespace, customer)),),
        lambda answers: sorted(str(each) for each in answers[0]),
    )


def meters_of_area(namespace: str, commodity: Commodity, area: str) -> Question[list[str]]:
    """The ids of the meters whose live value is in an area, in their order."""
    return Question(
        (("HKEYS", live_key(namespace, commodity, area)),),
        lambda answers: sorted(str(each) for each in answers[0]),
    )


def all_of_area(namespace: str, commodity: str, area: str) -> Question[dict[str, LiveMeter]]:
    """What is known of all meters of an area."""
    return Question((("HGETALL", live_key(namespace, commodity, area)),), _all_of(_meter))


def live_meters(
    namespace: str, commodity: Commodity, area: str, ids: Sequence[str]
) -> Question[dict[str, LiveMeter]]:
    """What is known of these meters, of those that are in the area."""
    return _some(live_key(namespace, commodity, area), ids, _meter)


def first_meters(
    namespace: str, commodity: str, area: str, most: int
) -> Question[dict[str, LiveMeter]]:
    """What is known of up to so many meters of an area, the same ones each time while none comes or
    goes."""

    def read(answers: Sequence[Any]) -> dict[str, LiveMeter]:
        _, found = answers[0]
        return {str(name): _meter(value) for name, value in islice(found.items(), most)}

    # As many fields as slots are looked at, on the average, and never nearly so few as these.
    command = ("HSCAN", live_key(namespace, commodity, area), 0, "COUNT", SLOTS_A_FIELD * most)
    return Question((command,), read)


def live_meter(
    namespace: str, commodity: Commodity, area: str, meter_id: str
) -> Question[LiveMeter | None]:
    """What is known of a meter that is in the area; None if it is not."""
    return Question(
        (("HGET", live_key(namespace, commodity, area), meter_id),),
        lambda answers: _one(_meter, answers[0]),
    )


def largest(
    namespace: str, commodity: Commodity, by: By, region: str = WHOLE
) -> Question[Largest | None]:
    """The largest meters of a commodity, or of it in a region; None if nobody has looked."""
    if region == WHOLE and by != "register":
        measure: Measure = "power" if by == "power" else "energy"
        command: Command = ("HGET", largest_key(namespace, commodity), measure)
    else:
        command = ("HGET", top_key(namespace, commodity), top_field(by, region))
    return Question((command,), lambda answers: _one(_largest, answers[0]))


def all_largest(namespace: str) -> Question[dict[str, dict[Measure, Largest]]]:
    """The largest meters by commodity and measure, of the commodities that have any."""
    return Question(
        tuple(("HGETALL", largest_key(namespace, each)) for each in COMMODITIES),
        lambda answers: {
            str(commodity): {by: _largest(found[by]) for by in MEASURES if by in found}
            for commodity, found in zip(COMMODITIES, answers, strict=True)
            if found
        },
    )


def alerts(namespace: str) -> Question[list[Alert]]:
    """All alerts that are open, and those closed in the last day of their time, in no order. They
    may be many MB: who asks again and again asks for `alert_changes`."""
    return Question(
        (("HVALS", alerts_key(namespace)),), lambda answers: list(map(_alert, answers[0]))
    )


def alerts_part(namespace: str, cursor: int, about: int) -> Question[tuple[int, dict[str, Alert]]]:
    """About so many of them by their ids, and the cursor of the next part, which is 0 after the
    last: from 0 on each comes that is there all the time, perhaps twice."""

    def read(answers: Sequence[Any]) -> tuple[int, dict[str, Alert]]:
        following, found = answers[0]
        return int(following), {str(name): _alert(value) for name, value in found.items()}

    return Question((("HSCAN", alerts_key(namespace), cursor, "COUNT", about),), read)


def some_alerts(namespace: str, ids: Sequence[str]) -> Question[dict[str, Alert]]:
    """Those of these that are there."""
    return _some(alerts_key(namespace), ids, _alert)


def last_alert_change(namespace: str) -> Question[str]:
    """The place from which on `alert_changes` tells of what changes."""
    command = ("XREVRANGE", alert_changes_key(namespace), "+", "-", "COUNT", 1)
    return Question((command,), lambda answers: str(answers[0][0][0]) if answers[0] else NO_CHANGE)


NO_CHANGE = "0-0"
"""Place before the first change."""


class AlertChanges(NamedTuple):
    """What became of alerts since a place."""

    ids: list[str]
    """Of the alerts of which something is otherwise, each once."""
    place: str
    """Of the last of these changes."""
    whole: bool
    """Whether these are all; else what came first is not known any more."""


def alert_changes(namespace: str, since: str) -> Question[AlertChanges]:
    """Which alerts changed, or had notes, since a place."""
    key = alert_changes_key(namespace)

    def read(answers: Sequence[Any]) -> AlertChanges:
        oldest, entries = answers
        there = _place_of(oldest[0][0]) <= _place_of(since) if oldest else since == NO_CHANGE
        ids = dict.fromkeys(str(fields["id"]) for _, fields in entries)
        return AlertChanges(list(ids), str(entries[-1][0]) if entries else since, there)

    commands = ("XRANGE", key, "-", "+", "COUNT", 1), ("XRANGE", key, f"({since}", "+")
    return Question(commands, read)


def _place_of(entry_id: str) -> tuple[int, int]:
    ms, _, number = str(entry_id).partition("-")
    return int(ms), int(number)


def alert(namespace: str, an_id: str) -> Question[Alert | None]:
    """One of them."""
    return Question(
        (("HGET", alerts_key(namespace), an_id),), lambda answers: _one(_alert, answers[0])
    )


def alerts_time_ms(namespace: str) -> Question[int | None]:
    """The time of alerts; None if none was ever written."""
    return Question(
        (("GET", alerts_time_key(namespace)),),
        lambda answers: None if answers[0] is None else int(answers[0]),
    )


def notes(namespace: str, ids: Sequence[str]) -> Question[dict[str, list[Note]]]:
    """What people say of each of these alerts, by its time; of those of which anybody does."""

    def read(answers: Sequence[Any]) -> dict[str, list[Note]]:
        said = {an_id: _notes(values) for an_id, values in zip(ids, answers, strict=True)}
        return {an_id: each for an_id, each in said.items() if each}

    return Question(tuple(("SMEMBERS", notes_key(namespace, an_id)) for an_id in ids), read)


def _one(decode: Callable[[str], T], value: str | None) -> T | None:
    return None if value is None else decode(value)


def _all_of(decode: Callable[[str], T]) -> Callable[[Sequence[Any]], dict[str, T]]:
    return lambda answers: {str(name): decode(value) for name, value in answers[0].items()}


def _some(key: str, names: Sequence[str], decode: Callable[[str], T]) -> Question[dict[str, T]]:
    if not names:
        return Question((), lambda _: {})
    return Question(
        (("HMGET", key, *names),),
        lambda answers: {
            name: decode(value)
            for name, value in zip(names, answers[0], strict=True)
            if value is not None
        },
    )


def _entry_of(value: str | None) -> Meter | None:
    """An entry, or None if there is none that can be read: it is as producers put it there."""
    try:
        return _one(_entry, value)
    except DecodeError:
        return None


def _notes(values: Sequence[str]) -> list[Note]:
    said = []
    for value in values:
        try:
            said.append(_note(value))
        except (DecodeError, RecursionError):
            continue
    return in_order(said)
