"""Whatever happens, a customer is told of what lasts at the own home, once, and of its end; and
never too much, nor at night. What must be told is found here from the script alone."""

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.alerts import Alert, Kind
from contracts.choices import Choice, Quiet
from services.notifier.messages import Message
from services.notifier.residents import Residents
from services.notifier.rule_file import read_rules
from services.notifier.serving import Serving
from services.notifier.step import Event, Heard
from tests.support.chance import examples, seeds
from tests.unit.services.notifier.killed import Kept, World, check_tries
from tests.unit.services.notifier.play import (
    CUSTOMERS,
    Play,
    T,
    a_choice,
    a_home,
    closed,
    opened,
)

FOR_S, LIMIT, HOUR_S = 60, 4, 3_600
METERS = {"m1": "c1", "m2": "c2", "m3": "c2", "m4": "c3"}
"""Each with its customer; all but the last are behind one feeder."""
SUBJECTS: dict[str, tuple[Kind, tuple[str, ...]]] = {
    "f1": ("outage", ("m1", "m2", "m3")),
    "f2": ("outage", ("m4",)),
    "m1": ("unusual_use", ("m1",)),
    "m3": ("unusual_use", ("m3",)),
}
What = Literal["open", "close", "fail", "mend"]
ACTS = st.tuples(
    st.sampled_from([1, 20, 59, 60, 61, 400, 2_000]),
    st.sampled_from(["open", "open", "close", "close", "fail", "mend"]),
    st.sampled_from(sorted(SUBJECTS)),
)
KINDS: tuple[tuple[Kind, ...], ...] = (("outage",), ("unusual_use",), ("outage", "unusual_use"))
NIGHT = Quiet("17:00", "18:10")
"""In London: from second 2,690 to 6,890."""


@dataclass
class Life:
    """An alert as the script has it."""

    alert: Alert
    opened_s: float
    closed_s: float | None = None


@given(
    acts=st.lists(ACTS, min_size=1, max_size=30),
    kinds=st.tuples(*(st.sampled_from(KINDS) for _ in range(3))),
    quiet=st.tuples(*(st.booleans() for _ in range(3))),
)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=examples(60))
def test_promises(
    acts: list[tuple[int, What, str]],
    kinds: tuple[tuple[Kind, ...], ...],
    quiet: tuple[bool, ...],
) -> None:
    fails = False
    tries: list[tuple[str, str, bool]] = []

    def answer(message: Message) -> str:
        assert message.customer is not None
        tries.append((message.customer, message.id, not fails))
        return "it answers 500" if fails else ""

    play = Play(read_rules(CUSTOMERS), answer)
    wants: dict[str, Choice] = {}
    for meter_id, customer in METERS.items():
        play.residents.take(meter_id, a_home(customer))
    for n, customer in enumerate(("c1", "c2", "c3")):
        wants[customer] = a_choice(customer, kinds=kinds[n], quiet=NIGHT if quiet[n] else None)
        play.do(Heard(wants[customer], T))
    lives: list[Life] = []
    for gap_s, what, subject in acts:
        play.until(play.now_s + gap_s, 1 if gap_s < 100 else 20)
        life = next((e for e in lives if e.alert.subject == subject and e.closed_s is None), None)
        if what in ("fail", "mend"):
            fails = what == "fail"
        elif what == "open" and life is None:
            kind, homes = SUBJECTS[subject]
            lives.append(Life(opened(play.now_s, subject, kind, homes=homes), play.now_s))
            play.hear(lives[-1].alert)
        elif what == "close" and life is not None:
            life.closed_s = play.now_s
            play.hear(closed(life.alert, play.now_s))
    fails = False
    play.until(play.now_s + 12 * HOUR_S, 30)

    _check_told(play, lives, wants)
    _check_limits(play, wants)
    check_tries(tries)


def _check_told(play: Play, lives: list[Life], wants: dict[str, Choice]) -> None:
    for customer, choice in wants.items():
        parts = [p for _, each in play.sent if each.customer == customer for p in each.parts]
        begun = Counter(an_id for part in parts for an_id in part.opened)
        ended = Counter(an_id for part in parts for an_id in part.ended)
        must: Counter[str] = Counter()
        over: Counter[str] = Counter()
        for life in lives:
            kind, homes = SUBJECTS[life.alert.subject]
            is_theirs = customer in {METERS[each] for each in homes}
            end_s = play.now_s if life.closed_s is None else life.closed_s
            if is_theirs and kind in choice.kinds and end_s - life.opened_s >= FOR_S:
                must[life.alert.id] += 1
                over[life.alert.id] += life.closed_s is not None
        assert begun == must, customer
        assert ended == +over, customer
        own = {meter_id for meter_id, whose in METERS.items() if whose == customer}
        assert all(part.meters and own.issuperset(part.meters) for part in parts)


def _check_limits(play: Play, wants: dict[str, Choice]) -> None:
    for customer, choice in wants.items():
        messages = [(at_s, each) for at_s, each in play.sent if each.customer == customer]
        for at_s, message in messages:
            assert sum(at_s <= other_s < at_s + HOUR_S for other_s, _ in messages) <= LIMIT
            # London has the time of UTC in December.
            clock = f"{datetime.fromtimestamp(message.at_ms / 1_000, UTC):%H:%M}"
            assert choice.quiet is None or not NIGHT.begin <= clock < NIGHT.end


@dataclass
class Homes(World):
    """With customers at home, of whom the notifier has read all as it begins."""

    residents: Residents = field(default_factory=Residents)

    def __post_init__(self) -> None:
        for meter_id, customer in METERS.items():
            self.residents.take(meter_id, a_home(customer))

    def begins_with(self) -> list[Event]:
        return [Heard(a_choice(each), T) for each in ("c1", "c2", "c3")]

    def heard(self, alert: Alert, at_ms: int) -> Heard:
        return Heard(alert, at_ms, self.residents.hit_by(alert))

    def to_send(self, serving: Serving) -> list[tuple[Message, str | None]]:
        return [(letter.message, letter.choice.customer) for letter in serving.to_customers()]


@pytest.mark.parametrize("seed", seeds(8))
def test_killed_at_random_moments_it_tells_all_and_doubles_have_the_same_id(seed: int) -> None:
    chance = random.Random(seed)
    alerts: list[tuple[int, Alert]] = []
    for n, subject in enumerate(3 * sorted(SUBJECTS)):
        kind, homes = SUBJECTS[subject]
        begin_s = 1_500 * (n // 4) + chance.randrange(1, 300)
        alert = opened(begin_s, subject, kind, homes=homes)
        end_s = begin_s + chance.randrange(70, 900)
        alerts += [(begin_s, alert), (end_s, closed(alert, end_s))]
    alerts.sort(key=lambda each: each[0])
    dies = iter([chance.random() < 0.12 for _ in range(3_000)])
    world = Homes(read_rules(CUSTOMERS), Kept(dies=dies), alerts, dies)
    world.live(6 * HOUR_S)

    assert world.kills >= 5
    times = Counter(each.id for each in world.got)
    # A kill doubles what went since the last turn was kept: one message of a customer at most.
    by_id = {each.id: each for each in world.got}
    assert all(each == by_id[each.id] for each in world.got)
    assert max(times.values()) <= 1 + world.kills
    for customer in ("c1", "c2", "c3"):
        parts = [p for each in by_id.values() if each.customer == customer for p in each.parts]
        theirs = {
            alert.id
            for _, alert in alerts
            if customer in {METERS[each] for each in SUBJECTS[alert.subject][1]}
        }
        for told in (
            Counter(an_id for part in parts for an_id in part.opened),
            Counter(an_id for part in parts for an_id in part.ended),
        ):
            assert told == Counter(theirs)
