"""A run is a function of its arguments, and the interim one becomes the first."""

from dataclasses import replace

import pytest

from billing.settlement.errors import RunError
from billing.settlement.identities import again, of_settlement
from billing.settlement.ledger import deltas
from billing.settlement.written import charges_text
from billing.tariffs.plan import EXAMPLES, load
from contracts.billing import RunArguments
from contracts.masters import Installation, Premises, Site
from services.settlement.run import run
from tests.support.london import ms
from tests.unit.billing.settlement.homes import HOME, A, installed, masters
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
    assert not again(first.charges, later.charges, deltas(first.charges, []).lines)
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
