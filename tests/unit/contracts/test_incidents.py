"""Incidents are what the set of outages says, whatever the order in which it was told."""

import random
import re
from collections.abc import Iterable, Sequence
from itertools import combinations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.alerts import Alert
from contracts.incidents import Incident, Storm, incidents
from contracts.settings import PROJECT
from contracts.time import MINUTE_MS, SECOND_MS
from tests.support.alerts import OPENED_MS, an_alert


def outage(
    subject: str, opened_s: int, closed_s: int | None = None, *, onset_s: int | None = None
) -> Alert:
    """An outage of ten homes, its times in seconds after OPENED_MS."""
    closed_at_ms = None if closed_s is None else OPENED_MS + closed_s * SECOND_MS
    alert = an_alert(
        subject=subject,
        opened_at_ms=OPENED_MS + opened_s * SECOND_MS,
        homes_count=10,
        homes_out=10 if closed_s is None else 0,
    )
    onset_ms = OPENED_MS + (opened_s if onset_s is None else onset_s) * SECOND_MS
    alert = msgspec.structs.replace(alert, onset_ms=onset_ms)
    if closed_at_ms is None:
        return alert
    return msgspec.structs.replace(
        alert, version=2, state="closed", at_ms=closed_at_ms, closed_at_ms=closed_at_ms
    )


def grouped(alerts: Iterable[Alert]) -> list[set[str]]:
    """Feeders of each incident."""
    return [set(each.feeders) for each in incidents(alerts)]


def test_without_outages_there_is_none() -> None:
    assert incidents([]) == []
    assert incidents([an_alert("meter_silent", "m")]) == []


def test_what_began_ten_minutes_after_the_latest_is_of_it_and_later_is_not() -> None:
    assert grouped([outage("a", 0), outage("b", 600), outage("c", 1_200)]) == [{"a", "b", "c"}]
    assert grouped([outage("a", 0), outage("b", 601)]) == [{"a"}, {"b"}]
    # It is the onset that counts, whenever it was noticed.
    assert grouped([outage("a", 0), outage("b", 1_800, onset_s=600)]) == [{"a", "b"}]


def test_one_that_is_noticed_late_makes_one_of_two() -> None:
    first, last, between = outage("a", 0), outage("b", 900), outage("c", 1_800, onset_s=450)

    assert grouped([first, last]) == [{"a"}, {"b"}]
    (whole,) = incidents([last, between, first])
    assert whole.id == first.id
    assert whole.outages == (first.id, last.id, between.id)


def test_places_are_near_by_three_characters_of_one_cell_or_of_two_that_touch() -> None:
    same, beside, far = outage("b", 1), outage("c", 1), outage("d", 1)
    same = msgspec.structs.replace(same, area="gcp00")
    # East of Greenwich.
    beside = msgspec.structs.replace(beside, area="u1045")
    far = msgspec.structs.replace(far, area="gcw00")

    found = incidents([outage("a", 0), same, beside, far])
    assert [(each.geohashes, each.feeders) for each in found] == [
        (("gcp", "u10"), ("a", "b", "c")),
        (("gcw",), ("d",)),
    ]


def test_a_line_of_cells_is_one_incident_though_its_ends_are_far() -> None:
    cells = ("gcp", "u10", "u11", "u14")
    row = [
        msgspec.structs.replace(outage(name, 0), area=f"{cell}00")
        for name, cell in zip("abcd", cells, strict=True)
    ]
    assert grouped(row) == [{"a", "b", "c", "d"}]
    assert grouped([row[0], row[3]]) == [{"a"}, {"d"}]


def test_an_incident_says_what_its_outages_say() -> None:
    first = msgspec.structs.replace(outage("b", 0, 300), severity="critical", homes_count=50)
    again = msgspec.structs.replace(outage("b", 400), severity="notice", homes_out=4)
    other = msgspec.structs.replace(outage("a", 0, 500), homes_count=7)

    assert incidents([again, first, other]) == [
        Incident(
            # Of two that opened at once the first by id.
            id=other.id,
            geohashes=("gcp",),
            # That of the outage which is open.
            severity="notice",
            onset_ms=OPENED_MS,
            last_onset_ms=OPENED_MS + 400 * SECOND_MS,
            opened_at_ms=OPENED_MS,
            at_ms=OPENED_MS + 500 * SECOND_MS,
            outages=(other.id, first.id, again.id),
            feeders=("a", "b"),
            outages_open=1,
            # 50 of one feeder, though it was dark twice, and 7 of the other.
            homes_count=57,
            homes_out=4,
        )
    ]


def test_it_is_closed_when_all_its_outages_are() -> None:
    (whole,) = incidents([outage("a", 0, 900), outage("b", 10, 300)])

    assert whole.closed_at_ms == OPENED_MS + 900 * SECOND_MS
    assert (whole.severity, whole.outages_open, whole.homes_out) == ("major", 0, 0)


def a_storm(count: int, apart_s: int) -> list[Alert]:
    return [outage(f"f{n:03}", n * apart_s) for n in range(count)]


def closed(alerts: Sequence[Alert], first_s: int, apart_s: int) -> list[Alert]:
    """One after the other, the first one first."""
    times_ms = [OPENED_MS + (first_s + n * apart_s) * SECOND_MS for n in range(len(alerts))]
    return [
        msgspec.structs.replace(
            alert, version=2, state="closed", at_ms=at_ms, closed_at_ms=at_ms, homes_out=0
        )
        for alert, at_ms in zip(alerts, times_ms, strict=True)
    ]


@pytest.mark.parametrize(
    ("count", "apart_s", "begin_s"),
    [
        (10, 1, None),
        (11, 1, 10),
        (30, 1, 10),
        # Ten steps are ten minutes.
        (11, 60, 600),
        (30, 61, None),
    ],
)
def test_the_eleventh_outage_in_ten_minutes_is_a_storm(
    count: int, apart_s: int, begin_s: int | None
) -> None:
    (whole,) = incidents(a_storm(count, apart_s))

    storm = None if begin_s is None else Storm(OPENED_MS + begin_s * SECOND_MS)
    assert whole.storm == storm
    assert whole.storms == (() if storm is None else (storm,))


def test_a_storm_is_over_when_fewer_than_five_are_open() -> None:
    storm = a_storm(20, 1)
    # Of 20 the sixteenth leaves four.
    begin_ms, end_ms = OPENED_MS + 10 * SECOND_MS, OPENED_MS + (1_000 + 15 * 60) * SECOND_MS

    (five_left,) = incidents([*closed(storm[:15], 1_000, 60), *storm[15:]])
    (four_left,) = incidents([*closed(storm[:16], 1_000, 60), *storm[16:]])

    assert five_left.storms == (Storm(begin_ms),)
    assert four_left.storms == (Storm(begin_ms, end_ms),)
    assert four_left.storm is None


def test_a_storm_may_come_again() -> None:
    first = closed(a_storm(20, 1), 300, 1)
    (whole,) = incidents([*first, *(outage(f"g{n:02}", 600 + n) for n in range(5))])

    # Those of before are within ten minutes, and five are open again.
    assert whole.storms == (
        Storm(OPENED_MS + 10 * SECOND_MS, OPENED_MS + 315 * SECOND_MS),
        Storm(OPENED_MS + 604 * SECOND_MS),
    )


NEAR = {
    pair
    for one, others in {
        "gcp": ("gcp", "u10"),
        "u10": ("u10", "u11"),
        "u11": ("u11", "u14"),
        "u14": ("u14",),
        "ezz": ("ezz",),
    }.items()
    for other in others
    for pair in ((one, other), (other, one))
}
"""By the map."""


@st.composite
def networks(draw: st.DrawFn) -> list[Alert]:
    """Outages of two places within two hours, many within a quarter, some of which are over; in
    steps of half a minute, so that many meet."""
    alerts = []
    for number in range(draw(st.integers(0, 40))):
        onset = draw(st.integers(0, 30) | st.integers(0, 240))
        waited, lasted = draw(st.integers(0, 60)), draw(st.integers(0, 60))
        alert = outage(
            f"f{draw(st.integers(0, 20))}-{number}",
            30 * (onset + waited),
            draw(st.sampled_from([None, 30 * (onset + waited + lasted)])),
            onset_s=30 * onset,
        )
        area = draw(st.sampled_from(["gcpuy", "gcpvj", "u10hb", "u11hb", "u14hb", "ezzzz"]))
        alerts.append(msgspec.structs.replace(alert, area=area))
    return alerts


@given(networks())
def test_outages_are_of_one_incident_if_steps_of_ten_minutes_lead_from_one_to_the_other(
    alerts: list[Alert],
) -> None:
    of = {alert.id: {alert.id} for alert in alerts}
    for one, other in combinations(alerts, 2):
        near = (one.area[:3], other.area[:3]) in NEAR
        if near and abs(one.onset_ms - other.onset_ms) <= 10 * MINUTE_MS:
            joined = of[one.id] | of[other.id]
            of |= dict.fromkeys(joined, joined)

    found = {frozenset(each.outages) for each in incidents(alerts)}
    assert found == set(map(frozenset, of.values()))


@given(networks())
def test_storms_are_what_somebody_sees_who_counts_every_half_minute(alerts: list[Alert]) -> None:
    by_id = {alert.id: alert for alert in alerts}
    for incident in incidents(alerts):
        outages = [by_id[each] for each in incident.outages]
        storms, is_storm = [], False
        for minute in range(0, 400):
            at_ms = OPENED_MS + minute * 30 * SECOND_MS
            are_open = [
                each
                for each in outages
                if each.opened_at_ms <= at_ms
                and (each.closed_at_ms is None or at_ms < each.closed_at_ms)
            ]
            lately = [each for each in outages if at_ms - 600_000 <= each.opened_at_ms <= at_ms]
            if not is_storm and len(lately) > 10 and len(are_open) >= 5:
                is_storm = True
                storms.append(Storm(at_ms))
            elif is_storm and len(are_open) < 5:
                is_storm = False
                storms[-1] = Storm(storms[-1].begin_ms, at_ms)
        assert list(incident.storms) == storms


@given(networks(), st.randoms(use_true_random=False))
def test_order_repeats_and_older_versions_change_nothing(
    alerts: list[Alert], chance: random.Random
) -> None:
    opened = [
        msgspec.structs.replace(
            each, version=1, state="opened", at_ms=each.opened_at_ms, closed_at_ms=None
        )
        for each in alerts
    ]
    told = [*alerts, *opened, *chance.sample(alerts, len(alerts) // 2)]
    chance.shuffle(told)

    assert incidents(told) == incidents(alerts)


def test_the_contracts_example_is_an_incident_and_as_it_is_written() -> None:
    text = (PROJECT / "contracts" / "README.md").read_text().split("\n## Incidents\n")[1]
    example = re.search(r"```json\n(.+?)```", text, re.DOTALL)
    assert example is not None

    incident = msgspec.json.decode(example[1], type=Incident)

    assert msgspec.json.decode(msgspec.json.encode(incident)) == msgspec.json.decode(example[1])
    assert incident.id == incident.outages[0]
