"""The notifier is killed between any two of its steps, and goes on from what was kept."""

import random
from collections import Counter
from collections.abc import Iterable
from typing import get_args

import pytest
from msgspec.json import encode

from contracts.alerts import Alert
from contracts.time import SECOND_MS
from services.notifier.kept import Record, RecordError, restored
from services.notifier.serving import Serving
from services.notifier.state import Entity, Read, State
from services.notifier.step import Heard, Result, Tick
from tests.support.chance import seeds
from tests.unit.services.notifier.killed import Kept, World
from tests.unit.services.notifier.play import T, closed, opened, rules, updated

RULES = 'wait = "15s"\nupdate_every = "1m"\nrepeat_every = "5m"\ngroup_by = "area"'


def compacted(records: Iterable[Record]) -> list[Record]:
    """The newest of each key, in its place."""
    those = list(records)
    newest = {record.key: n for n, record in enumerate(those)}
    return [each for n, each in enumerate(those) if newest[each.key] == n]


def entities(state: State) -> set[bytes]:
    """The same set for the same state."""
    return {encode(each, order="deterministic") for each in state}


def story(seed: int) -> list[tuple[int, Alert]]:
    """Alerts that open, change and close, with the second at which each is in the log."""
    chance = random.Random(seed)
    alerts: list[tuple[int, Alert]] = []
    for n in range(12):
        begin_s, length_s = chance.randrange(1, 900), chance.randrange(20, 900)
        alert = opened(begin_s, f"f{n}", area=chance.choice(["gcpuy", "u33db"]))
        alerts.append((begin_s, alert))
        if chance.random() < 0.5:
            alert = updated(alert, begin_s + 10, homes_out=5)
            alerts.append((begin_s + 10, alert))
        if chance.random() < 0.8:
            alerts.append((begin_s + length_s, closed(alert, begin_s + length_s)))
    return sorted(alerts, key=lambda each: each[0])


@pytest.mark.parametrize("seed", seeds(10))
def test_killed_at_random_moments_it_tells_all_and_each_kill_doubles_one_at_most(seed: int) -> None:
    """Demand 17, with the log and the receiver in memory."""
    chance = random.Random(seed)
    dies = iter([chance.random() < 0.06 for _ in range(1_000)])
    world = World(rules(RULES), Kept(dies=dies), story(seed), dies)
    world.live(7_200)
    calm = World(rules(RULES), Kept(), story(seed), iter(()))
    calm.live(7_200)

    assert world.kills >= 5
    times = Counter(each.id for each in world.got)
    assert sum(each - 1 for each in times.values()) <= world.kills
    by_id = {each.id: each for each in world.got}
    # A double is the same message.
    assert all(each == by_id[each.id] for each in world.got)
    for told in (by_id.values(), {each.id: each for each in calm.got}.values()):
        parts = [part for each in told for part in each.parts]
        opened_ids = Counter(an_id for part in parts for an_id in part.opened)
        ended_ids = Counter(an_id for part in parts for an_id in part.ended)
        assert opened_ids == Counter({alert.id: 1 for _, alert in world.alerts})
        over = [alert.id for _, alert in world.alerts if alert.state == "closed"]
        assert ended_ids == Counter(over)


def test_that_no_readings_come_is_told_once_whatever_begins_anew() -> None:
    """Demand 21: who finds it says it again when it begins anew, and the notifier is killed."""
    stopped = opened(0, "demo.readings", "feed_stopped", area="", homes_count=0, homes_out=0)
    over = closed(stopped, 1_800)
    said = [*((at_s, stopped) for at_s in (1, 2, 200, 900)), (1_800, over), (1_900, over)]
    # Each time between having heard something and having kept it, or sent it and known so.
    dies = iter([False, False, False, True, False, False, True, *[False, False, True] * 20])
    world = World(rules('wait = "15s"'), Kept(dies=dies), said, dies)
    world.live(7_200)

    assert world.kills >= 2
    parts = [part for each in {each.id: each for each in world.got}.values() for part in each.parts]
    assert [part.opened for part in parts] == [(stopped.id,), ()]
    assert [part.ended for part in parts] == [(), (stopped.id,)]


def test_what_was_kept_makes_the_same_state_also_when_it_is_compacted() -> None:
    log = Kept()
    serving = Serving(rules(RULES), log)
    for at_s, alert in story(3):
        now_ms = T + at_s * SECOND_MS
        serving.turn([Heard(alert, now_ms), Tick(now_ms)])
        for message in list(serving.to_send()):
            serving.turn([Result("duty", message.id, now_ms)])
        again = restored(log.read())
        assert entities(again) == entities(serving.state)
        assert entities(restored(compacted(log.read()))) == entities(serving.state)
    assert entities(serving.state)


def test_every_kind_of_entity_is_told_from_the_others() -> None:
    tags = {each.__struct_config__.tag for each in get_args(Entity)}
    assert len(tags) == len(get_args(Entity))


@pytest.mark.parametrize(
    "record",
    [
        Record(b"known x", b"{}"),
        Record(b"read alerts", b'{"type":"Read","topic":"notes","offsets":[1]}'),
        Record(b"strange x", None),
        Record(b"known x", b"\xff"),
    ],
)
def test_what_is_none_of_the_notifiers_is_told(record: Record) -> None:
    with pytest.raises(RecordError, match="is none of this notifier's"):
        restored([record])


def test_nothing_is_kept_of_a_turn_that_changes_nothing() -> None:
    log = Kept()
    serving = Serving(rules(), log)
    serving.turn([Tick(T)], [Read("alerts", (0,))])
    kept = len(log.batches)
    serving.turn([Tick(T + 1)], [Read("alerts", (0,))])

    assert len(log.batches) == kept == 1
