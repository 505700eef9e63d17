"""What customers are told of their own homes, as they have chosen."""

from typing import Any

import pytest
from msgspec.structs import replace

from contracts.alerts import FOR_CUSTOMERS, Alert, Evidence, alert_id
from contracts.choices import Choice, Quiet
from contracts.deliveries import MOST_ARRIVED
from contracts.facts import MOST_METERS
from contracts.notify_requests import SendAgain
from services.notifier.messages import Message
from services.notifier.residents import Residents
from services.notifier.rule_file import read_rules
from services.notifier.state import Arrived, Dead, Hit, Letterbox, State
from services.notifier.step import Event, Heard, Tick, Unchosen, step
from tests.unit.services.notifier.play import (
    CUSTOMERS,
    Play,
    T,
    a_choice,
    a_home,
    closed,
    opened,
    updated,
)

DAY_S, HOUR_S = 86_400, 3_600


def a_play(**more: Any) -> Play:  # noqa: ANN401
    """Nobody but customers is told."""
    return Play(read_rules(CUSTOMERS), **more)


def outage(at_s: float, *homes: str, **fields: Any) -> Alert:  # noqa: ANN401
    counts = {"homes_count": len(homes), "homes_out": len(homes)}
    return opened(at_s, "f1", homes=tuple(sorted(homes)), **{**counts, **fields})


def test_who_lives_there_is_told_when_it_lasts_and_when_it_is_over() -> None:
    play = a_play()
    play.choose("c1", "m1")
    play.choose("c2", "m2")
    play.choose("c3", "m3")
    alert = outage(0, "m1", "m2")
    play.hear(alert)
    play.until(59)
    assert play.sent == []
    play.until(600)
    assert play.told_customer("c1") == play.told_customer("c2") == [(60, [("opened", "f1")])]
    play.hear(closed(alert, 600))
    play.until(700)

    assert play.told_customer("c1")[1:] == [(600, [("ended", "f1")])]
    assert play.told_customer("c3") == []
    assert len({message.id for _, message in play.sent}) == 4
    assert {message.channel for _, message in play.sent} == {"home-mail"}
    assert [*play.state.all(Hit)] == []


def test_what_is_told_names_the_own_meters_alone_and_has_no_evidence_of_others() -> None:
    play = a_play()
    play.choose("c1", "m1", "m9")
    alert = outage(0, "m1", "m2", "m9", evidence=Evidence("x", "m2 is dark.", {"share": 0.9}))
    play.at([(0, alert)], 61)
    ((_, message),) = play.sent
    (part,) = message.parts

    assert (part.meters, part.homes, part.homes_out) == (("m1", "m9"), 2, 2)
    assert (part.opened, part.ended) == ((alert.id,), ())
    assert "m2" not in str(message) and "c1@" not in str(message)


def test_what_is_over_before_it_lasts_is_not_told() -> None:
    play = a_play()
    play.choose("c1", "m1")
    alert = outage(0, "m1")
    play.at([(0, alert), (59, closed(alert, 59))], 600)

    assert play.sent == []
    assert [*play.state.all(Hit)] == []


def test_only_what_was_chosen_is_told() -> None:
    play = a_play()
    play.choose("c1", "m1", kinds=("unusual_use",))
    silent = opened(0, "m1", "meter_silent", homes=("m1",))
    use = opened(5, "m1", "unusual_use", homes=("m1",))
    loss = opened(6, "f1", "feeder_loss", homes=("m1",))
    play.at([(0, silent), (1, outage(1, "m1")), (5, use), (6, loss)], 600)

    assert play.told_customer("c1") == [(65, [("opened", "m1")])]
    assert [each.parts[0].kind for _, each in play.sent] == ["unusual_use"]


def test_a_silent_meter_is_a_part_of_the_outage_that_is_told() -> None:
    play = a_play()
    play.choose("c1", "m1")
    play.choose("c2", "m2", kinds=("meter_silent",))
    dark = outage(10, "m1", "m2")
    silent = [opened(0, each, "meter_silent", homes=(each,)) for each in ("m1", "m2")]
    parts = [closed(each, 20, reason=dark.id) for each in silent]
    play.at([*((0, each) for each in silent), (10, dark)], 15)
    play.at([(20, each) for each in parts], 300)
    assert play.told_customer("c1") == [(70, [("opened", "f1")])]
    # Closed as a part of another alert it is not over: nobody is told that it were.
    assert play.told_customer("c2") == []


def test_what_was_told_and_becomes_a_part_of_another_alert_is_not_told_to_be_over() -> None:
    play = a_play()
    play.choose("c1", "m1", kinds=("meter_silent",))
    dark, silent = outage(100, "m1"), opened(0, "m1", "meter_silent", homes=("m1",))
    play.at([(0, silent), (100, dark), (200, closed(silent, 200, reason=dark.id))], 600)

    assert play.told_customer("c1") == [(60, [("opened", "m1")])]
    assert [*play.state.all(Hit)] == []


def test_a_silent_meter_is_told_where_nobody_is_told_of_the_outage() -> None:
    play = a_play()
    play.choose("c1", "m1", kinds=("meter_silent",))
    play.choose("c2", "m2")
    silent = [opened(0, each, "meter_silent", homes=(each,)) for each in ("m1", "m2")]
    play.at([(0, outage(0, "m1", "m2")), *((0, each) for each in silent)], 300)

    assert play.told_customer("c1") == [(60, [("opened", "m1")])]
    assert play.told_customer("c2") == [(60, [("opened", "f1")])]


def test_a_link_that_is_lost_is_no_outage_of_a_home() -> None:
    play = a_play()
    play.choose("c1", "m1")
    alert = outage(0, "m1", cause="communication")
    play.at([(0, alert)], 300)
    assert play.sent == []
    play.hear(updated(alert, 300, cause="power"))
    assert play.told_customer("c1") == [(300, [("opened", "f1")])]


def test_a_home_that_is_hit_later_is_told_then() -> None:
    play = a_play()
    play.choose("c1", "m1")
    play.choose("c2", "m2")
    alert = outage(0, "m1")
    play.at([(0, alert)], 100)
    play.hear(updated(alert, 100, homes=("m1", "m2"), homes_count=2, homes_out=2))
    play.until(200)

    assert play.told_customer("c1") == [(60, [("opened", "f1")])]
    assert play.told_customer("c2") == [(160, [("opened", "f1")])]


# 16:15:10 in London, where second 0 is.
QUIET = Quiet("16:30", "17:00")
QUIET_ENDS_S = 45 * 60 - 10


def test_in_quiet_hours_nothing_is_told_and_then_all_in_one_message() -> None:
    play = a_play()
    play.choose("c1", "m1", quiet=QUIET)
    dark, use = outage(1_000, "m1"), opened(1_200, "m1", "unusual_use", homes=("m1",))
    play.at([(1_000, dark), (1_200, use), (1_900, closed(dark, 1_900))], QUIET_ENDS_S - 1)
    assert play.sent == []
    play.until(QUIET_ENDS_S + 5)

    said = [("ended", "f1"), ("opened", "m1")]
    assert play.told_customer("c1") == [(QUIET_ENDS_S, said)]
    ((_, message),) = play.sent
    assert [each.opened_count for each in message.parts] == [1, 1]


def test_quiet_hours_are_those_that_hold_now() -> None:
    play = a_play()
    play.choose("c1", "m1", quiet=QUIET)
    play.at([(1_000, outage(1_000, "m1"))], 1_500)
    assert play.sent == []
    play.choose("c1", quiet=Quiet("22:00", "07:00"))
    play.until(1_501)
    assert play.told_customer("c1") == [(1_501, [("opened", "f1")])]


def test_what_there_is_no_room_for_waits_and_is_one_message() -> None:
    play = a_play()
    play.choose("c1", *(f"m{n}" for n in range(1, 8)))
    uses = [opened(100 * n, f"m{n}", "unusual_use", homes=(f"m{n}",)) for n in range(1, 8)]
    play.at([(100 * n, each) for n, each in enumerate(uses, 1)], 2 * HOUR_S, each_s=5)

    told = play.told_customer("c1")
    assert [at_s for at_s, _ in told] == [160, 260, 360, 460, 160 + HOUR_S]
    assert told[-1][1] == [("opened", f"m{n}") for n in (5, 6, 7)]


def test_what_is_silenced_is_told_afterwards_and_its_end_at_once() -> None:
    play = a_play()
    play.choose("c1", "m1")
    play.silence(500, subject="f1")
    first = outage(0, "m1")
    play.at([(0, first)], 499)
    assert play.sent == []
    play.until(501)
    assert play.told_customer("c1") == [(500, [("opened", "f1")])]
    play.silence(5_000, subject="f1")
    play.hear(closed(first, 501))
    assert play.told_customer("c1")[1:] == [(501, [("ended", "f1")])]


def test_who_wants_to_be_told_no_more_is_told_nothing_not_even_the_end() -> None:
    play = a_play()
    play.choose("c1", "m1")
    alert = outage(0, "m1")
    play.at([(0, alert)], 100)
    play.do(Unchosen("c1"))
    play.hear(closed(alert, 200))
    play.until(5_000)

    assert len(play.sent) == 1
    for kind in (Hit, Letterbox, Choice):
        assert [*play.state.all(kind)] == []


def test_what_was_over_before_the_notifier_is_not_told() -> None:
    state, notify, residents = State(), read_rules(CUSTOMERS), Residents()
    residents.take("m1", a_home("c1"))
    old, still = outage(-500, "m1"), opened(-400, "m1", "unusual_use", homes=("m1",))
    events: list[Event] = [Heard(a_choice("c1"), T)]
    events += [
        Heard(each, T - 100_000, residents.hit_by(each)) for each in (old, still, closed(old, -100))
    ]
    for event in (*events, Tick(T)):
        state.take(step(state, notify, event))

    (letterbox,) = state.all(Letterbox)
    assert letterbox.sending is not None
    assert [each.kind for each in letterbox.sending.parts] == ["unusual_use"]
    assert [each.alert_id for each in state.all(Hit)] == [still.id]


def test_a_try_that_fails_is_made_again_with_its_id_by_the_channel_that_is_wanted_now() -> None:
    tries: list[Message] = []

    def answer(message: Message) -> str:
        tries.append(message)
        return "the receiver answers 500" if message.channel == "home-mail" else ""

    play = a_play(answer=answer)
    play.choose("c1", "m1")
    play.at([(0, outage(0, "m1"))], 70)
    (letterbox,) = play.state.all(Letterbox)
    assert letterbox.problem == "the receiver answers 500"
    assert len({each.id for each in tries}) == 1 and len(tries) > 5
    play.choose("c1", channel="home-push", address="ada-at-home")
    play.until(72)

    assert play.told_customer("c1") == [(71, [("opened", "f1")])]
    assert {each.id for each in tries} == {play.sent[0][1].id}
    assert play.sent[0][1].channel == "home-push"
    (arrived,) = play.state.all(Arrived)
    assert (arrived.delivery.customer, arrived.delivery.channel) == ("c1", "home-push")


def test_what_does_not_arrive_in_a_day_is_dead_and_is_sent_again_if_somebody_asks() -> None:
    fails = True
    play = a_play(answer=lambda _: "it is away" if fails else "")
    play.choose("c1", "m1")
    alert = outage(0, "m1")
    play.at([(0, alert)], 100)
    play.until(DAY_S + 200, each_s=600)
    (dead,) = play.state.all(Dead)
    assert (dead.problem, dead.message.customer) == ("it is away", "c1")
    assert [*play.state.all(Letterbox)] == []
    fails = False
    play.hear(SendAgain(dead.key, play.now_ms, "ada"))
    assert [message.id for _, message in play.sent] == [dead.key]
    assert [*play.state.all(Dead)] == []
    play.hear(closed(alert, DAY_S + 300))
    assert [each for _, each in play.told_customer("c1")] == [[("opened", "f1")], [("ended", "f1")]]


def test_a_file_without_customers_ends_what_was_under_way() -> None:
    play = a_play(answer=lambda _: "it is away")
    play.choose("c1", "m1")
    play.at([(0, outage(0, "m1"))], 100)
    play.notify = read_rules("")
    play.until(101)

    (dead,) = play.state.all(Dead)
    assert dead.problem == "the channel was taken out of the file"
    assert [*play.state.all(Hit)] == []


def test_a_storm_is_a_message_to_each_home_and_pushes_nobody_else_out() -> None:
    homes = 2 * MOST_ARRIVED + 500
    notify = read_rules(
        '[[rule]]\nname = "all"\nto = ["duty"]\n'
        f'[channel.duty]\nurl_env = "WATTSTREAM_NOTIFY_DUTY"\n{CUSTOMERS}'
    )
    play = Play(notify)
    for n in range(homes):
        play.residents.take(f"m{n:05d}", a_home(f"c{n:05d}", f"f{n // 100}"))
        play.choose(f"c{n:05d}")
    for feeder in range(homes // 100):
        those = tuple(f"m{n:05d}" for n in range(100 * feeder, 100 * feeder + 100))
        play.only_hear(opened(0, f"f{feeder}", homes=those, homes_count=100, homes_out=100))
    play.until(120, each_s=10)

    to_customers = [message.customer for _, message in play.sent if message.customer]
    assert len(to_customers) == len(set(to_customers)) == homes
    arrived = [each.delivery for each in play.state.all(Arrived)]
    assert sum(each.customer is not None for each in arrived) == MOST_ARRIVED
    assert any(each.channel == "duty" for each in arrived)


def test_of_a_list_that_is_cut_those_after_its_end_may_be_hit() -> None:
    residents = Residents()
    for n in range(MOST_METERS + 3):
        residents.take(f"m{n:04d}", a_home(f"c{n}"))
    residents.take("m9000", a_home("other", "f2"))
    named = tuple(f"m{n:04d}" for n in range(MOST_METERS))
    count = MOST_METERS + 3
    cut = opened(0, "f1", homes=named, homes_count=count, homes_out=count)

    assert set(residents.hit_by(cut)) == {f"c{n}" for n in range(count)}
    whole = replace(cut, homes_count=MOST_METERS)
    assert set(residents.hit_by(whole)) == {f"c{n}" for n in range(MOST_METERS)}


def test_a_meter_that_changes_hands_or_leaves_is_nobodys_any_more() -> None:
    residents = Residents()
    residents.take("m1", a_home("c1"))
    silent = opened(0, "m1", "meter_silent", homes=("m1",))
    assert residents.hit_by(silent) == {"c1": ("m1",)}
    residents.take("m1", a_home("c2"))
    assert residents.hit_by(silent) == {"c2": ("m1",)}
    residents.take("m1", {**a_home("c2"), "export": True})
    assert residents.hit_by(silent) == {}
    residents.take("m1", a_home("c1"))
    residents.take("m1", None)
    assert residents.hit_by(silent) == {} and len(residents) == 0


@pytest.mark.parametrize("kind", sorted(FOR_CUSTOMERS))
def test_every_kind_for_customers_can_be_chosen_and_told(kind: Any) -> None:  # noqa: ANN401
    play = a_play()
    play.residents.take("m1", a_home("c1"))
    play.state.take({(Choice, "c1"): a_choice(kinds=(kind,))})
    subject = "f1" if kind == "outage" else "m1"
    alert = opened(0, subject, kind, homes=("m1",))
    play.at([(0, alert)], 61)
    assert alert.id == alert_id(kind, subject, T)
    assert [message.parts[0].kind for _, message in play.sent] == [kind]
