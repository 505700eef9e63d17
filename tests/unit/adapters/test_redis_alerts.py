"""Alerts stand in Redis as their highest versions say, whatever is written in whatever order."""

from collections.abc import Iterator, Sequence
from random import Random

import msgspec
import pytest
import redis

from adapters import live_questions as ask
from adapters import redis_alerts
from adapters.connect import redis_client
from adapters.live_store import asked
from adapters.redis_alerts import ALERTS_A_CALL, write_alerts
from contracts.alerts import CLOSED_KEPT_MS, MOST_NEWEST, Alert, Kind, newest_alerts_key
from contracts.settings import RedisSettings, Settings
from contracts.time import HOUR_MS, MINUTE_MS
from tests.support.alerts import OPENED_MS, an_alert
from tests.support.redis_server import redis_server

NAMESPACE = "test_redis_alerts"


@pytest.fixture(scope="module")
def own() -> Iterator[Settings]:
    """Settings of a Redis of the tests' own."""
    with redis_server() as url:
        yield Settings(namespace=NAMESPACE, redis=RedisSettings(url=url))


@pytest.fixture
def client(own: Settings) -> Iterator["redis.Redis"]:
    """A client, and no alert of an earlier test."""
    with redis_client(own.redis) as connected:
        forget(connected)
        yield connected
        forget(connected)


def forget(client: "redis.Redis") -> None:
    """Delete all that is known of alerts."""
    for key in client.scan_iter(f"{NAMESPACE}:*", count=1_000):
        client.delete(key)


def write(client: "redis.Redis", *alerts: Alert) -> None:
    write_alerts(client, NAMESPACE, alerts)


def held(client: "redis.Redis") -> dict[str, Alert]:
    """Alerts by id."""
    return {each.id: each for each in asked(client, ask.alerts(NAMESPACE))}


def newest(client: "redis.Redis", kind: Kind = "outage") -> dict[str, int]:
    """Subjects by when their newest alert was opened, in that order."""
    key = newest_alerts_key(NAMESPACE, kind)
    subjects = map(str, client.zrange(key, 0, -1))
    return {subject: int(client.zscore(key, subject) or 0) for subject in subjects}


def everything(client: "redis.Redis") -> dict[str, object]:
    """All that there is, by key, but for what tells of the writing itself."""
    found: dict[str, object] = {}
    for key in client.scan_iter(f"{NAMESPACE}:*", count=1_000):
        match client.type(key):
            case "stream":
                continue
            case "hash":
                found[key] = client.hgetall(key)
            case "zset":
                found[key] = client.zrange(key, 0, -1, withscores=True)
            case _:
                found[key] = client.get(key)
    return found


def closed(alert: Alert, at_ms: int) -> Alert:
    """The version after it, which closes it."""
    return msgspec.structs.replace(
        alert, version=alert.version + 1, state="closed", at_ms=at_ms, closed_at_ms=at_ms
    )


def test_a_version_gives_way_to_a_higher_one_only(client: "redis.Redis") -> None:
    first = an_alert(homes=("a", "b"), homes_count=2, homes_out=2)
    second = msgspec.structs.replace(first, version=2, state="updated", at_ms=OPENED_MS + 60_000)

    write(client, second)
    write(client, first)
    assert held(client) == {first.id: second}

    write(client, msgspec.structs.replace(second, version=10))
    write(client, msgspec.structs.replace(second, version=9))
    assert held(client)[first.id].version == 10
    found = asked(client, ask.alert(NAMESPACE, first.id))
    assert found is not None
    assert found.version == 10
    assert asked(client, ask.alert(NAMESPACE, "outage:none:1")) is None


def test_without_any_alert_nothing_is_there(client: "redis.Redis") -> None:
    write(client)

    assert everything(client) == {}
    assert asked(client, ask.alerts(NAMESPACE)) == []
    assert asked(client, ask.alerts_time_ms(NAMESPACE)) is None


def test_a_closed_alert_stays_for_a_day_of_the_alerts_own_time(client: "redis.Redis") -> None:
    first = an_alert()
    last = closed(first, OPENED_MS + MINUTE_MS)
    still_open = an_alert(subject="open")
    write(client, first, last, still_open)

    write(client, an_alert(subject="later", opened_at_ms=last.at_ms + CLOSED_KEPT_MS - 1))
    assert held(client)[first.id] == last

    at_last = an_alert(subject="last", opened_at_ms=last.at_ms + CLOSED_KEPT_MS)
    write(client, at_last)
    assert first.id not in held(client)
    assert held(client)[still_open.id] == still_open
    assert asked(client, ask.alerts_time_ms(NAMESPACE)) == at_last.at_ms
    assert newest(client)["sim-t-000143"] == OPENED_MS


def test_no_version_of_before_brings_back_an_alert_that_has_left(client: "redis.Redis") -> None:
    first = an_alert()
    last = closed(first, OPENED_MS + MINUTE_MS)
    later = an_alert(subject="later", opened_at_ms=last.at_ms + CLOSED_KEPT_MS)
    write(client, first, last, later)

    write(client, first)
    write(client, last)
    assert held(client) == {later.id: later}

    # Nor does one that was closed long ago when it is first heard of.
    other = an_alert(subject="other")
    write(client, other)
    write(client, closed(other, OPENED_MS + MINUTE_MS))
    write(client, other)
    assert held(client) == {later.id: later}


def test_the_newest_alert_of_each_subject_counts_and_kinds_are_apart(
    client: "redis.Redis",
) -> None:
    write(client, an_alert(subject="a", opened_at_ms=OPENED_MS + 2))
    write(client, an_alert(subject="b", opened_at_ms=OPENED_MS + 1))
    write(client, an_alert(subject="a", opened_at_ms=OPENED_MS))
    write(client, an_alert("meter_silent", "m", OPENED_MS))

    assert newest(client) == {"b": OPENED_MS + 1, "a": OPENED_MS + 2}
    assert newest(client, "meter_silent") == {"m": OPENED_MS}


def test_so_many_subjects_are_kept_those_of_the_newest_alerts(client: "redis.Redis") -> None:
    alerts = [an_alert(subject=f"f{n}", opened_at_ms=OPENED_MS + n) for n in range(MOST_NEWEST + 5)]
    Random(1).shuffle(alerts)

    write(client, *alerts)

    assert len(held(client)) == len(alerts) > ALERTS_A_CALL
    assert list(newest(client)) == [f"f{n}" for n in range(5, MOST_NEWEST + 5)]


def test_so_many_closed_ones_are_remembered_those_that_were_closed_last(
    client: "redis.Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_alerts, "MOST_LEFT", 2)
    alerts = [an_alert(subject=f"f{n}") for n in range(4)]
    for n, each in enumerate(alerts):
        write(client, closed(each, OPENED_MS + n))
    write(client, an_alert(subject="later", opened_at_ms=OPENED_MS + 2 * CLOSED_KEPT_MS))

    write(client, *alerts)

    assert {each.subject for each in held(client).values()} == {"f0", "f1", "later"}


def a_life(random: Random, number: int) -> list[Alert]:
    """All versions of an alert."""
    # Few, so that some of a kind are too many.
    kind: Kind = random.choice(("outage", "meter_silent"))
    alert = an_alert(kind, f"s{number % 7}", OPENED_MS + number + random.randrange(72) * HOUR_MS)
    versions = [alert]
    for _ in range(random.randrange(4)):
        at_ms = versions[-1].at_ms + random.randrange(1, 10 * HOUR_MS)
        versions.append(
            msgspec.structs.replace(alert, version=len(versions) + 1, state="updated", at_ms=at_ms)
        )
    if random.random() < 0.7:
        versions.append(closed(versions[-1], versions[-1].at_ms + random.randrange(10 * HOUR_MS)))
    return versions


def wanted(versions: Sequence[Alert]) -> dict[str, Alert]:
    """What must stand in the end, by the contract."""
    now_ms = max(each.at_ms for each in versions)
    highest: dict[str, Alert] = {}
    for each in versions:
        if each.id not in highest or highest[each.id].version < each.version:
            highest[each.id] = each
    return {
        name: each
        for name, each in highest.items()
        if each.state != "closed" or each.at_ms > now_ms - CLOSED_KEPT_MS
    }


@pytest.mark.parametrize("seed", range(12))
def test_any_order_and_repetition_of_writes_ends_in_the_same_state(
    client: "redis.Redis", monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(redis_alerts, "MOST_NEWEST", 4)
    random = Random(seed)
    versions = [each for number in range(30) for each in a_life(random, number)]
    states = []
    for _ in range(4):
        forget(client)
        writes = [*versions, *random.choices(versions, k=len(versions) // 2)]
        random.shuffle(writes)
        while writes:
            size = random.randrange(1, 9)
            write(client, *writes[:size])
            del writes[:size]
        states.append(everything(client))

        assert held(client) == wanted(versions)

    assert all(state == states[0] for state in states)
    # Some have left, and some subjects are too many, or the test would show nothing of that.
    assert len(wanted(versions)) < 30
    assert len(newest(client)) == 4
