"""What is told when: the timers, by a clock that is given. Seconds are those of the play."""

from itertools import pairwise

import pytest

from contracts.alerts import Alert
from contracts.notify_requests import SendAgain, Silence, Unsilence
from contracts.time import SECOND_MS
from contracts.topics import MAX_MESSAGE_BYTES
from services.notifier.kept import records
from services.notifier.rule_file import read_rules
from services.notifier.state import Dead, Group, Known, Outbox, Thread, Unsilenced
from services.notifier.step import Heard, Result, Tick, step
from services.notifier.texts import read_texts
from services.notifier.wording import BODY_LENGTH, TITLE_LENGTH, Writer
from tests.unit.services.notifier.play import (
    CHANNELS,
    MINUTE_S,
    Play,
    T,
    closed,
    opened,
    rules,
    updated,
)

HOUR_S = 60 * MINUTE_S
DAY_S = 24 * HOUR_S
WAIT = 'wait = "15s"\n'


def test_one_outage_is_told_once_and_its_end_with_how_long_it_was() -> None:
    play, outage = Play(rules(WAIT)), opened(0)
    play.at([(0, outage), (1_230, closed(outage, 1_230))], until_s=2 * HOUR_S)

    assert play.told() == [(15, "opened"), (1_245, "ended")]
    first, last = (message.parts[0] for _, message in play.sent)
    assert (first.opened, first.alerts_open, first.homes, first.homes_out) == (
        (outage.id,),
        1,
        10,
        10,
    )
    assert (last.ended, last.alerts_open, last.homes_out) == ((outage.id,), 0, 0)
    assert last.end_ms is not None and last.end_ms - last.begin_ms == 1_230 * SECOND_MS
    # Nothing is left of it but its version, in case it comes again.
    assert not [*play.state.all(Group), *play.state.all(Thread)]
    play.hear(outage)
    play.until(3 * HOUR_S, 10)
    assert len(play.sent) == 2


def test_what_belongs_together_is_one_message() -> None:
    play = Play(rules(WAIT))
    near = [opened(n, f"f{n}") for n in range(7)]
    play.at([*((n, each) for n, each in enumerate(near)), (3, opened(3, area="u33db"))], 60)

    assert [at_s for at_s, _ in play.told()] == [15, 18]
    part = play.sent[0][1].parts[0]
    assert (part.alerts, part.opened_count, part.homes, len(part.examples)) == (7, 7, 70, 5)


def test_neighbours_on_both_sides_of_a_line_are_one_message() -> None:
    """Greenwich: geohashes begin otherwise east of it."""
    play = Play(rules(WAIT))
    play.hear(opened(0, "f1", area="gcpuy"), opened(5, "f2", area="u10hb"))
    play.hear(opened(5, "f3", area="u33db"))
    play.until(60)
    assert sorted(message.parts[0].alerts for _, message in play.sent) == [1, 2]


def test_what_is_over_before_it_lasted_is_not_told() -> None:
    """Demand 20, the one half: with `for = 60s` ten outages of 40 s are no message."""
    play = Play(rules(f'{WAIT}for = "60s"'))
    play.at(_flapping(), until_s=HOUR_S)

    assert play.sent == []
    assert not list(play.state.all(Group))


def test_flapping_is_told_twice() -> None:
    """Demand 20, the other half: at once, and once more how often."""
    play = Play(rules(f'{WAIT}for = "0s"'))
    play.at(_flapping(), until_s=HOUR_S)

    assert [why for _, why in play.told()] == ["opened", "ended"]
    assert play.sent[0][0] == 15
    last = play.sent[1][1].parts[0]
    assert (last.flapping, last.alerts, last.opened_count, last.ended_count) == (10, 10, 9, 10)
    # However long it goes on, no opening waits for more than ten minutes.
    assert play.sent[1][0] == 60 + 600


def _flapping() -> list[tuple[float, Alert]]:
    outages = [opened(60 * n) for n in range(10)]
    return [
        *((60 * n, each) for n, each in enumerate(outages)),
        *((60 * n + 40, closed(each, 60 * n + 40)) for n, each in enumerate(outages)),
    ]


@pytest.mark.parametrize("update_m", [1, 4, 5, 7])
@pytest.mark.parametrize("repeat_m", [3, 10, 11])
def test_timers_do_what_they_say(update_m: int, repeat_m: int) -> None:
    """Demand 18: updates at most so often and only if something changed, repeats exactly so long
    after the last message, whether or not one length divides the other."""
    keys = f'{WAIT}update_every = "{update_m}m"\nrepeat_every = "{repeat_m}m"\nmax_repeats = 100'
    often = '[channel.duty]\nurl_env = "WATTSTREAM_NOTIFY_DUTY"\nmax_per_hour = 1000'
    play, outage = Play(rules(keys, often)), opened(0)
    changes = [100, 110, 700, 2_000, 2_003, 5_000]
    versions = [(0.0, outage)]
    for n, at_s in enumerate(changes):
        versions.append((at_s, updated(versions[-1][1], at_s, homes_out=9 - n)))
        # The hour turns: nothing that is worth a message.
        versions.append((at_s + 1, updated(versions[-1][1], at_s + 1)))
    play.at(versions, until_s=2 * HOUR_S)

    expected, untold, at_s = [(15, "opened")], list(changes), 15
    while True:
        repeat_s = at_s + repeat_m * MINUTE_S
        update_s = max(at_s + update_m * MINUTE_S, untold[0] + 15) if untold else repeat_s + 1
        # News in the time in which it waits for more takes the place of the repeat.
        is_update = bool(untold) and (untold[0] <= repeat_s)
        at_s = update_s if is_update else repeat_s
        if at_s > 2 * HOUR_S:
            break
        untold = [each for each in untold if each > at_s] if is_update else untold
        expected.append((at_s, "updated" if is_update else "repeated"))
    assert play.told() == expected


def test_repeats_come_to_an_end() -> None:
    play = Play(rules(f'{WAIT}repeat_every = "10m"\nmax_repeats = 2'))
    play.hear(opened(0))
    play.until(3 * HOUR_S, 5)

    assert play.told() == [(15, "opened"), (615, "repeated"), (1_215, "repeated")]


NAGGING = (
    f'{WAIT}repeat_every = "10m"\nescalate = {{ after = "15m", to = ["chief"] }}\nmax_repeats = 9'
)


def test_acknowledging_stops_the_nagging_and_the_end_is_told() -> None:
    """Demand 14."""
    play, outage = Play(rules(NAGGING)), opened(0)
    play.hear(outage)
    play.until(700)
    play.acknowledge(outage)
    play.until(2 * HOUR_S, 5)
    play.hear(closed(outage, 2 * HOUR_S))
    play.until(3 * HOUR_S, 5)

    assert play.told() == [(15, "opened"), (615, "repeated"), (2 * HOUR_S + 15, "ended")]
    assert play.told("chief") == []
    # Opened again later, it is nobody's again.
    play.hear(opened(3 * HOUR_S))
    play.until(4 * HOUR_S, 5)
    assert [why for _, why in play.told()][3:5] == ["opened", "repeated"]
    assert play.told("chief")[0] == (3 * HOUR_S + 15 + 900, "escalated")


def test_nobody_looks_after_it_so_the_chief_is_told_and_hears_of_the_end() -> None:
    play, outage = Play(rules(NAGGING)), opened(0)
    play.at([(0, outage), (1_800, closed(outage, 1_800))], until_s=HOUR_S)

    assert play.told("chief") == [(915, "escalated"), (1_515, "repeated"), (1_815, "ended")]


def test_who_was_told_since_nobody_cared_hears_how_that_ends_and_no_more() -> None:
    text = f'{WAIT}update_every = "1m"\nescalate = {{ after = "15m", to = ["chief"] }}'
    play = Play(rules(f'{text}\ngroup_by = "area"'))
    first, second = opened(0, "f1"), opened(1_400, "f2")
    play.hear(first)
    play.until(1_400)
    play.hear(second)
    play.acknowledge(second)
    play.until(1_500)
    assert play.told("chief") == [(915, "escalated"), (1_415, "updated")]
    play.hear(closed(first, 1_500), closed(second, 1_500))
    play.until(1_700)
    assert play.told("chief")[2:] == [(1_515, "ended")]
    assert [each.parts[0].alerts_open for _, each in play.sent if each.channel == "chief"][-1] == 0
    # The group goes on, and somebody looks after what is new in it.
    third, fourth = opened(1_700, "f3"), opened(4_000, "f4")
    play.hear(third)
    play.acknowledge(third)
    play.until(4_000)
    assert play.told("chief")[3:] == []
    play.hear(fourth)
    play.until(5_000)
    assert play.told("chief")[3:] == [(4_915, "escalated")]
    (group,) = play.state.all(Group)
    assert set(group.members) == {first.id, second.id, third.id, fourth.id}
    assert len({message.id for _, message in play.sent}) == len(play.sent)


def test_an_end_is_no_all_clear_of_something_else() -> None:
    """What begins as the chief's alert ends, and somebody looks after, is none of his."""
    text = f'{WAIT}escalate = {{ after = "15m", to = ["chief"] }}'
    play = Play(rules(f'{text}\ngroup_by = "area"'))
    first, second = opened(0, "f1"), opened(1_010, "f2")
    play.hear(first)
    play.until(1_000)
    play.hear(closed(first, 1_000))
    play.until(1_010)
    play.hear(second)
    play.acknowledge(second)
    play.until(2_400)
    to_chief = [message.parts[0] for _, message in play.sent if message.channel == "chief"]
    assert [(each.why, each.alerts, each.alerts_open) for each in to_chief] == [
        ("escalated", 1, 1),
        ("ended", 1, 0),
    ]
    assert to_chief[1].end_ms is not None
    to_duty = [message.parts[0] for _, message in play.sent if message.channel == "duty"]
    assert (to_duty[-1].why, to_duty[-1].alerts, to_duty[-1].alerts_open) == ("updated", 2, 1)


def test_a_group_that_goes_on_for_days_tells_of_what_is_of_now() -> None:
    """Something is open in the area all the time, each for 90 minutes."""
    play = Play(rules(f'{WAIT}group_by = "area"\nupdate_every = "1m"'))
    for hour in range(24 * 4):
        play.until(hour * HOUR_S, each_s=300)
        play.hear(opened(hour * HOUR_S, f"f{hour}"))
        play.until((hour + 0.5) * HOUR_S, each_s=300)
        if hour:
            play.hear(closed(opened((hour - 1) * HOUR_S, f"f{hour - 1}"), (hour + 0.5) * HOUR_S))
    play.until(play.now_s + 900, each_s=300)
    (group,) = play.state.all(Group)
    assert len(group.members) <= 4
    assert max(message.parts[0].alerts for _, message in play.sent) <= 4
    ended = [an_id for _, message in play.sent for an_id in message.parts[0].ended]
    told = [an_id for _, message in play.sent for an_id in message.parts[0].opened]
    assert len(ended) == len(set(ended)) == 24 * 4 - 1
    assert len(told) == len(set(told)) == 24 * 4


def test_a_rule_that_is_renamed_takes_what_is_open() -> None:
    play, outage = Play(rules(WAIT)), opened(0)
    play.hear(outage)
    play.until(60)
    renamed = rules(WAIT).model_copy(deep=True)
    play.notify = read_rules(f'[[rule]]\nname = "other"\nto = ["duty"]\n{WAIT}\n{CHANNELS}')
    play.until(120)
    assert play.told() == [(15, "opened"), (76, "opened")]
    play.notify = renamed
    play.until(180)
    play.hear(closed(outage, 180))
    play.until(600)
    assert play.told()[2:] == [(136, "opened"), (436, "ended")]
    assert len({message.id for _, message in play.sent}) == len(play.sent)


def test_the_message_of_a_channel_that_leaves_the_file_is_seen_to_be_dead() -> None:
    play = Play(rules(WAIT), answer=lambda _: "it is away")
    play.hear(opened(0))
    play.until(60)
    play.notify = read_rules(
        '[[rule]]\nname = "all"\nto = ["chief"]\n[channel.chief]\n'
        'url_env = "WATTSTREAM_NOTIFY_CHIEF"'
    )
    play.until(120)
    (dead,) = play.state.all(Dead)
    assert (dead.message.channel, dead.problem) == ("duty", "the channel was taken out of the file")
    assert {each.channel for each in play.state.all(Outbox)} == {"chief"}


def test_a_note_may_come_before_its_alert_and_be_taken_back() -> None:
    play, outage = Play(rules(NAGGING)), opened(1)
    play.acknowledge(outage)
    play.until(1)
    play.hear(outage)
    play.until(1_000)
    play.acknowledge(outage, not_any_more=True)
    play.until(1_020)

    assert play.told() == [(16, "opened"), (1_000, "repeated")]
    assert play.told("chief") == [(1_000, "escalated")]


def test_a_parent_hides_its_children_until_it_is_over() -> None:
    play = Play(rules(WAIT))
    outage = opened(0, homes=("a", "b"), homes_count=2, homes_out=2)
    silent = [opened(5, each, "meter_silent") for each in ("a", "b", "c")]
    play.at([(0, outage), *((5, each) for each in silent)], until_s=400)

    # The third is none of its homes.
    assert [message.parts[0].opened for _, message in play.sent] == [(outage.id,), (silent[2].id,)]
    part_of_it = closed(silent[0], 500, reason=outage.id)
    play.at([(500, part_of_it), (900, closed(outage, 900))], until_s=HOUR_S)
    # The one that stays away is told then, the other one never.
    assert {message.parts[0].opened for _, message in play.sent[2:]} == {(), (silent[1].id,)}


def test_a_child_is_told_where_nobody_is_told_of_its_parent() -> None:
    play = Play(rules('when = { kind = ["meter_silent"] }'))
    play.hear(opened(0, homes=("a",)), opened(0, "a", "meter_silent"))
    play.until(60)

    assert play.told() == [(20, "opened")]


QUIET = 'quiet = { from = "22:00", to = "07:00", zone = "Europe/London", but = "critical" }'
AT_23_S = 6 * HOUR_S + 44 * MINUTE_S + 50
"""The play begins at a quarter past four, and ten seconds."""
AT_7_S = AT_23_S + 8 * HOUR_S


def test_nobody_is_woken_but_for_what_is_critical() -> None:
    play = Play(rules(WAIT + QUIET))
    mild, over, bad = (
        opened(AT_23_S, "f1"),
        opened(AT_23_S, "f2", "overload"),
        opened(AT_23_S + 60, "f3", "voltage_high", severity="critical"),
    )
    play.until(AT_23_S, 60)
    play.hear(mild, over)
    play.until(AT_23_S + 60)
    play.hear(bad)
    play.until(AT_23_S + 2 * HOUR_S, 5)
    play.hear(closed(over, AT_23_S + 2 * HOUR_S))
    play.until(AT_7_S + HOUR_S, 5)

    assert play.told() == [(AT_23_S + 75, "opened"), (AT_7_S, "opened"), (AT_7_S, "ended")]


def test_a_limit_holds_and_digests_name_the_rest() -> None:
    limited = """
    [channel.duty]
    url_env = "WATTSTREAM_NOTIFY_DUTY"
    max_per_hour = 12
    """
    play = Play(rules(f'{WAIT}group_by = "subject"', limited))
    alerts = [opened(120 * n, f"f{n:02}") for n in range(28)]
    play.at([(120 * n, each) for n, each in enumerate(alerts)], 2 * HOUR_S, each_s=5)

    times_s = [at_s for at_s, _ in play.told()]
    for at_s in times_s:
        assert sum(at_s <= each < at_s + HOUR_S for each in times_s) <= 12
    named = [an_id for _, each in play.sent for part in each.parts for an_id in part.opened]
    assert sorted(named) == sorted(each.id for each in alerts)
    assert [why for _, why in play.told()][:6] == ["opened"] * 6
    assert "digest" in dict(play.told()).values()


def test_a_storm_of_many_things_is_a_few_messages() -> None:
    play = Play(rules(f'{WAIT}group_by = "subject"'))
    alerts = [opened(n / 2, f"m{n:04}", "zero_use") for n in range(240)]
    play.at([(n / 2, each) for n, each in enumerate(alerts)], until_s=120)
    play.until(1_800, 5)

    for at_s, _ in play.told():
        assert sum(at_s <= each < at_s + 600 for each, _ in play.told()) <= 10
    named = [an_id for _, each in play.sent for part in each.parts for an_id in part.opened]
    assert sorted(named) == sorted(each.id for each in alerts)
    assert len(play.sent) <= 12


def test_5000_homes_on_40_feeders_are_two_messages_a_channel_in_a_minute() -> None:
    """Demand 16: with true totals, five examples at most and a link, and no longer than a channel
    takes."""
    text = '[[rule]]\nname = "all"\nto = ["duty", "chief"]\nwait = "20s"\n'
    play = Play(read_rules(text + CHANNELS))
    outages = [opened(n, f"f{n:02}", homes_count=125, homes_out=125) for n in range(40)]
    play.at(list(enumerate(outages)), until_s=HOUR_S)

    for channel in ("duty", "chief"):
        mine = [(at_s, message) for at_s, message in play.sent if message.channel == channel]
        assert sum(at_s < 60 for at_s, _ in mine) <= 2
        assert len(mine) == 2 and mine[-1][0] <= 620 + 20
        for at_s, message in mine:
            # Of this second nothing is heard yet.
            alerts = min(int(at_s), 40)
            words = Writer(read_texts("en"), "UTC", "https://grid.example").words(message)
            assert f"{alerts} power outages, area gcp" in words.title
            assert f"{alerts} alerts, {alerts} open" in words.body
            assert f"{125 * alerts:,} homes. {125 * alerts:,} homes have no power." in words.body
            rows = [line for line in words.body.splitlines() if line.startswith("- ")]
            assert len(rows) <= 6 and rows[-1] == f"- and {alerts - len(rows) + 1} more"
            assert words.body.endswith("https://grid.example/alerts")
            assert len(words.title) <= TITLE_LENGTH and len(words.body) <= BODY_LENGTH


def test_5000_homes_on_100_feeders_are_three_messages() -> None:
    """Of the issue, number 3."""
    play = Play(rules('wait = "20s"'))
    outages = [opened(6 * n, f"f{n:03}", homes_count=50, homes_out=50) for n in range(100)]
    ends = [closed(each, 900 + n) for n, each in enumerate(outages)]
    play.at([*((6 * n, each) for n, each in enumerate(outages))], until_s=899)
    play.at([*((900 + n, each) for n, each in enumerate(ends))], until_s=2 * HOUR_S)

    assert len(play.sent) <= 3
    assert sum(at_s < 60 for at_s, _ in play.sent) <= 2
    assert max(message.parts[0].homes for _, message in play.sent) == 5_000
    for n, outage in enumerate(outages):
        told_s = min(at_s for at_s, each in play.sent if outage.id in each.parts[0].opened)
        assert told_s - 6 * n <= 620


def test_what_is_silenced_is_not_told_but_the_end_of_what_was_told_is() -> None:
    play = Play(rules(f'{WAIT}repeat_every = "10m"'))
    told, held, over = (
        opened(0, "f1"),
        opened(100, "f2", "overload"),
        opened(100, "f3", "voltage_low"),
    )
    play.hear(told)
    play.until(90)
    play.silence(2_000 - 90, area="gcp")
    play.until(100)
    play.hear(held, over)
    play.until(1_000)
    play.hear(closed(over, 1_000), closed(told, 1_000))
    play.until(HOUR_S - 1)

    assert [message.parts[0].opened for _, message in play.sent] == [
        (told.id,),
        (),
        (held.id,),
        (),
        (),
    ]
    assert play.told() == [
        (15, "opened"),
        (1_015, "ended"),
        (2_015, "opened"),
        (2_615, "repeated"),
        (3_215, "repeated"),
    ]


def test_a_silence_may_be_taken_back() -> None:
    play = Play(rules(WAIT))
    play.silence(DAY_S, subject="f1")
    play.hear(opened(0))
    play.until(100)
    assert play.sent == []
    (asked,) = play.state.all(Silence)
    play.hear(Unsilence("s", play.now_ms, "Bob"))
    # As whoever does not know whether it arrived sends it again.
    play.hear(asked)
    play.until(200)

    assert play.told() == [(115, "opened")]
    play.until(2 * DAY_S, each_s=600)
    assert list(play.state.all(Unsilenced)) == []


def test_an_incident_is_silenced_with_what_joins_it() -> None:
    play, first = Play(rules(f'{WAIT}when = {{ kind = ["outage"] }}')), opened(0)
    play.hear(first)
    play.until(60)
    play.silence(HOUR_S, incident=first.id)
    play.hear(opened(60, "f2"), opened(60, "f9", area="u33db"))
    play.until(HOUR_S)
    play.until(2 * HOUR_S)

    told = [(at_s, message.parts[0].opened) for at_s, message in play.sent]
    assert told == [
        (15, (first.id,)),
        (75, (opened(60, "f9", area="u33db").id,)),
        (HOUR_S + 75, (opened(60, "f2").id,)),
    ]


def test_what_gets_worse_is_told_by_the_rule_for_it_and_ended_once() -> None:
    two = """
    [[rule]]
    name = "mild"
    to = ["duty", "chief"]
    """
    play = Play(rules(f'{WAIT}when = {{ severity = ">=major" }}\n{two}'))
    outage = opened(0, severity="notice")
    worse = updated(outage, 300, severity="major")
    play.at([(0, outage), (300, worse), (900, closed(worse, 900))], until_s=HOUR_S)

    assert play.told() == [(20, "opened"), (315, "opened"), (915, "ended")]
    # Who is told by the mild rule alone hears on by that.
    assert play.told("chief") == [(20, "opened"), (320, "updated"), (920, "ended")]


def test_what_was_over_before_the_notifier_is_not_told() -> None:
    play = Play(rules(WAIT))
    play.state = type(play.state)()
    old, standing = opened(-HOUR_S), opened(-HOUR_S, "f2")
    for alert in (old, closed(old, -60), standing):
        play.do(Heard(alert, play.now_ms - 60_000))
    play.until(100)

    assert [message.parts[0].opened for _, message in play.sent] == [(standing.id,)]


def test_what_opened_and_ended_while_the_notifier_was_away_is_told() -> None:
    play = Play(rules(f'{WAIT}for = "60s"'))
    away = opened(1_000)
    play.now_s = 9_000
    for alert, at_s in ((away, 1_000), (closed(away, 3_000), 3_000)):
        play.do(Heard(alert, T + at_s * SECOND_MS))
    play.tick()
    play.until(9_100)

    assert play.told() == [(9_015, "ended")]


def test_a_message_is_tried_with_one_id_and_holds_no_other_channel_up() -> None:
    two = 'wait = "15s"\n[[rule]]\nname = "other"\nto = ["chief"]\n'
    tries: list[str] = []

    def answer(message: object) -> str:
        assert hasattr(message, "id") and hasattr(message, "channel")
        if message.channel == "duty" and play.now_s < 4_000:
            tries.append(message.id)
            return "HTTP 500"
        return ""

    play = Play(rules(f'when = {{ kind = ["outage"] }}\n{two}'), answer)
    play.hear(opened(0), opened(0, "f2", "overload"))
    play.until(100)
    assert play.told("chief") == [(20, "opened")]
    play.hear(closed(opened(0), 100))
    play.until(HOUR_S * 2, 20)

    assert len(set(tries)) == 1
    assert next(each.id for _, each in play.sent if each.channel == "duty") == tries[0]
    # What came meanwhile is one message.
    assert [why for _, why in play.told("duty")] == ["opened", "ended"]
    assert not any(each.problem for each in play.state.all(Outbox))


def test_a_message_that_never_arrives_is_kept_as_dead_after_a_day() -> None:
    play = Play(rules(WAIT), answer=lambda _: "connection refused")
    play.hear(opened(0))
    play.until(15)
    play.until(24 * HOUR_S + 14, 600)
    assert not list(play.state.all(Dead))
    play.until(24 * HOUR_S + 15)

    (dead,) = play.state.all(Dead)
    assert (dead.problem, dead.message.parts[0].why) == ("connection refused", "opened")


def test_a_dead_message_is_sent_again_if_somebody_asks_and_is_the_same() -> None:
    problem = "connection refused"
    play = Play(rules(WAIT), answer=lambda _: problem)
    play.hear(opened(0))
    play.until(DAY_S + 1_200, 600)
    (dead,) = play.state.all(Dead)
    problem = ""
    play.until(DAY_S + 1_260)
    assert play.sent == []
    play.hear(SendAgain("0" * 32, play.now_ms, "Ada"), SendAgain(dead.key, play.now_ms, "Ada"))
    play.until(DAY_S + 1_800)

    assert [message for _, message in play.sent] == [dead.message]
    assert not list(play.state.all(Dead))


def test_what_is_sent_again_keeps_to_the_limit() -> None:
    problem = "connection refused"
    channels = '[channel.duty]\nurl_env = "WATTSTREAM_NOTIFY_DUTY"\nmax_per_hour = 2'
    play = Play(rules(f'{WAIT}group_by = "subject"', channels), answer=lambda _: problem)
    for n in range(3):
        play.hear(opened(play.now_s, f"f{n}"))
        play.until((n + 1) * (DAY_S + HOUR_S), 600)
    problem = ""
    begun_s = play.now_s
    for dead in list(play.state.all(Dead)):
        play.hear(SendAgain(dead.key, play.now_ms, "Ada"))
    play.until(begun_s + 3 * HOUR_S, 10)

    singles = [at_s - begun_s for at_s, message in play.sent if not message.is_digest]
    assert len(singles) == 3
    assert all(b - a >= HOUR_S for a, b in pairwise(singles))


def test_a_step_changes_nothing_but_what_it_says() -> None:
    play = Play(rules(WAIT))
    before = list(play.state)
    changes = step(play.state, play.notify, Heard(opened(0), T))

    assert list(play.state) == before
    assert {kind for kind, _ in changes} == {Known, Group}
    assert step(play.state, play.notify, Tick(T)) == {}


def test_that_no_readings_come_is_told_once_and_is_no_outage() -> None:
    """Demand 21, told; what makes it one alert is in `tests/unit/jobs/rules/test_feed.py`."""
    play = Play(rules(WAIT))
    stopped = opened(0, "demo.readings", "feed_stopped", area="", homes_count=0, homes_out=0)
    play.at([(0, stopped), (1, stopped), (600, closed(stopped, 600))], until_s=HOUR_S)

    assert play.told() == [(15, "opened"), (615, "ended")]
    assert {message.parts[0].kind for _, message in play.sent} == {"feed_stopped"}


def test_whatever_comes_fits_into_records() -> None:
    play = Play(rules(f'{WAIT}group_by = "subject"'))
    name = "m" * 56
    for n in range(2_500):
        play.do(Heard(opened(0, f"{name}-{n:04}", "meter_silent"), T))
    for n in range(5_100):
        play.do(Heard(opened(0, "same", "overload", at_ms=T + n, id=f"overload:same:{T + n}"), T))
    play.do(Tick(T))
    for at_s in (16, *range(700, 712), *range(1_400, 1_412), 2_100):
        changes = step(play.state, play.notify, Tick(T + at_s * SECOND_MS))
        assert (
            max((len(each.value or b"") for each in records(changes)), default=0)
            < MAX_MESSAGE_BYTES / 2
        )
        play.state.take(changes)
        for outbox in list(play.state.all(Outbox)):
            if outbox.sending is not None:
                play.sent.append((at_s, outbox.sending))
                play.do(Result(outbox.channel, outbox.sending.id, T + at_s * SECOND_MS))

    parts = [part for _, message in play.sent for part in message.parts]
    assert sum(part.opened_count for part in parts) == 2_500 + 5_100
    assert max(len(group.members) for group in play.state.all(Group)) == 5_000


def test_alerts_are_forgotten_a_week_after_they_came_last() -> None:
    play, outage = Play(rules(WAIT)), opened(0)
    play.at([(0, outage), (100, closed(outage, 100))], until_s=1_000)
    play.until(100 + 7 * 24 * HOUR_S - 1, 24 * HOUR_S)
    assert [each.key for each in play.state.all(Known)] == [outage.id]
    play.until(100 + 7 * 24 * HOUR_S, 1)

    assert not list(play.state.all(Known))
