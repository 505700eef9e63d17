"""What the notifier shows of what it knows, and a Redis that comes and goes meanwhile."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from msgspec.json import decode

from adapters.live_store import asked
from adapters.redis_choices import choice, show_choices
from adapters.redis_notifier import arrived, show, told
from contracts.choices import Choice, choices_key
from contracts.deliveries import (
    MOST_ALERT_IDS,
    MOST_ARRIVED,
    Notifier,
    arrived_key,
    notifier_key,
)
from contracts.settings import RedisSettings, Settings
from services.notifier import showing
from services.notifier.delivered import delivery
from services.notifier.messages import Example, Message, Part
from services.notifier.rule_file import read_rules
from services.notifier.serving import Serving
from services.notifier.showing import Showing
from services.notifier.shown import Shown, notifier, of_customers, shown, whole
from services.notifier.state import Arrived, Changes
from services.notifier.step import Event, Heard, Result, Tick, Unchosen
from tests.support.redis_server import free_port, redis_server
from tests.unit.services.notifier.killed import Kept
from tests.unit.services.notifier.play import CUSTOMERS, Play, T, closed, opened, rules
from tests.unit.services.notifier.told import DAY_S, FILE, night, tell

NAMESPACE = "town"
PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with redis_server() as found:
        yield found


@pytest.fixture
def client(url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(url, decode_responses=True) as found:
        found.flushall()
        yield found


def test_what_is_known_is_what_readers_find(client: redis.Redis) -> None:
    outage = opened(0)
    play = night(outage, T + 2 * DAY_S * 1_000)
    tell(client, NAMESPACE, play)

    found = asked(client, told(NAMESPACE))

    assert found.notifier is not None
    assert (found.notifier.file, found.notifier.seen_ms) == (FILE, play.now_ms)
    (rule,) = found.notifier.rules
    assert (rule.name, rule.to, rule.for_ms, rule.repeat_every_ms) == (
        *("all", ("duty",), 10_000, 8 * 3_600_000),
    )
    assert (rule.escalate_after_ms, rule.escalate_to) == (900_000, ("chief",))
    assert (rule.quiet_from, rule.quiet_to, rule.quiet_but) == ("01:00", "01:01", "critical")
    assert found.notifier.channels.keys() == {"duty", "chief"}
    (dead,) = found.dead.values()
    assert (dead.channel, dead.state, dead.problem) == ("chief", "dead", "it answers 500")
    assert [(each.why, each.subject) for each in dead.gists] == [("escalated", "f1")]
    assert [each.why for each in found.silences.values()] == ["planned work"]
    assert found.channels["duty"].sending is None
    went = asked(client, arrived(NAMESPACE))
    assert [each.gists[0].why for each in went] == ["repeated", "repeated", "opened"]
    assert {each.gists[0].alert_ids for each in went} == {(outage.id,)}
    assert [each.since_ms for each in went] == sorted((e.since_ms for e in went), reverse=True)


def test_changes_lead_where_all_of_it_does(client: redis.Redis) -> None:
    """Each turn shows what has changed: at the end it is what one sees who shows all at once."""
    serving, outage = Serving(rules('wait = "1s"'), Kept()), opened(0)
    script: list[Event] = [Heard(outage, T), Tick(T), Tick(T + 2_000)]
    script.append(Heard(closed(outage, 3), T + 3_000))
    play = Play(rules('wait = "1s"'))
    tell(client, NAMESPACE, play)
    for n, event in enumerate(script):
        what = shown(serving.turn([event]))
        _show(client, what)
        for message in list(serving.to_send()):
            problem = "it is away" if n == 2 else ""
            _show(client, shown(serving.turn([Result("duty", message.id, T + 2_500, problem)])))
    by_changes = _all(client)
    play.state = serving.state
    tell(client, NAMESPACE, play)
    assert by_changes == _all(client)
    assert len(by_changes[1]) == 1


def _all(client: redis.Redis) -> tuple[dict[Any, Any], list[Any]]:
    fields = client.hgetall(notifier_key(NAMESPACE))
    return fields, [*client.zrange(arrived_key(NAMESPACE), 0, -1)]


def _show(client: redis.Redis, what: Shown) -> None:
    show(client, NAMESPACE, what.fields, what.arrived)


def test_no_address_and_no_secret_is_shown() -> None:
    channels = '[channel.duty]\ntype = "webhook"\nurl_env = "WATTSTREAM_NOTIFY_X"\n'
    known = rules(channels=f'{channels}secret_env = "WATTSTREAM_NOTIFY_Y"\n')
    assert b"WATTSTREAM" not in notifier(known, FILE, T, T)


def test_a_message_of_many_names_as_many_as_there_is_room_for() -> None:
    example = Example("outage:f1:1", "f1", "major", T)
    ids = tuple(f"outage:f{n}:1" for n in range(1, 501))
    part = Part("g", "all", "outage", "opened", "major", "gcpu", T, 500, 500, (example,), None, ids)
    one = delivery(Message("0" * 32, "duty", T, (part,)), "arrived", T)
    assert len(one.gists[0].alert_ids) == MOST_ALERT_IDS
    many = delivery(Message("0" * 32, "duty", T, (part,) * 30, is_digest=True), "arrived", T)
    assert (many.groups, len(many.gists)) == (30, 20)
    assert sum(len(each.alert_ids) for each in many.gists) == MOST_ALERT_IDS
    assert all(each.subject == "f1" for each in many.gists)


def test_what_arrived_is_remembered_to_a_limit(client: redis.Redis) -> None:
    play = Play(rules())
    example = Example("outage:f1:1", "f1", "major", T)
    part = Part("g", "all", "outage", "opened", "major", "gcpu", T, 1, 1, (example,))
    for n in range(MOST_ARRIVED + 3):
        at_ms = T + n
        each = delivery(Message(f"{n:032x}", "duty", at_ms, (part,)), "arrived", at_ms)
        play.state.take({(Arrived, each.id): Arrived(each)})
    tell(client, NAMESPACE, play)
    play.until(1)
    newest = [f"{n:032x}" for n in range(MOST_ARRIVED + 2, 2, -1)]
    assert [each.id for each in asked(client, arrived(NAMESPACE))] == newest
    assert {each.delivery.id for each in play.state.all(Arrived)} == set(newest)
    play.until(31 * DAY_S, each_s=DAY_S)
    assert list(play.state.all(Arrived)) == []


def test_what_customers_chose_and_got_is_shown(client: redis.Redis) -> None:
    """Changes lead where all of it does, and no address is anywhere but in the choice."""
    play = Play(read_rules(CUSTOMERS), lambda each: "" if each.customer == "c1" else "it is away")
    shown_all = {"anew": True}
    for customer, meter_id in (("c1", "m1"), ("c2", "m2"), ("c3", "m3")):
        play.choose(customer, meter_id)
    play.hear(opened(0, "f1", homes=("m1", "m2"), homes_count=2, homes_out=2))
    play.until(61)
    play.do(Unchosen("c3"))

    def show_it(changes: Changes, **how: bool) -> None:
        what = shown(changes, of_customers(play.state, play.notify))
        at_customers = what.arrived_at_customers
        show(client, NAMESPACE, what.fields, what.arrived, at_customers=at_customers, **how)
        show_choices(client, NAMESPACE, what.choices or {}, **how)

    show_it(whole(play.state), **shown_all)
    found = asked(client, told(NAMESPACE))
    assert (found.channels["home-mail"].waiting, found.channels["home-mail"].problem) == (
        *(1, "it is away"),
    )
    (went,) = asked(client, arrived(NAMESPACE))
    assert (went.customer, went.channel, went.gists[0].why) == ("c1", "home-mail", "opened")
    chosen = client.hgetall(choices_key(NAMESPACE))
    assert set(chosen) == {"c1", "c2"}
    assert asked(client, choice(NAMESPACE, "c1")) == play.state.get(Choice, "c1")
    everything = [*client.hgetall(notifier_key(NAMESPACE)).values(), went]
    assert not [each for each in everything if "@homes" in str(each)]
    show_it({(Choice, "c1"): None})
    assert client.hkeys(choices_key(NAMESPACE)) == ["c2"]
    play.state.take({(Choice, each): None for each in ("c1", "c2")})
    show_it(whole(play.state), **shown_all)
    assert not client.exists(choices_key(NAMESPACE))


def test_what_the_file_offers_customers_is_shown() -> None:
    offered = decode(notifier(read_rules(CUSTOMERS), FILE, T, T), type=Notifier).customers
    assert offered is not None
    assert offered.channels == {"home-mail": "mail", "home-push": "name"}
    assert (offered.languages, offered.for_ms, offered.max_per_hour) == (
        *(("en", "de", "fr"), 60_000, 4),
    )


def test_a_redis_that_is_emptied_or_away_is_shown_all_of_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(showing, "SEEN_EACH_MS", 50)
    play, port = Play(rules(), lambda _: "it is away"), free_port()
    play.hear(opened(0))
    play.until(60)
    settings = Settings(namespace=NAMESPACE, redis=RedisSettings(url=f"redis://127.0.0.1:{port}/0"))
    shows = Showing(settings, lambda seen_ms: notifier(play.notify, FILE, T, seen_ms))
    shows.turn(play.now_ms)
    try:
        for _ in range(2):
            with redis_server(port) as url, redis.Redis.from_url(url) as emptied:
                _until(url, shows, play)
                emptied.flushall()
                _until(url, shows, play)
            _wait(lambda: shows.wants_all)
    finally:
        shows.close()


def test_a_redis_that_comes_back_as_it_was_before_is_shown_all_of_it_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Who says nothing meanwhile does not notice: the client connects again by itself."""
    monkeypatch.setattr(showing, "SEEN_EACH_MS", 50)
    play, port, before = Play(rules()), free_port(), tmp_path / "before"
    settings = Settings(namespace=NAMESPACE, redis=RedisSettings(url=f"redis://127.0.0.1:{port}/0"))
    with redis_server(port) as url, redis.Redis.from_url(url) as client:
        shows = Showing(settings, lambda seen_ms: notifier(play.notify, FILE, T, seen_ms))
        shows.turn(play.now_ms)
        shows.give_all(shown(whole(play.state)))
        _wait(lambda: not shows.wants_all)
        monkeypatch.setattr(showing, "SEEN_EACH_MS", 3_600_000)
        # It says no more by itself once it has shown what is given after that.
        shows.give(Shown({"what": b"was there"}, {}))
        _wait(lambda: client.hexists(notifier_key(NAMESPACE), "what"))
        client.save()
        folder = str(client.config_get("dir")["dir"])
        shutil.copy(Path(folder, "dump.rdb"), before)
    try:
        with redis_server(port, before):
            assert not shows.wants_all
            shows.give(Shown({"what": b"has changed"}, {}))
            _wait(lambda: shows.wants_all)
    finally:
        shows.close()


def _until(url: str, shows: Showing, play: Play) -> None:
    """Until Redis shows what is on its way, as the notifier goes on."""
    with redis.Redis.from_url(url, decode_responses=True) as client:

        def is_shown() -> bool:
            if shows.wants_all:
                shows.give_all(shown(whole(play.state)))
            channel = asked(client, told(NAMESPACE)).channels.get("duty")
            return channel is not None and channel.sending is not None

        _wait(is_shown)


def _wait(is_so: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)
