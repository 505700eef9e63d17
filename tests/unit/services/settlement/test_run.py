"""A run is a function of its arguments, and the interim one becomes the first."""

from dataclasses import replace

import pytest

from billing.curve.rules import LONGEST_MS, NUMBERS
from billing.settlement.errors import RunError
from billing.settlement.identities import again, of_settlement
from billing.settlement.ledger import deltas
from billing.settlement.written import charges_text
from billing.tariffs.plan import EXAMPLES, load
from contracts.billing import RunArguments
from contracts.masters import Installation, Premises, Site, Source, VeeRule
from contracts.time import DAY_MS
from services.settlement.run import run
from tests.support.london import ms
from tests.unit.billing.settlement.homes import HOME, RATE, A, installed, masters
from tests.unit.services.settlement.archives import Memory, memory
from tests.unit.services.settlement.test_curve import half_hours

FLAT = {("lcl-flat", 1): load((EXAMPLES / "lcl-flat.toml").read_text(), "lcl-flat")}
ITS = masters([(A, 0, None)], plan_id="lcl-flat", registers=[installed(source="counter")])
SAID = [
    (HOME, at_ms, register)
    for _, at_ms, register in half_hours(ms("2013-06-20T00:00"), ms("2013-08-05T00:00"))
]
ARGUMENTS = RunArguments("first", "london", "2013-07", (len(SAID),), ITS.as_of_ms, "test")


def archive(until: int = 2**62, *further: tuple[str, int, int]) -> Memory:
    return memory([*SAID, *further], until)


def test_what_comes_after_its_offsets_changes_nothing() -> None:
    late = (HOME, ms("2013-07-10T00:10"), SAID[0][2])
    (until,) = ARGUMENTS.readings_until

    first = run(ARGUMENTS, ITS, archive()).settlement
    later = run(ARGUMENTS, ITS, archive(until, late)).settlement

    assert charges_text(later.charges) == charges_text(first.charges)
    assert not of_settlement(first, FLAT)
    assert not again(first.charges, later.charges, deltas(first.charges, [], RATE).lines, RATE)
    # Without the cut, the late word is heard: it is a wrong one, and told.
    heard = run(ARGUMENTS, ITS, archive(2**62, late))
    assert [each.rule for each in heard.findings] == ["counter_decrease"]


def test_when_the_month_is_over_the_interim_run_is_the_first() -> None:
    interim = run(replace(ARGUMENTS, kind="interim"), ITS, archive()).settlement
    first = run(ARGUMENTS, ITS, archive()).settlement

    assert interim.charges == first.charges
    assert sum(charge.quantity for charge in first.charges) == 100_000 * 31 * 48


def test_an_interim_run_of_a_running_month_bills_what_there_is() -> None:
    half = [each for each in SAID if each[1] <= ms("2013-07-10T23:00")]

    interim = run(replace(ARGUMENTS, kind="interim"), ITS, memory(half), estimate=False).settlement

    assert sum(charge.quantity for charge in interim.charges) == 100_000 * 10 * 48


def test_meters_that_nobody_installed_are_listed_once_and_moved_when_they_are_known() -> None:
    stranger = [("stranger", at_ms, register) for _, at_ms, register in SAID]
    everything = memory([*SAID, *stranger])
    two = replace(
        ITS,
        sites=(*ITS.sites, Site("paris", "Europe/Paris", "EUR", "FR")),
        premises=(*ITS.premises, Premises("flat", "paris")),
    )

    (left,) = run(ARGUMENTS, two, everything).settlement.unassigned
    elsewhere = run(replace(ARGUMENTS, site_id="paris"), two, everything).settlement

    assert (left.register_id, left.reason) == ("stranger", "unknown_register")
    assert sum(left.letters.values()) == 100_000 * 31 * 48
    assert elsewhere.unassigned == ()
    known = replace(two, installations=(*two.installations, at_home("stranger")))
    assert run(ARGUMENTS, known, everything).settlement.unassigned == ()


def at_home(register_id: str) -> Installation:
    return replace(installed(register_id, "counter"), premises_id=HOME)


def test_masters_of_another_instant_are_refused() -> None:
    with pytest.raises(RunError, match="read them as of that"):
        run(ARGUMENTS, replace(ITS, as_of_ms=ITS.as_of_ms + 1), archive())


def test_an_unknown_site_is_refused() -> None:
    with pytest.raises(RunError, match="site_id is 'rome'"):
        run(replace(ARGUMENTS, site_id="rome"), ITS, archive())


ODD_MS = ms("2013-07-10T12:00")
(AT,) = [place for place, (_, at_ms, _) in enumerate(SAID) if at_ms == ODD_MS]
STOOD = SAID[AT][2]


def since(less: int) -> list[tuple[str, int, int]]:
    """All words, from one on with a register that shows less."""
    return [*SAID[:AT], *((HOME, at_ms, register - less) for _, at_ms, register in SAID[AT:])]


ODD = {
    "counter_decrease": [*SAID[:AT], (HOME, ODD_MS, 3_000), *SAID[AT + 1 :]],
    "high": [*SAID[:AT], (HOME, ODD_MS, 2**32 - 1), *SAID[AT + 1 :]],
    "jump": since(-(10**12)),
    "prolonged": SAID[:AT],
    "reset": since(STOOD // 4),
    "rollover": since(STOOD),
}


@pytest.mark.parametrize("severity", ["note", "review", "hold"])
@pytest.mark.parametrize("rule", sorted(NUMBERS.keys() - {"missing"}))
def test_what_a_run_finds_is_as_severe_as_masters_say(rule: str, severity: str) -> None:
    numbers = {"prolonged_ms": 20 * DAY_MS} if rule == "prolonged" else {}
    size_mwh = STOOD if rule == "rollover" else None
    meter = replace(installed(source="counter"), max_w=25_000, size_mwh=size_mwh)
    its = masters([(A, 0, None)], plan_id="lcl-flat", registers=[meter])
    its = replace(its, vee_rules=(VeeRule(rule, numbers, severity, 0, None),))

    found = run(ARGUMENTS, its, memory(ODD[rule])).findings

    assert {(each.rule, each.severity) for each in found} == {(rule, severity)}


@pytest.mark.parametrize(
    "numbers",
    [
        {
            "gap_cadences": 1,
            "history_ms": 0,
            "least_history_ms": 0,
            "straight_ms": 0,
            "level_ms": 0,
        },
        {"history_ms": LONGEST_MS, "least_history_ms": LONGEST_MS, "straight_ms": LONGEST_MS},
        {"level_ms": LONGEST_MS, "least_history_ms": 0, "level_weight": 1, "level_limits": [0, 0]},
        {"gap_cadences": 1_000, "level_limits": [1_000, 1_000], "level_weight": 1},
    ],
)
@pytest.mark.parametrize("source", ["counter", "interval"])
def test_a_run_takes_the_least_and_the_most_of_each_number(
    numbers: dict[str, object], source: Source
) -> None:
    lacks = [each for place, each in enumerate(SAID[:AT]) if not AT - 300 < place < AT - 200]
    its = masters([(A, 0, None)], plan_id="lcl-flat", registers=[installed(source=source)])
    its = replace(its, vee_rules=(VeeRule("missing", numbers, "note", 0, None),))

    settlement = run(ARGUMENTS, its, memory(lacks)).settlement

    assert not of_settlement(settlement, FLAT)
    assert all(charge.quantity >= 0 for charge in settlement.charges)
