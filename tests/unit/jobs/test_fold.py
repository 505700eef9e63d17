"""Whatever a feeder goes through: restarts and repeats change nothing, versions count up, and what
opened closes when all are back."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.alerts import SEVERITIES, Alert, alert_id
from contracts.time import MINUTE_MS
from jobs.fold import LAYOUT, fold
from jobs.rules import overload, voltage
from jobs.rules.all import read
from tests.unit.jobs.rules.minutes import drawing, told
from tests.unit.jobs.rules.network import Dark, Home, Network, network

RULES = read()
UNTIL_MS, DARK_UNTIL_MS = 1_500_000, 900_000
_json = msgspec.json.encode


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """A feeder of which some homes are dark now and then, and all are heard in the end."""
    count = draw(st.integers(1, 14))
    numbers = st.lists(st.integers(0, count - 1), min_size=1, unique=True)
    darks = draw(
        st.lists(
            st.builds(
                lambda homes, begin_ms, length_ms, rho: Dark(
                    homes, begin_ms, min(begin_ms + length_ms, DARK_UNTIL_MS), rho
                ),
                st.just(range(count)) | numbers,
                st.integers(20_000, 600_000),
                st.integers(1_000, 600_000),
                st.sampled_from([0.0, 0.2, 0.9, None]),
            ),
            max_size=4,
        )
    )
    homes = []
    for number in range(count):
        cadence_ms = draw(st.sampled_from([5_000, 5_000, 30_000, 60_000]))
        homes.append(
            Home(
                number,
                cadence_ms,
                draw(st.integers(0, 4_999)),
                [dark for dark in darks if number in dark.homes],
                draw(st.frozensets(st.integers(0, DARK_UNTIL_MS // cadence_ms), max_size=4)),
            )
        )
    return Network(homes, UNTIL_MS)


def folded(facts: Sequence[bytes]) -> list[Alert]:
    """What facts make, with nothing but bytes kept from one to the next."""
    kept: bytes | None = None
    alerts = []
    for fact in facts:
        kept, said = fold(kept, fact, RULES)
        alerts += said
    return alerts


def encoded(given: Network) -> list[bytes]:
    return [_json(fact) for fact in given.facts()]


@given(networks(), st.data())
def test_a_restart_anywhere_says_the_same_again(given: Network, data: st.DataObject) -> None:
    facts = encoded(given)
    kept: list[bytes | None] = [None]
    alerts: list[list[Alert]] = []
    for fact in facts:
        after, said = fold(kept[-1], fact, RULES)
        kept.append(after)
        alerts.append(said)
    # It fails after the fact `end`, and goes on from a checkpoint before the fact `begin`.
    end = data.draw(st.integers(0, len(facts)))
    begin = data.draw(st.integers(0, end))

    again, state = [], kept[begin]
    for fact in facts[begin:]:
        state, said = fold(state, fact, RULES)
        again.append(said)

    assert again == alerts[begin:]
    assert state == kept[-1]


@given(networks(), st.data())
def test_facts_said_again_change_nothing(given: Network, data: st.DataObject) -> None:
    facts = encoded(given)
    repeated = []
    for number, fact in enumerate(facts):
        repeated.append(fact)
        if data.draw(st.booleans()):
            # As a job says again what it said since a checkpoint.
            repeated += facts[data.draw(st.integers(0, number)) : number + 1]

    assert folded(repeated) == folded(facts)


@given(networks())
def test_versions_count_up_and_a_closed_alert_stays_closed(given: Network) -> None:
    versions: dict[str, list[Alert]] = defaultdict(list)
    for alert in folded(encoded(given)):
        versions[alert.id].append(alert)
    for an_id, alerts in versions.items():
        assert [each.version for each in alerts] == list(range(1, len(alerts) + 1))
        assert [each.state for each in alerts[:1]] == ["opened"]
        assert {each.state for each in alerts[1:-1]} <= {"updated"}
        first = alerts[0]
        assert an_id == alert_id(first.kind, first.subject, first.at_ms)
        assert {(each.subject, each.onset_ms, each.opened_at_ms) for each in alerts} == {
            (first.subject, first.onset_ms, first.at_ms)
        }
        for before, after in pairwise(alerts):
            is_news = after.state == "closed" or (
                (before.cause, before.evidence.rule) != (after.cause, after.evidence.rule)
                or SEVERITIES.index(after.severity) > SEVERITIES.index(before.severity)
            )
            assert is_news or after.at_ms - before.at_ms >= MINUTE_MS


@given(networks())
def test_what_opened_closes_when_all_are_back(given: Network) -> None:
    state = {each.id: each.state for each in folded(encoded(given))}
    assert set(state.values()) <= {"closed"}


@given(networks())
def test_no_home_is_in_two_alerts_that_are_open(given: Network) -> None:
    homes: dict[str, set[str]] = {}
    for alert in folded(encoded(given)):
        if alert.state == "closed":
            homes.pop(alert.id, None)
        else:
            homes[alert.id] = set(alert.homes)
        # What was closed as a part of an outage is said before it.
        told = [each for of_alert in homes.values() for each in of_alert]
        assert len(told) == len(set(told))


@given(
    st.lists(
        st.tuples(st.sampled_from([50, 79, 90, 101, 125]), st.sampled_from([0, 4, 30])),
        max_size=40,
    )
)
def test_what_is_kept_in_bytes_is_what_the_rules_keep(given: list[tuple[int, int]]) -> None:
    facts = [
        replace(fact, low=float(homes), lowered=float(homes))
        for fact, (_, homes) in zip(drawing(*(percent for percent, _ in given)), given, strict=True)
    ]
    loads, voltages = told(overload.RULE, facts), told(voltage.RULE, facts)

    alerts = folded([_json(fact) for fact in facts])

    assert [each for each in alerts if each.kind == "overload"] == loads
    assert [each for each in alerts if each.kind == "voltage_low"] == voltages
    assert len(alerts) == len(loads) + len(voltages)


def test_a_fact_that_no_rule_is_for_changes_nothing() -> None:
    assert fold(b"kept", b'{"kind":"other","subject":"m","at_ms":1}', RULES) == (b"kept", [])


@pytest.mark.parametrize("fact", [b"", b"{}", b"[1]", b'{"kind":"feeder_slice"}', b"\xff"])
def test_what_is_no_fact_is_refused(fact: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError)):
        fold(None, fact, RULES)


def test_a_state_of_another_layout_is_refused() -> None:
    fact, *_ = encoded(network(3, 120_000, [Dark(range(3), 60_000, 90_000)]))
    kept, _ = fold(None, fact, RULES)
    assert kept is not None
    other = msgspec.msgpack.decode(kept) | {"layout": LAYOUT + 1}

    with pytest.raises(ValueError, match="has layout 3, and these rules know 2"):
        fold(msgspec.msgpack.encode(other), fact, RULES)
