"""Alerts of registers worked out by hand, and those of the jobs' rules on hours of any kind."""

import random
from collections.abc import Mapping
from dataclasses import replace

import msgspec
import pytest

from contracts.facts import MeterHour
from contracts.time import DAY_MS, HOUR_MS
from jobs.fold import fold
from jobs.rules.all import read
from tests.support.chance import seeds
from tests.unit.verification.oracle.detection.an_hour import AN_HOUR
from verification.oracle.detection.alerts import register_alerts
from verification.oracle.detection.rules import Rules, read_rules
from verification.rows import AlertKey, AlertVersion, FactKey, HourFact
from verification.stores.detected import alert_version

RULES = read_rules()
T = 1_357_000_000_000 // DAY_MS * DAY_MS


def hours(*facts: HourFact) -> dict[FactKey, HourFact]:
    """One after the other, the first ends at T."""
    return {("m", T + number * HOUR_MS): fact for number, fact in enumerate(facts)}


def gained(*energies: float) -> dict[FactKey, HourFact]:
    return hours(*(AN_HOUR._replace(energy=energy) for energy in energies))


def told(
    facts: Mapping[FactKey, HourFact], rules: Rules = RULES
) -> list[tuple[str, int, int, str, str | None]]:
    """Kind, number of the alert's first hour and of the version's, state and reason of each."""
    return [
        (
            each.kind,
            (each.opened_at_ms - T) // HOUR_MS,
            (each.at_ms - T) // HOUR_MS,
            each.state,
            each.reason,
        )
        for each in register_alerts(facts, rules).values()
    ]


def test_a_register_that_stands_still_for_two_hours() -> None:
    alerts = register_alerts(gained(900, 450, 9, 0.5, 300, 720, 900), RULES)

    an_id = f"stuck_register:m:{T + 3 * HOUR_MS}"
    opened = AlertVersion(
        state="opened",
        kind="stuck_register",
        subject="m",
        severity="major",
        area="gcpuy",
        # Half of the second hour was counted.
        onset_ms=T + HOUR_MS // 2,
        opened_at_ms=T + 3 * HOUR_MS,
        at_ms=T + 3 * HOUR_MS,
        rule="stuck",
        numbers=(
            ("expected", 12),
            ("gained_wh", 459.5),
            ("hour_gained_wh", 0.5),
            ("hour_said_wh", 900),
            ("readings", 12),
            ("said_wh", 2_700),
        ),
        rules=RULES.version,
    )
    closed = opened._replace(
        state="closed",
        at_ms=T + 6 * HOUR_MS,
        rule="counts",
        numbers=(
            ("expected", 12),
            ("gained_wh", 759.5),
            ("hour_gained_wh", 900),
            ("hour_said_wh", 900),
            ("readings", 12),
            ("said_wh", 3_600),
        ),
        restored_at_ms=T + 4 * HOUR_MS,
        closed_at_ms=T + 6 * HOUR_MS,
        reason="counts",
    )
    assert alerts == {(an_id, 1): opened, (an_id, 2): closed}


@pytest.mark.parametrize(
    "energies", [(0, 900, 0), (0, 180, 0), (0, 450, 0, 900, 0), (900, 900), (0,)], ids=str
)
def test_a_register_that_counts_between_is_not_told_of(energies: tuple[float, ...]) -> None:
    assert told(gained(*energies)) == []


def test_hours_that_cannot_be_judged_are_passed_over() -> None:
    few = AN_HOUR._replace(readings=10, energy=900.0)
    little = AN_HOUR._replace(by_demand=199.999, energy=180.0)
    none = AN_HOUR._replace(by_demand=None)
    still = AN_HOUR._replace(energy=0.0)

    assert told(hours(still, few, little, none, still, few, AN_HOUR, little, AN_HOUR)) == [
        ("stuck_register", 4, 4, "opened", None),
        ("stuck_register", 4, 8, "closed", "counts"),
    ]


def test_a_stuck_register_is_told_of_again_each_day() -> None:
    facts = gained(*[0.0] * 30, 900, *[0.0] * 30)

    assert told(facts) == [
        ("stuck_register", 1, 1, "opened", None),
        ("stuck_register", 1, 25, "updated", None),
        ("stuck_register", 1, 49, "updated", None),
    ]
    last = dict(list(register_alerts(facts, RULES).values())[-1].numbers)
    assert (last["gained_wh"], last["said_wh"]) == (0, 49 * 900)


FELL_MS = T - 10 * 60_000
FALLEN = AN_HOUR._replace(fell_ms=FELL_MS)


def test_a_register_that_fell_is_told_of_for_a_day() -> None:
    alerts = list(register_alerts(hours(*[FALLEN] * 25), RULES).values())

    assert [(each.state, each.at_ms, each.reason) for each in alerts] == [
        ("opened", T, None),
        ("closed", T + 24 * HOUR_MS, "not_announced"),
    ]
    assert alerts[0].severity == "notice"
    assert alerts[0].onset_ms == FELL_MS
    assert alerts[0].numbers == (("falls", 1), ("fell_ms", FELL_MS), ("register_wh", 4_500))


@pytest.mark.parametrize(
    ("installed_ms", "steps"),
    [
        (FELL_MS - DAY_MS, []),
        (FELL_MS - DAY_MS - 1, [("register_back", 0, 0, "opened", None)]),
    ],
)
def test_an_exchange_is_one_of_about_that_time(
    installed_ms: int, steps: list[tuple[str, int, int, str, str | None]]
) -> None:
    assert told(hours(*[FALLEN._replace(installed_ms=installed_ms)] * 3)) == steps


def test_an_exchange_may_be_announced_later_and_another_fall_come_before() -> None:
    again = FALLEN._replace(fell_ms=FELL_MS + HOUR_MS)
    late = again._replace(installed_ms=FELL_MS)
    facts = hours(FALLEN, again, again, late, late)

    assert told(facts) == [
        ("register_back", 0, 0, "opened", None),
        ("register_back", 0, 1, "updated", None),
        ("register_back", 0, 3, "closed", "exchanged"),
    ]
    assert dict(register_alerts(facts, RULES)[f"register_back:m:{T}", 2].numbers)["falls"] == 2


OFF = AN_HOUR._replace(off_ms=T - 5 * HOUR_MS)
QUIET = OFF._replace(energy=50.0, by_demand=50.0)


def test_use_while_off_until_it_is_quiet() -> None:
    facts = hours(QUIET, OFF, QUIET, OFF, QUIET, QUIET, QUIET)
    alerts = list(register_alerts(facts, RULES).values())

    assert told(facts) == [
        ("use_while_off", 1, 1, "opened", None),
        ("use_while_off", 1, 5, "closed", "quiet"),
    ]
    assert alerts[0].onset_ms == T
    assert alerts[1].restored_at_ms == T + 3 * HOUR_MS
    assert alerts[1].numbers == (("hour_wh", 50), ("used_wh", 1_800))


def test_use_while_off_until_it_is_connected_and_then_again() -> None:
    facts = hours(*[OFF] * 26, AN_HOUR, OFF)

    assert told(facts) == [
        ("use_while_off", 0, 0, "opened", None),
        ("use_while_off", 0, 24, "updated", None),
        ("use_while_off", 0, 26, "closed", "connected"),
        ("use_while_off", 27, 27, "opened", None),
    ]


IDLE = AN_HOUR._replace(energy=0.0, by_demand=None, zero_hours=24, idle_hours=22)


def test_no_use_until_there_is_a_base_load() -> None:
    before = IDLE._replace(zero_hours=23, idle_hours=21)
    used = IDLE._replace(energy=70.5, zero_hours=0)
    facts = hours(before, *[IDLE] * 25, used, IDLE, used, used._replace(idle_hours=0), IDLE)
    alerts = list(register_alerts(facts, RULES).values())

    assert told(facts) == [
        ("zero_use", 1, 1, "opened", None),
        ("zero_use", 1, 25, "updated", None),
        ("zero_use", 1, 29, "closed", "used"),
        ("zero_use", 30, 30, "opened", None),
    ]
    assert alerts[0].onset_ms == T - 23 * HOUR_MS
    assert alerts[0].numbers == (("hours", 24), ("used_wh", 0))
    assert alerts[2].restored_at_ms == T + 27 * HOUR_MS
    assert alerts[2].numbers == (("hours", 52), ("used_wh", 211.5))


@pytest.mark.parametrize(
    "other", [{"by_demand": 0.001}, {"idle_hours": None}, {"idle_hours": 720}], ids=str
)
def test_no_use_that_is_told_otherwise_or_usual(other: dict[str, float | None]) -> None:
    assert told(hours(*[IDLE._replace(**other)] * 3)) == []  # type: ignore[arg-type]


def test_numbers_are_those_of_the_file() -> None:
    slow = replace(RULES, stuck_register=replace(RULES.stuck_register, stuck_hours=3))

    assert told(gained(0, 0), slow) == []
    assert told(gained(0, 0, 0), slow) == [("stuck_register", 2, 2, "opened", None)]


def of_the_jobs(facts: Mapping[FactKey, HourFact]) -> dict[AlertKey, AlertVersion]:
    """What the watch job would put out."""
    rules, kept = read(), dict[str, bytes | None]()
    found: dict[AlertKey, AlertVersion] = {}
    for (meter_id, at_ms), fact in sorted(facts.items()):
        said = MeterHour(meter_id, at_ms, *fact[:-1])
        kept[meter_id], alerts = fold(kept.get(meter_id), msgspec.json.encode(said), rules)
        for alert in alerts:
            version = alert_version(msgspec.json.encode(alert))
            assert version is not None
            assert version[0] not in found
            found[version[0]] = version[1]
    return found


def random_hours(rng: random.Random) -> dict[FactKey, HourFact]:
    """Facts that no log would make: some hours are not said, and anything may be in others."""
    facts = dict[FactKey, HourFact]()
    at_ms, fell_ms = T, None
    off_ms, installed_ms = rng.choice([None, T]), rng.choice([None, T - HOUR_MS])
    calm = rng.choice([0.1, 0.5, 0.9])
    energy = 0.0
    idle_hours = rng.choice([None, 1, 718])
    for _ in range(rng.randrange(1, 120)):
        at_ms += HOUR_MS * rng.choice([1, 1, 1, 1, 2, 30])
        said = rng.choice([None, 199.999, 200.0, 1_000.0, 1_000.0, 1_000.0, 333.333])
        if rng.random() > calm:
            energy = rng.choice([0, 50, 50.001, 199.999, 200, 480, 799.999, 800, 266.666, -3.5])
        if rng.random() < 0.1:
            fell_ms = at_ms - rng.randrange(HOUR_MS)
        if rng.random() < 0.05:
            off_ms = None if off_ms else at_ms - 2 * HOUR_MS
        if rng.random() < 0.05:
            installed_ms = at_ms - rng.randrange(2 * DAY_MS)
        if rng.random() < 0.1:
            idle_hours = rng.choice([None, 0, 1, 24, 719, 720])
        facts["m", at_ms] = HourFact(
            area=rng.choice(["gcpuy", "gcpvz"]),
            energy=float(energy),
            by_demand=said,
            readings=rng.choice([12, 12, 12, 11, 10]),
            expected=rng.choice([12, 12, 0]),
            register=rng.randrange(10**9) / 1_000,
            fell_ms=rng.choice([fell_ms] * 9 + [None]),
            off_ms=off_ms,
            installed_ms=installed_ms,
            zero_hours=rng.choice([1, 23, 24, 27]) if energy <= 0 else 0,
            idle_hours=idle_hours,
        )
    return facts


@pytest.mark.parametrize("seed", seeds(300))
def test_alerts_of_hours_are_those_of_the_jobs(seed: int) -> None:
    facts = random_hours(random.Random(seed))

    assert register_alerts(facts, RULES) == of_the_jobs(facts)
