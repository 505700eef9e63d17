"""Outages and silent meters, each case with the values that it must have."""

from collections.abc import Iterable, Sequence

import pytest
from msgspec.structs import replace

from contracts.alerts import Alert
from contracts.facts import MISSED, SILENT, FeederSlice
from contracts.time import DAY_MS
from jobs.rules.all import read
from jobs.rules.outage import Feeder, step
from tests.unit.jobs.rules.network import FEEDER, T0, Dark, Home, Network, ids, network

RULES = read()
ALL = range(50)


def told(facts: Iterable[FeederSlice]) -> list[Alert]:
    """The versions of alerts that facts make."""
    state, alerts = Feeder(), []
    for fact in facts:
        state, said = step(state, fact, RULES)
        alerts += said
    return alerts


def steps(alerts: Sequence[Alert]) -> list[tuple[str, str, int, int]]:
    """Kind, state and time since T0 of each, and how many homes are out."""
    return [(each.kind, each.state, each.at_ms - T0, each.homes_out) for each in alerts]


def test_a_feeder_on_which_all_are_heard_is_not_told_of() -> None:
    assert told(network(50, 600_000).slices()) == []


def test_a_whole_feeder_is_dark_when_eight_homes_that_were_due_stayed_away() -> None:
    # Up to 63.1 s the first 32 are heard; of those due since, 8 are missed at 65 s.
    dark = Dark(ALL, 63_150, 600_000)
    (first, *_) = told(network(50, 120_000, [dark]).facts())

    assert (first.id, first.version, first.state) == (f"outage:{FEEDER}:{T0 + 65_000}", 1, "opened")
    assert (first.onset_ms, first.at_ms) == (T0 + 63_100, T0 + 65_000)
    assert (first.severity, first.cause, first.momentary) == ("notice", "unknown", False)
    assert (first.homes, first.homes_count, first.homes_out) == (ids(range(32, 40)), 8, 8)
    assert first.evidence.rule == "full"
    assert first.evidence.numbers == {"due_homes": 8, "needed_homes": 8, "living_homes": 50}
    assert first.evidence.text == "All 8 homes due since 16:16:03 stayed away; 8 of 8 are out."
    assert first.rules == RULES.version


def test_seven_are_too_few() -> None:
    dark = Dark(ALL, 63_250, 600_000)
    (first, *_) = told(network(50, 120_000, [dark]).facts())

    assert first.at_ms == T0 + 70_000
    assert first.onset_ms == T0 + 63_200


def test_an_outage_of_ten_minutes_from_its_beginning_to_its_end() -> None:
    dark = Dark(ALL, 63_150, 600_000)
    alerts = told(network(50, 1_200_000, [dark]).facts())

    # 8 homes at first, a minute later all that have missed two readings: the next fact after that
    # is at the turn of a minute, as it is when it is sustained.
    assert steps(alerts) == [
        ("outage", "opened", 65_000, 8),
        ("outage", "updated", 180_000, 50),
        ("outage", "updated", 420_000, 50),
        ("outage", "closed", 605_000, 0),
    ]
    assert [each.severity for each in alerts] == ["notice", "notice", "critical", "critical"]
    assert [each.version for each in alerts] == [1, 2, 3, 4]
    last = alerts[-1]
    # Home n is heard at 600 s and n tenths; the median of 50 is that of the 25th.
    assert last.restored_at_ms == T0 + 602_400
    assert last.closed_at_ms == T0 + 605_000
    assert last.customer_minutes == pytest.approx(
        sum(600_000 + 100 * n - 63_100 for n in ALL) / 60_000
    )
    assert (last.cause, last.momentary, last.reason) == ("power", False, "restored")
    assert (last.homes, last.homes_count) == (ids(ALL), 50)
    assert last.evidence.numbers["rho"] == 0


def test_all_homes_of_a_small_feeder_are_enough() -> None:
    dark = Dark(range(3), 60_050, 600_000)
    (first, *_) = told(network(3, 120_000, [dark], apart_ms=1_000).slices())

    # The second was due at 61 s and the third at 62 s, the first at 65 s: a second later it is
    # missed, at the end of the slice.
    assert (first.onset_ms, first.at_ms) == (T0 + 60_000, T0 + 70_000)
    assert first.evidence.numbers == {"due_homes": 3, "needed_homes": 3, "living_homes": 3}


def test_two_homes_are_no_feeder() -> None:
    dark = Dark(range(2), 60_050, 600_000)
    alerts = told(network(2, 200_000, [dark]).facts())

    assert {each.kind for each in alerts} == {"meter_silent"}


def test_five_homes_that_fall_silent_at_once_are_a_part_of_a_feeder() -> None:
    dark = Dark(range(10, 15), 60_000, 400_000)
    alerts = told(network(50, 500_000, [dark]).facts())

    # Heard last at 56.0 to 56.4 s; a second after the second missed reading is 67.4 s.
    first = alerts[0]
    assert steps(alerts)[0] == ("outage", "opened", 70_000, 5)
    assert first.onset_ms == T0 + 56_400
    assert first.homes == ids(range(10, 15))
    assert first.evidence.rule == "partial"
    assert first.evidence.numbers == {"at_once_homes": 5, "needed_homes": 5, "living_homes": 50}
    assert steps(alerts)[-1] == ("outage", "closed", 405_000, 0)
    assert alerts[-1].severity == "major"


def test_four_homes_are_silent_each_by_itself() -> None:
    dark = Dark(range(10, 14), 60_000, 400_000)
    alerts = told(network(50, 500_000, [dark]).facts())

    assert {each.kind for each in alerts} == {"meter_silent"}
    assert len({each.id for each in alerts}) == 4


@pytest.mark.parametrize(("homes", "kind"), [(6, "outage"), (5, "meter_silent")])
def test_a_part_of_a_large_feeder_is_a_tenth_of_it(homes: int, kind: str) -> None:
    dark = Dark(range(homes), 60_000, 400_000)
    alerts = told(network(60, 300_000, [dark], apart_ms=80).facts())

    assert {each.kind for each in alerts} == {kind}


def test_homes_that_fall_silent_one_after_the_other_are_no_outage() -> None:
    darks = [Dark([n], 60_000 + 20_000 * n, 500_000) for n in range(10)]
    alerts = told(network(50, 400_000, darks).facts())

    assert {each.kind for each in alerts} == {"meter_silent"}


def test_an_outage_grows_from_a_part_to_the_whole() -> None:
    part, rest = Dark(range(10), 60_000, 600_000), Dark(range(10, 50), 90_000, 600_000)
    alerts = told(network(50, 700_000, [part, rest]).facts())

    assert len({each.id for each in alerts}) == 1
    assert [each.evidence.rule for each in alerts][:2] == ["partial", "full"]
    assert alerts[0].homes_count == 10
    assert alerts[-1].homes_count == 50
    assert alerts[-1].onset_ms == alerts[0].onset_ms == T0 + 55_900


def test_homes_that_stay_away_are_told_of_when_the_others_are_back() -> None:
    dark = Dark(range(45), 63_150, 300_000)
    nested = Dark(range(45, 50), 63_150, 900_000)
    alerts = told(network(50, 1_000_000, [dark, nested]).facts())

    # 45 of 50 are back at 305 s, and the rest is waited for a minute: until the fact after that.
    outage = [each for each in alerts if each.kind == "outage"]
    assert steps(outage)[-1] == ("outage", "closed", 420_000, 5)
    assert outage[-1].customer_minutes == pytest.approx(
        (sum(300_000 + 100 * n - 63_100 for n in range(45)) + 5 * (420_000 - 63_100)) / 60_000
    )
    assert outage[-1].momentary
    silent = [each for each in alerts if each.kind == "meter_silent"]
    opened = [each for each in silent if each.state == "opened"]
    assert [each.subject for each in opened] == list(ids(range(45, 50)))
    assert {(each.at_ms - T0, each.reason) for each in opened} == {(420_000, "not_restored")}
    assert {each.evidence.rule for each in opened} == {"not_restored"}
    # They are not found again, as an outage of their own.
    assert len({each.id for each in outage}) == 1
    closed = [each for each in silent if each.state == "closed"]
    assert {(each.at_ms - T0, each.reason, each.cause) for each in closed} == {
        (905_000, "heard", "power")
    }


def test_homes_that_are_dark_again_are_out_again() -> None:
    darks = [
        Dark(ALL, 63_150, 300_000),
        Dark(range(20), 320_000, 700_000),
        Dark(range(45, 50), 63_150, 900_000),
    ]
    alerts = told(network(50, 800_000, darks).slices())

    # 45 are back at 305 s, 25 at 335 s, and 45 once more at 705 s.
    outage = [each for each in alerts if each.kind == "outage"]
    assert len({each.id for each in outage}) == 1
    assert 25 in [each.homes_out for each in outage]
    assert steps(outage)[-1] == ("outage", "closed", 765_000, 5)


def test_an_outage_begins_with_no_fact_after_which_none_may_come() -> None:
    dark = Dark(range(3), 63_000, 600_000)
    slow = network(3, 250_000, [dark], cadence_ms=60_000, apart_ms=1_000)

    # All have missed one reading after 123 s, which is nothing yet, and two after 181 s.
    assert told(slow.slices())[0].at_ms == T0 + 185_000


def test_a_fact_said_again_changes_nothing() -> None:
    facts = network(50, 600_000, [Dark(ALL, 63_150, 300_000)]).facts()
    again = [*facts[:5], *facts[2:6], *facts, *facts[-3:]]

    assert told(again) == told(facts)


def test_a_flicker_is_momentary() -> None:
    dark = Dark(ALL, 63_150, 90_000)
    alerts = told(network(50, 300_000, [dark]).facts())

    assert steps(alerts) == [("outage", "opened", 65_000, 8), ("outage", "closed", 95_000, 0)]
    assert (alerts[-1].momentary, alerts[-1].severity) == (True, "notice")


@pytest.mark.parametrize(
    ("end_ms", "momentary"),
    # The median home is heard 2.4 s later, and 63.1 s is the onset.
    [(360_000, True), (365_000, False)],
)
def test_up_to_five_minutes_are_momentary(end_ms: int, momentary: bool) -> None:
    alerts = told(network(50, 600_000, [Dark(ALL, 63_150, end_ms)]).facts())

    assert alerts[-1].momentary == momentary
    assert alerts[-1].severity == ("notice" if momentary else "critical")


@pytest.mark.parametrize(
    ("rho", "cause", "severity", "word"),
    [
        (0.09, "power", "critical", "stood still"),
        (0.25, "mixed", "critical", "counted in part"),
        (0.9, "communication", "warning", "counted on"),
        (None, "unknown", "critical", "most until"),
    ],
)
def test_registers_say_the_cause(rho: float | None, cause: str, severity: str, word: str) -> None:
    alerts = told(network(50, 900_000, [Dark(ALL, 63_150, 700_000, rho)]).facts())

    assert [each.cause for each in alerts[:-1]] == ["unknown"] * (len(alerts) - 1)
    last = alerts[-1]
    assert (last.state, last.cause, last.severity) == ("closed", cause, severity)
    assert word in last.evidence.text
    assert (last.customer_minutes is None) == (cause == "communication")


def test_a_meter_is_silent_by_itself() -> None:
    dark = Dark([7], 60_000, 500_000, 0.0)
    alerts = told(network(50, 600_000, [dark]).facts())

    # Heard last at 55.7 s, silent after 30 s, told of after 10 s more.
    (first, *_, last) = alerts
    assert (first.id, first.version) == (f"meter_silent:m007:{T0 + 100_000}", 1)
    assert (first.state, first.severity, first.cause) == ("opened", "warning", "unknown")
    assert (first.onset_ms, first.homes, first.homes_out) == (T0 + 55_700, ("m007",), 1)
    assert first.reason is None
    assert (last.state, last.at_ms, last.restored_at_ms) == (
        "closed",
        T0 + 505_000,
        T0 + 500_700,
    )
    assert (last.cause, last.reason, last.momentary) == ("power", "heard", False)
    assert last.customer_minutes == pytest.approx((500_700 - 55_700) / 60_000)


@pytest.mark.parametrize(
    ("rho", "cause"), [(0.04, "power"), (0.1, "unknown"), (0.5, "communication"), (None, "unknown")]
)
def test_a_single_register_says_the_cause(rho: float | None, cause: str) -> None:
    alerts = told(network(50, 600_000, [Dark([7], 60_000, 500_000, rho)]).facts())

    assert (alerts[-1].state, alerts[-1].cause) == ("closed", cause)
    assert (alerts[-1].customer_minutes is None) == (cause != "power")


def test_a_silence_is_not_told_of_before_the_wait() -> None:
    # Silent at 85.7 s; 10 s later is 95.7 s.
    facts = list(network(50, 100_000, [Dark([7], 60_000, 500_000)]).slices())

    assert told(facts[:-1]) == []
    assert steps(told(facts)) == [("meter_silent", "opened", 100_000, 1)]


def test_a_silence_that_becomes_an_outage_within_the_wait_is_never_told_of() -> None:
    darks = [Dark([7], 60_000, 500_000), Dark(ALL, 90_000, 500_000)]
    alerts = told(network(50, 600_000, darks).slices())

    assert {each.kind for each in alerts} == {"outage"}
    assert "m007" in alerts[-1].homes


def test_a_meter_that_is_silent_for_long_is_no_part_of_an_outage() -> None:
    darks = [Dark([7], 60_000, 900_000), Dark(ALL, 300_000, 600_000)]
    alerts = told(network(50, 1_000_000, darks).facts())

    outage = [each for each in alerts if each.kind == "outage"]
    assert outage[-1].homes == ids(set(ALL) - {7})
    assert steps(outage)[-1] == ("outage", "closed", 605_000, 0)
    silent = [each for each in alerts if each.kind == "meter_silent"]
    assert {each.subject for each in silent} == {"m007"}
    assert steps(silent)[-1] == ("meter_silent", "closed", 905_000, 0)


def test_a_silence_that_an_outage_explains_is_closed_as_part_of_it() -> None:
    # Three read each 5 s and are told of; with the fourth, which reads each 5 minutes, all are out.
    homes = [Home(n, 5_000, 100 * n, [Dark(range(4), 60_000, 900_000)]) for n in range(3)]
    homes.append(Home(3, 300_000, 10_000, [Dark(range(4), 60_000, 900_000)]))
    alerts = told(Network(homes, 1_500_000).slices())

    outage = next(each for each in alerts if each.kind == "outage")
    # The fourth is due at 310 s, and missed when that was more than a fifth of its cadence ago.
    assert (outage.onset_ms, outage.at_ms) == (T0 + 55_200, T0 + 375_000)
    assert outage.homes == ids(range(4))
    silent = [each for each in alerts if each.kind == "meter_silent"]
    assert {(each.state, each.reason) for each in silent if each.state == "closed"} == {
        ("closed", outage.id)
    }
    assert len([each for each in silent if each.state == "closed"]) == 3


def test_whoever_is_dark_for_hours_is_still_waited_for() -> None:
    two_hours = 7_200_000
    alerts = told(network(50, two_hours + 60_000, [Dark(ALL, 63_150, two_hours)]).facts())

    # After an hour none is among those that live, and nothing is said until they come.
    assert steps(alerts)[-1] == ("outage", "closed", two_hours + 5_000, 0)
    assert alerts[-1].restored_at_ms == T0 + two_hours + 2_400
    assert len({each.id for each in alerts}) == 1


def test_a_full_list_leaves_homes_out_that_are_counted() -> None:
    facts = network(50, 190_000, [Dark(ALL, 63_150, 600_000)]).facts()
    cut = [replace(each, missed=each.missed[:20]) for each in facts]
    alerts = told(cut)

    # The 8 of the beginning, and the 20 that were heard last.
    assert alerts[-1].homes == ids([*range(32, 40), *range(12, 32)])
    assert steps(alerts)[-1] == ("outage", "updated", 180_000, 50)
    assert alerts[-1].homes_count == 50


def test_who_is_cut_off_from_a_full_list_is_not_back() -> None:
    facts = network(50, 700_000, [Dark(ALL, 63_150, 600_000)]).facts()
    cut = [replace(each, missed=each.missed[:20]) for each in facts]

    assert steps(told(cut))[-1] == ("outage", "closed", 605_000, 0)


def test_nobody_is_judged_by_a_clock_that_stands_still() -> None:
    facts = list(network(50, 300_000, [Dark(range(10), 60_000, 900_000)]).slices())
    standing = [
        replace(
            each,
            missed=tuple(replace(one, stands=MISSED) for one in each.missed),
            missed_twice=0,
            silent=0,
        )
        for each in facts
    ]

    assert told(facts)
    assert told(standing) == []


def test_an_outage_is_given_up_after_thirty_days() -> None:
    facts = network(50, 120_000, [Dark(ALL, 63_150, 600_000)]).facts()
    late = replace(
        facts[-1],
        at_ms=T0 + 31 * 86_400_000,
        alive=0,
        missed=(),
        missed_count=0,
        missed_twice=0,
        silent=0,
    )
    last = told([*facts, late])[-1]

    assert (last.state, last.reason, last.restored_at_ms) == ("closed", "gone", None)


def test_what_depends_on_time_alone_is_told_by_facts_of_each_day() -> None:
    facts = network(50, 300_000, [Dark([7], 60_000, 600_000)]).facts()
    midnight = T0 - T0 % DAY_MS + DAY_MS
    days = [replace(facts[-1], at_ms=midnight + day * DAY_MS) for day in range(40)]

    alerts = told([*facts, *days])

    # It was not heard from a quarter past four on.
    assert [(each.state, each.at_ms) for each in alerts] == [
        ("opened", T0 + 100_000),
        *(("updated", day.at_ms) for day in days[:30]),
        ("closed", days[30].at_ms),
    ]
    assert alerts[-1].reason == "gone"


def without(fact: FeederSlice, meter_id: str) -> FeederSlice:
    """A fact after which the registry has the meter no more, or somewhere else."""
    return replace(
        fact,
        members=fact.members - 1,
        alive=fact.alive - 1,
        missed=tuple(each for each in fact.missed if each.meter_id != meter_id),
        missed_count=fact.missed_count - 1,
        missed_twice=fact.missed_twice - 1,
        silent=fact.silent - 1,
    )


@pytest.mark.parametrize("others", [50, 1])
def test_a_silent_meter_that_the_registry_has_no_more_is_gone(others: int) -> None:
    numbers = [7] if others > 1 else [0]
    facts = list(network(others, 200_000, [Dark(numbers, 60_000, 500_000)]).slices())
    (meter_id,) = ids(numbers)
    alerts = told([*facts[:-1], without(facts[-1], meter_id)])

    assert steps(alerts) == [
        ("meter_silent", "opened", 100_000, 1),
        ("meter_silent", "closed", 200_000, 1),
    ]
    assert (alerts[-1].reason, alerts[-1].restored_at_ms) == ("gone", None)


def test_a_silence_is_for_long_by_the_clock_of_its_partition() -> None:
    facts = list(network(50, 300_000, [Dark([7], 60_000, 500_000)]).slices())
    standing = [
        replace(each, missed=tuple(replace(one, stands=SILENT) for one in each.missed))
        for each in facts
    ]

    assert told(standing) == []


def test_a_home_that_the_registry_has_no_more_is_not_back_in_an_outage() -> None:
    facts = list(network(10, 700_000, [Dark(range(10), 60_000, 600_000)]).slices())
    removed = [
        without(each, "m003") if T0 + 200_000 <= each.at_ms < T0 + 605_000 else each
        for each in facts
    ]
    # It does not come back, since nobody knows it.
    removed = [
        replace(each, returned=tuple(one for one in each.returned if one.meter_id != "m003"))
        for each in removed
    ]
    alerts = told(removed)

    last = alerts[-1]
    assert (last.kind, last.state, last.reason) == ("outage", "closed", "restored")
    assert (last.homes, last.homes_count, last.homes_out) == (ids(range(10)), 10, 0)
    assert last.at_ms == T0 + 605_000
    # Of the nine until each was heard again, of the one until it was gone.
    onset_ms = last.onset_ms - T0
    back_ms = [600_000 + 100 * number - onset_ms for number in range(10) if number != 3]
    assert last.customer_minutes == (sum(back_ms) + 200_000 - onset_ms) / 60_000


def test_an_outage_whose_homes_are_all_gone_is_gone() -> None:
    facts = list(network(3, 400_000, [Dark(range(3), 60_000, 600_000)]).slices())
    for number, meter_id in enumerate(ids(range(3))):
        facts = [
            without(each, meter_id) if each.at_ms >= T0 + 200_000 + 5_000 * number else each
            for each in facts
        ]
    alerts = told(facts)

    assert (alerts[-1].kind, alerts[-1].state, alerts[-1].reason) == ("outage", "closed", "gone")
    assert alerts[-1].at_ms == T0 + 210_000
    assert alerts[-1].restored_at_ms is None
