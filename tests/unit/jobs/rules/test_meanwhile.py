"""Causes that are known before registers tell, each case with the values that it must have."""

from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from contracts.facts import FeederSlice
from jobs.rules import meanwhile
from jobs.rules.all import read
from jobs.rules.meanwhile import Supply, by_supply, lost_power
from jobs.rules.outage_numbers import GaspNumbers, OutageNumbers
from tests.unit.jobs.rules.network import FEEDER, T0, Dark, Home, Network, ids, network
from tests.unit.jobs.rules.test_outage import ALL, told

GASPS = GaspNumbers(homes=2, within_ms=60_000)


@pytest.mark.parametrize(
    ("lost_ms", "is_so"),
    [(None, False), (39_999, False), (40_000, True), (165_000, True), (165_001, False)],
)
def test_who_loses_power_does_so_from_the_onset_until_the_next_reading(
    lost_ms: int | None, is_so: bool
) -> None:
    assert lost_power(lost_ms, 100_000, 105_000, GASPS) == is_so


def test_a_home_that_was_due_before_may_have_lost_power_at_the_onset() -> None:
    assert lost_power(160_000, 100_000, 50_000, GASPS)
    assert not lost_power(160_001, 100_000, 50_000, GASPS)


def test_a_home_that_gasps_is_out_as_soon_as_it_is_due() -> None:
    """Home 42 was due 0.8 s ago when it is found, and home 3 is in 0.3 s."""
    dark = Dark(ALL, 63_150, 600_000, gasping=[35, 42, 3])
    first = told(network(50, 120_000, [dark]).facts())[0]

    assert (first.at_ms, first.cause) == (T0 + 65_000, "power")
    assert first.homes == ids([*range(32, 40), 42])
    assert first.evidence.numbers["gasped_homes"] == 2


def test_a_slow_home_that_gasps_holds_no_outage_open() -> None:
    """It is not due while the others are out, and reads half an hour after the others are back."""
    dark = Dark(range(21), 63_150, 600_000, gasping=range(21))
    homes = [Home(number, 5_000, 100 * number, [dark]) for number in range(20)]
    slow = Home(20, 3_600_000, 10_000, [dark])
    *_, closed = told(Network([*homes, slow], 1_200_000).facts())

    assert (closed.state, closed.at_ms) == ("closed", T0 + 605_000)
    assert closed.homes == ids(range(20))


def test_one_gasp_is_too_few_for_a_feeder() -> None:
    dark = Dark(ALL, 63_150, 600_000, gasping=[35])
    first = told(network(50, 120_000, [dark]).facts())[0]

    assert (first.at_ms, first.cause) == (T0 + 65_000, "unknown")
    assert first.evidence.numbers["gasped_homes"] == 1


def test_two_gasps_tell_that_it_is_power() -> None:
    dark = Dark(ALL, 63_150, 600_000, gasping=[35, 36])
    alerts = told(network(50, 700_000, [dark]).facts())

    first = alerts[0]
    assert (first.at_ms, first.cause) == (T0 + 65_000, "power")
    assert first.evidence.numbers == {
        "due_homes": 8,
        "needed_homes": 8,
        "living_homes": 50,
        "gasped_homes": 2,
    }
    assert first.evidence.text == (
        "All 8 homes due since 16:16:03 stayed away; 8 of 8 are out. "
        "2 homes said that they lost power, at 16:16:03: power."
    )
    assert {each.cause for each in alerts} == {"power"}
    assert "Registers stood still" in alerts[-1].evidence.text


def test_a_gasp_of_who_joins_hours_later_is_of_another_silence() -> None:
    link = Dark(range(10), 60_000, 14_400_000, rho=0.9)
    power = Dark([20, 21], 7_200_000, 14_400_000, gasping=[20, 21])
    alerts = told(network(50, 7_300_000, [link, power]).facts())

    assert {each.kind for each in alerts} == {"outage"}
    assert alerts[-1].homes_count == 12
    assert {each.cause for each in alerts} == {"unknown"}
    assert "gasped_homes" not in alerts[-1].evidence.numbers


def test_gasps_count_of_a_power_cut_that_takes_the_rest_of_a_feeder() -> None:
    """Ten homes have lost their link for two hours, when the feeder loses its power."""
    link = Dark(range(10), 60_000, 14_400_000, rho=0.9)
    power = Dark(range(10, 50), 7_200_000, 14_400_000, gasping=range(10, 50))
    alerts = told(network(50, 7_320_000, [link, power]).facts())

    assert len({each.id for each in alerts}) == 1
    last = alerts[-1]
    assert (last.onset_ms, last.evidence.rule) == (alerts[0].onset_ms, "full")
    assert (last.cause, last.homes_count) == ("power", 50)
    assert last.evidence.numbers["gasped_homes"] == 40


def test_gasps_do_not_count_of_who_joins_a_dark_feeder_later() -> None:
    """The link of a part, and of all the others an hour later; of them two gasp two minutes after
    they were heard again for a moment."""
    two = [20, 21]
    darks = [
        Dark(range(10), 60_000, 9_000_000, rho=0.9),
        Dark([*range(10, 20), *range(22, 50)], 3_600_000, 9_000_000),
        Dark(two, 3_600_000, 3_690_000),
        Dark(two, 3_720_000, 9_000_000, gasping=two),
    ]
    alerts = told(network(50, 3_840_000, darks).facts())

    assert alerts[-1].evidence.rule == "full"
    assert {each.cause for each in alerts} == {"unknown"}
    assert not any("gasped_homes" in each.evidence.numbers for each in alerts)


def test_gasps_count_of_all_who_may_have_been_hit_at_once() -> None:
    """Ten half-hourly homes fall silent at two hours, when the first of them was due. Five that
    were heard up to 1 h 42 min are found first; those that gasped were heard later, and join."""
    part, begin_ms, end_ms = range(0, 50, 5), 7_199_999, 20_000_000
    dark = Dark(part, begin_ms, end_ms, gasping=[40, 45])
    silent = Dark(part, begin_ms, end_ms)
    # They were heard when the first was due, and gasp more than a minute after that.
    others = Dark([3, 4], 7_350_000, end_ms, gasping=[3, 4])
    for darks, gasped in (([dark], 2), ([silent, others], 0)):
        facts = network(50, 13_600_000, darks, cadence_ms=1_800_000, apart_ms=36_000).facts()
        last = told(facts)[-1]

        assert (last.onset_ms, last.homes_count) == (T0 + 6_120_000, 10 if gasped else 12)
        assert last.evidence.numbers.get("gasped_homes", 0) == gasped
        assert last.cause == ("power" if gasped else "unknown")


def test_gasps_that_come_later_are_told_of() -> None:
    dark = Dark(ALL, 63_150, 600_000, gasping=ALL, gasps_after_ms=20_000)
    alerts = told(network(50, 700_000, [dark]).facts())

    # Long before a minute has passed, with the homes that are out by then.
    assert [(each.at_ms - T0, each.cause) for each in alerts[:2]] == [
        (65_000, "unknown"),
        (85_000, "power"),
    ]
    assert alerts[1].evidence.numbers["gasped_homes"] == 50


def test_a_gasp_brings_nobody_back_and_delays_nothing() -> None:
    def steps(dark: Dark) -> list[tuple[str, int, int, int]]:
        alerts = told(network(50, 700_000, [dark]).facts())
        return [(each.state, each.at_ms, each.onset_ms, each.homes_out) for each in alerts]

    silent = steps(Dark(ALL, 63_150, 600_000))
    gasping = steps(Dark(ALL, 63_150, 600_000, gasping=ALL))
    # Those who gasp are out as soon as they are due.
    opened, *later = silent
    assert opened[3] == 8
    assert gasping == [(*opened[:3], 18), *later]


def test_registers_have_the_last_word() -> None:
    """Power was gone for an instant, and the link with it."""
    dark = Dark(ALL, 63_150, 600_000, rho=0.9, gasping=ALL)
    alerts = told(network(50, 700_000, [dark]).facts())

    assert [each.cause for each in alerts] == ["power", "power", "power", "communication"]
    assert alerts[-1].evidence.numbers["gasped_homes"] == 50
    assert alerts[-1].customer_minutes is None
    assert alerts[-1].evidence.text.endswith(
        "Registers counted on (90.0% of the usual): communication."
    )


@pytest.mark.parametrize(("gasping", "cause"), [(ALL, "power"), ([], "mixed")])
def test_registers_that_counted_in_part_leave_it_to_gasps(gasping: range, cause: str) -> None:
    dark = Dark(ALL, 63_150, 600_000, rho=0.25, gasping=gasping)
    last = told(network(50, 700_000, [dark]).facts())[-1]

    assert last.cause == cause
    assert last.evidence.numbers["rho"] == 0.25


def test_where_no_register_tells_gasps_do() -> None:
    dark = Dark(ALL, 63_150, 600_000, rho=None, gasping=[1, 2])
    last = told(network(50, 700_000, [dark]).facts())[-1]

    assert (last.state, last.cause) == ("closed", "power")
    assert last.customer_minutes is not None


@pytest.mark.parametrize(
    ("rho", "cause"), [(0.0, "power"), (None, "power"), (0.1, "power"), (0.9, "communication")]
)
def test_a_meter_that_gasped_is_silent_for_want_of_power(rho: float | None, cause: str) -> None:
    dark = Dark([7], 60_000, 300_000, rho, gasping=[7])
    first, *_, last = told(network(50, 400_000, [dark]).facts())

    assert (first.kind, first.cause, first.severity) == ("meter_silent", "power", "warning")
    # Heard last at 55.7 s.
    assert first.evidence.numbers["lost_power_after_ms"] == 4_300
    assert first.evidence.text == (
        "Nothing heard since 16:15:55, a reading each 5 s due. "
        "It said that it lost power at 16:16:00: power."
    )
    assert (last.state, last.cause) == ("closed", cause)
    assert (last.customer_minutes is None) == (cause == "communication")


def test_a_home_that_stays_away_is_still_one_that_gasped() -> None:
    dark = Dark(range(45), 63_150, 300_000)
    nested = Dark(range(45, 50), 63_150, 900_000, gasping=[49])
    alerts = told(network(50, 500_000, [dark, nested]).facts())

    left = {each.subject: each.cause for each in alerts if each.kind == "meter_silent"}
    assert left == {
        f"m0{number}": "power" if number == 49 else "unknown" for number in range(45, 50)
    }
    assert {each.subject for each in alerts if each.kind == "outage"} == {FEEDER}


SUPPLY = read().of(OutageNumbers).supply


@pytest.mark.parametrize(
    ("before_w", "least_w", "from_ms", "cause"),
    [
        (20_000.0, 999.0, 0, "power"),
        (20_000.0, 1_000.0, 200_000, "unknown"),
        (20_000.0, 10_000.0, 200_000, "unknown"),
        (20_000.0, 10_001.0, 200_000, "communication"),
        # In the interval the homes were there for a part.
        (20_000.0, 18_000.0, 104_999, "unknown"),
        (20_000.0, 18_000.0, 105_000, "communication"),
        # The sun fed in more than was drawn.
        (-20_000.0, 0.0, 200_000, "power"),
        (-20_000.0, 20_000.0, 200_000, "communication"),
        # Too little to compare with.
        (999.0, 0.0, 200_000, "unknown"),
        (-999.0, 999.0, 200_000, "unknown"),
    ],
)
def test_what_goes_in_tells_power_from_a_link(
    before_w: float, least_w: float, from_ms: int, cause: str
) -> None:
    supply = Supply(before_w, least_w, from_ms)

    assert by_supply(supply, meanwhile.Dark(100_000, 105_000), SUPPLY).cause == cause


def supplied(facts: Iterable[FeederSlice], least_w: float, from_ms: int) -> list[FeederSlice]:
    """With a supply meter that said 12 kW before, and since; the last since a time after T0."""
    more = {"supply_before_w": 12_000.0, "supply_least_w": least_w, "supply_from_ms": T0 + from_ms}
    return [replace(fact, **more) for fact in facts]


def test_a_supply_that_falls_to_nothing_is_one_of_power() -> None:
    facts = network(50, 700_000, [Dark(ALL, 63_150, 600_000)]).facts()
    alerts = told(supplied(facts, 24.0, 60_000))

    first = alerts[0]
    assert (first.at_ms, first.cause) == (T0 + 65_000, "power")
    assert first.evidence.numbers["supply_before_w"] == 12_000
    assert first.evidence.numbers["supply_least_w"] == 24
    assert first.evidence.text.endswith(" The supply fell to 0.2% of 12.0 kW: power.")
    assert {each.cause for each in alerts} == {"power"}


# At 65 s eight homes have stayed away that were due, the last of them at 63.9 s.
@pytest.mark.parametrize(("from_ms", "cause"), [(63_899, "unknown"), (63_900, "communication")])
def test_a_supply_that_goes_on_is_one_of_a_link(from_ms: int, cause: str) -> None:
    facts = network(50, 700_000, [Dark(ALL, 63_150, 600_000, 0.9)]).facts()
    alerts = told(supplied(facts, 11_640.0, from_ms))

    assert [each.cause for each in alerts] == [*[cause] * (len(alerts) - 1), "communication"]
    assert (
        "The supply went on, 97.0% of 12.0 kW or more: communication." in alerts[0].evidence.text
    ) == (cause == "communication")


def test_a_supply_tells_more_than_gasps_and_less_than_registers() -> None:
    dark = Dark(ALL, 63_150, 600_000, gasping=ALL)
    alerts = told(supplied(network(50, 700_000, [dark]).facts(), 11_640.0, 100_000))

    assert [each.cause for each in alerts] == [*["communication"] * 3, "power"]


def test_of_a_part_of_a_feeder_its_supply_says_nothing() -> None:
    dark = Dark(range(10, 20), 60_000, 400_000, None)
    alerts = told(supplied(network(50, 500_000, [dark]).facts(), 11_640.0, 100_000))

    assert {each.cause for each in alerts} == {"unknown"}
    assert not any("supply_least_w" in each.evidence.numbers for each in alerts)


def test_a_supply_says_nothing_any_more_when_homes_are_back() -> None:
    facts = network(50, 700_000, [Dark(ALL, 63_150, 600_000, None)]).facts()
    back = [each for each in facts if each.last_life_ms > T0 + 64_100]
    alerts = told([*facts[: -len(back)], *supplied(back, 11_640.0, 600_000)])

    assert alerts[-1].state == "closed"
    assert {each.cause for each in alerts} == {"unknown"}


def test_a_part_that_grows_to_the_whole_has_a_supply_from_then_on() -> None:
    part, rest = Dark(range(10), 60_000, 600_000), Dark(range(10, 50), 90_000, 600_000)
    facts = network(50, 500_000, [part, rest]).facts()
    alerts = told(supplied(facts, 11_640.0, 100_000))

    assert [(each.evidence.rule, each.cause) for each in alerts][:2] == [
        ("partial", "unknown"),
        ("full", "communication"),
    ]
