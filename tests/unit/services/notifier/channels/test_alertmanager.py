"""Alertmanager, played on loopback, is shown what is open."""

import json
from queue import Queue

import pytest

from contracts.time import MINUTE_MS, SECOND_MS
from services.notifier.channels.alertmanager import Poster, alertmanager, standing, utc
from services.notifier.channels.sending import Sent
from services.notifier.errors import NotifyError
from services.notifier.rules import Notify
from services.notifier.state import Outbox, Thread
from tests.support.receivers import http_receiver
from tests.unit.services.notifier.play import Play, T, closed, opened, rules

CHANNELS = """
[channel.duty]
type = "alertmanager"
url_env = "WATTSTREAM_NOTIFY_DUTY"
[channel.chief]
type = "alertmanager"
url_env = "WATTSTREAM_NOTIFY_CHIEF"
"""
NOTIFY: Notify = rules('for = "30s"\nescalate = { after = "10m", to = ["chief"] }', CHANNELS)


def shown(play: Play, channel: str = "duty") -> list[tuple[str, str]]:
    """Subjects, and when each ends."""
    found = standing(play.state, play.notify, channel, play.now_ms)
    return [(each["labels"]["subject"], each["endsAt"]) for each in found]


def test_what_lasts_is_shown_until_a_while_after_its_end() -> None:
    play, outage = Play(NOTIFY), opened(0)
    play.hear(outage, opened(0, "f2"))
    play.until(29)
    assert shown(play) == []
    play.until(30)
    in_five_minutes = utc(play.now_ms + 5 * MINUTE_MS)
    assert shown(play) == [("f1", in_five_minutes), ("f2", in_five_minutes)]
    play.hear(closed(outage, 30))
    play.until(600, 10)
    assert shown(play)[0] == ("f1", utc(T + 30 * SECOND_MS))
    # No message is made for it.
    assert not list(play.state.all(Thread)) and not list(play.state.all(Outbox))
    assert shown(play, "chief") == []
    # Nobody has acknowledged the other one.
    play.until(630, 10)
    assert [subject for subject, _ in shown(play, "chief")] == ["f1", "f2"]


def test_what_ended_is_left_in_the_end() -> None:
    play, outage = Play(NOTIFY), opened(0)
    play.at([(0, outage), (100, closed(outage, 100))], until_s=699, each_s=10)
    assert len(shown(play)) == 1
    play.until(700)
    assert shown(play) == []


def test_it_gets_its_own_format() -> None:
    play = Play(NOTIFY)
    play.hear(opened(0, severity="critical", homes_count=42))
    play.until(30)
    with http_receiver() as receiver:
        show = alertmanager("duty", f"{receiver.url}/")
        assert show(list(standing(play.state, play.notify, "duty", play.now_ms))) == Sent()
    (got,) = receiver.got

    assert got.path == "/api/v2/alerts"
    assert json.loads(got.body) == [
        {
            "labels": {
                "alertname": "outage",
                "alert_id": f"outage:f1:{T}",
                "subject": "f1",
                "area": "gcpuy",
                "severity": "critical",
                "rule": "all",
            },
            "annotations": {"summary": "8 of 8 homes that were due stayed away.", "homes": "42"},
            "startsAt": "2013-12-23T16:15:10.000+00:00",
            "endsAt": "2013-12-23T16:20:40.000+00:00",
            "generatorURL": f"http://127.0.0.1:18080/alerts/outage:f1:{T}",
        }
    ]


def test_it_is_shown_again_and_at_once_what_is_new() -> None:
    play, outage = Play(NOTIFY), opened(0)
    play.hear(outage)
    play.until(30)
    got: Queue[list[str]] = Queue()
    answers = [Sent("away")]

    def show(alerts: object) -> Sent:
        assert isinstance(alerts, list)
        got.put([each["endsAt"] for each in alerts])
        return answers.pop() if answers else Sent()

    def give() -> None:
        poster.give(list(standing(play.state, NOTIFY, "duty", play.now_ms)), play.now_ms)

    poster = Poster("duty", show, each_s=3_600)
    give()
    assert got.get(timeout=120) == ["2013-12-23T16:20:40.000+00:00"]
    # The same again is not new, its end is.
    give()
    play.hear(closed(outage, 30))
    give()
    assert got.get(timeout=120) == ["2013-12-23T16:15:40.000+00:00"]
    assert got.empty()
    poster.stop()

    often = Poster("duty", show, each_s=0.01)
    often.give(list(standing(play.state, NOTIFY, "duty", play.now_ms)), play.now_ms)
    for _ in range(3):
        got.get(timeout=120)
    often.stop()


def test_a_wrong_address_is_told_and_not_shown() -> None:
    with pytest.raises(NotifyError, match=r"channel.duty: the address is no http://") as error:
        alertmanager("duty", "topsecret")
    assert "topsecret" not in str(error.value)
