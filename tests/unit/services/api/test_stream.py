"""Streams: what comes, who may listen, and what becomes of those who do not read."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from msgspec.json import encode

from contracts.digest import customer_key
from contracts.live import live_key
from contracts.notes import Note
from services.api import event_stream, hub
from services.api.alerts import Own, own_meters
from services.api.feeds import AlertLog
from services.api.routes import stream
from services.api.topics import Topic, topics_of
from tests.unit.services.api.conftest import NO_TLS, Api
from tests.unit.services.api.town import (
    ALERTS,
    AREA,
    FEED,
    GAS,
    MINE,
    NAMESPACE,
    NEIGHBOURS,
    OUTAGE,
    OVER,
    STREAM,
    WALL,
    an_alert,
    live,
)

Event = tuple[str, Any, str | None]


@contextmanager
def listening(
    api: Api, topics: str, token: str | None, **headers: str
) -> Iterator[Iterator[Event]]:
    """A stream, as its events come."""
    more = headers if token is None else {"Authorization": f"Bearer {token}", **headers}
    url = f"{api.url}/v1/stream?topics={topics}"
    with httpx.stream("GET", url, headers=more, timeout=120, verify=NO_TLS) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert "Content-Encoding" not in answer.headers
        yield as_events(answer.iter_lines())


def as_events(lines: Iterator[str]) -> Iterator[Event]:
    """Events of the lines of a stream."""
    name, data, an_id = "", "", None
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            data = value
        elif field == "id":
            an_id = value
        elif not line and name:
            yield name, json.loads(data), an_id
            name, data, an_id = "", "", None


def until(events: Iterator[Event], name: str) -> Event:
    """The next event of a name."""
    return next(each for each in events if each[0] == name)


@pytest.fixture
def token(api: Api) -> str:
    return api.town.token()[1]


def test_all_comes_at_first_and_then_what_changes(api: Api, token: str) -> None:
    with listening(api, f"fleet,areas:electricity@5,top,meter:{MINE}", token) as events:
        first = next(events)
        assert (first[0], first[1]["namespace"]) == ("hello", NAMESPACE)
        found = {name: data for name, data, _ in (next(events) for _ in range(5))}
        assert set(found) == {"clock", "fleet", "areas", "top", "meter"}
        assert found["clock"]["state"] == "current"
        assert found["areas"]["whole"]
        assert [each["name"] for each in found["areas"]["items"]] == ["gcpuy"]
        assert found["meter"]["demand_w"] == 438.0
        assert found["top"]["power"][0]["meter_id"] == NEIGHBOURS

        value = live("electricity", STREAM + 4_000, slice_end_ms=STREAM + 5_000, demand=9.0)
        api.town.client.hset(live_key(NAMESPACE, "electricity", AREA), MINE, encode(value))

        assert until(events, "meter")[1]["demand_w"] == 9.0


def test_the_system_is_told_as_it_is_asked_for(api: Api, token: str) -> None:
    _wait(lambda: api.app.state.hub.open == 0)
    asked = api.get("/v1/system", token).json()
    with listening(api, "system", token) as events:
        _, told, an_id = until(events, "system")
        assert an_id is None
        assert set(told) == set(asked)
        answers = {each["name"]: each["answers"] for each in told["stores"]}
        others = ("Cassandra", "PostgreSQL", "Kafka", "Flink")
        assert answers == {"Redis": True} | dict.fromkeys(others, False)
        assert told["jobs"] is None
        assert [each["alert_id"] for each in told["feed"]] == [FEED]
        assert told["streams_open"] >= 1
        # One more who listens, and an alert of the feed that is over, are told at once.
        with listening(api, "fleet", token):
            many = (data["streams_open"] for name, data, _ in events if name == "system")
            assert next(each for each in many if each > told["streams_open"])
        api.town.alert(an_alert(FEED, version=3, state="closed", area="", closed_at_ms=STREAM))
        later = (data["feed"] for name, data, _ in events if name == "system")
        assert [] in later
    _, other = api.town.token("service", "read:areas", "read:live", "read:alerts")
    refused = api.get("/v1/stream?topics=system", other)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/out-of-scope")


def test_a_clock_that_stands_still_is_told(api: Api, token: str) -> None:
    with listening(api, "fleet", token) as events:
        assert until(events, "clock")[1]["state"] == "current"
        api.town.clock(moved_ms=WALL - 61_000)
        assert until(events, "clock")[1]["state"] == "stale"


def test_demand_13_who_took_it_comes_to_all_and_no_alert_is_left_out(api: Api, token: str) -> None:
    with listening(api, "alerts", token) as events:
        next(events)
        _looked(api)
        new = an_alert("outage:feeder-13:1387815590000", version=1, state="opened")
        api.town.alert(new)
        _, data, first = until(events, "alert")
        assert (data["id"], data["life"]) == (new.id, "open")
    # It goes away, and something is said meanwhile.
    api.town.say(Note(new.id, WALL, "bob", "acknowledged"))
    _wait(lambda: api.app.state.hub._alerts[NAMESPACE].log.number >= 2)
    assert first is not None
    with listening(api, "alerts", token, **{"Last-Event-ID": first}) as events:
        _, data, _ = until(events, "alert")
        assert (data["life"], data["acknowledged_by"]) == ("acknowledged", "bob")
    with listening(api, "alerts", token, **{"Last-Event-ID": "0000-7"}) as events:
        assert until(events, "resync")


def _looked(api: Api) -> None:
    """Wait until the alerts that there are are known."""
    log = api.app.state.hub._alerts[NAMESPACE].log
    _wait(lambda: log._known is not None and OUTAGE in log._known)


def _wait(done: Any) -> None:  # noqa: ANN401
    waiting, deadline_s = threading.Event(), time.monotonic() + 120
    while not done():
        assert time.monotonic() < deadline_s, "it did not come to that"
        waiting.wait(0.05)


def test_demand_11_no_topic_tells_of_the_neighbour(api: Api) -> None:
    _, mine = api.town.token("customer", customer="c-mine")
    refusals = {
        api.get(f"/v1/stream?topics=meter:{meter_id}", mine).content
        for meter_id in (NEIGHBOURS, "unknown")
    }
    assert len(refusals) == 1
    assert b"not-found" in refusals.pop()
    for topic in ("fleet", "areas", "top", "system"):
        assert api.get(f"/v1/stream?topics={topic}", mine).status_code == 403
    with listening(api, f"alerts,meter:{MINE}", mine) as events:
        assert until(events, "meter")[1]["meter_id"] == MINE
        _looked(api)
        for an_id in (OVER, OUTAGE):
            newer = an_alert(an_id, version=9, homes=ALERTS[an_id].homes)
            api.town.alert(newer)
        _, data, _ = until(events, "alert")
        assert (data["id"], data["homes_count"], data["text"]) == (OUTAGE, 1, "")


def test_demand_12_a_stream_ends_with_its_token(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "CHECK_EACH_S", 0.1)
    _, admin = api.town.token("operator", "admin:tokens")
    made, token = api.town.token()
    with listening(api, "fleet", token) as events:
        next(events)
        api.ask("DELETE", f"/v1/tokens/{made.id}", admin)
        assert until(events, "bye")[1]["reason"] == "you are signed out"
        assert list(events) == []


def test_demand_12_all_streams_of_a_service_end_and_no_others(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing need be told for it to end: it is looked at whether one still may.
    assert event_stream.CHECK_EACH_S <= 5
    monkeypatch.setattr(event_stream, "CHECK_EACH_S", 0.1)
    _, admin = api.town.token("operator", "admin:tokens")
    made, token = api.town.token("service", "read:areas")
    _, other = api.town.token("service", "read:areas")
    refused = api.get(f"/v1/stream?topics=meter:{MINE}", token)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/out-of-scope")
    page = {"X-WattStream": "1"}
    signed = api.ask("POST", "/v1/session", json={"token": token}, headers=page)
    cookie = {"Cookie": signed.headers["Set-Cookie"].partition(";")[0]}
    with (
        listening(api, "fleet", token) as own,
        listening(api, "areas:electricity@4", None, **cookie) as browsers,
        listening(api, "fleet", other) as others,
    ):
        for each in (own, browsers, others):
            assert next(each)[0] == "hello"
        assert api.ask("DELETE", f"/v1/tokens/{made.id}", admin).status_code == 200
        assert api.get("/v1/areas", token).status_code == 401
        assert api.get("/v1/areas", headers=cookie).status_code == 401
        for each in (own, browsers):
            assert until(each, "bye")[1]["again_ms"] is None
            assert list(each) == []
        api.town.clock(moved_ms=WALL - 1_000, stream_ms=STREAM + 5_000)
        told = (data["stream_time"] for name, data, _ in others if name == "clock")
        assert next(each for each in told if each == "2013-12-23T16:20:05Z")


def test_demand_8_a_full_server_says_so_and_places_come_back(
    api: Api, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = api.app.state.hub
    _wait(lambda: streams.open == 0)
    sockets = [_raw(api, token) for _ in range(hub.MOST_OF_ONE)]
    _wait(lambda: streams.open == hub.MOST_OF_ONE)
    page = {"X-WattStream": "1"}
    signed = api.ask("POST", "/v1/session", json={"token": token}, headers=page)
    cookie = {"Cookie": signed.headers["Set-Cookie"].partition(";")[0]}
    assert api.get("/v1/stream", headers=cookie).status_code == 503
    full = api.get("/v1/stream", token)
    assert (full.status_code, full.json()["type"]) == (503, "/problems/streams-full")
    assert full.headers["Retry-After"]
    assert api.ask("HEAD", "/v1/stream", token).status_code == 405
    monkeypatch.setattr(hub, "MOST_STREAMS", streams.open)
    assert api.get("/v1/stream", api.town.token()[1]).status_code == 503
    for each in sockets:
        # Gone without a word.
        each.close()
    _wait(lambda: streams.open == 0)
    assert not streams._feeds
    monkeypatch.undo()
    with listening(api, "fleet", token) as events:
        assert next(events)[0] == "hello"


def test_demand_9_who_does_not_read_is_cut(
    api: Api, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "WRITE_TIMEOUT_S", 0.3)
    monkeypatch.setattr(event_stream, "CHECK_EACH_S", 0.02)
    monkeypatch.setattr(event_stream, "QUIET_S", 0.0)
    monkeypatch.setattr(event_stream, "STILL", b": " + b"x" * 2**20 + b"\n\n")
    streams = api.app.state.hub
    _wait(lambda: streams.open == 0)
    cut = api.app.state.metrics.cut.labels("does not read")._value
    before = cut.get()
    silent = _raw(api, token)
    here = silent.getsockname()
    # It may be over before anybody has seen that it was open.
    _wait(lambda: cut.get() > before)
    _wait(lambda: streams.open == 0)
    # The server has no such connection any more, with all that was still to be sent.
    connections = api.server.server_state.connections
    _wait(lambda: here not in [getattr(each, "client", None) for each in connections.copy()])
    silent.close()
    assert cut.get() == before + 1


def _raw(api: Api, token: str) -> socket.socket:
    host, port = api.url.removeprefix("http://").split(":")
    opened = socket.create_connection((host, int(port)))
    opened.sendall(
        f"GET /v1/stream?topics=fleet HTTP/1.1\r\nHost: {host}:{port}\r\n"
        f"Authorization: Bearer {token}\r\n\r\n".encode()
    )
    return opened


def test_a_listener_that_is_slow_is_told_the_latest_as_a_whole() -> None:
    listener = hub.Listener("a")
    listener.tell("areas", b"change 1;", b"all 1;")
    assert listener.take() == b"change 1;"
    listener.tell("areas", b"change 2;", b"all 2;")
    listener.tell("areas", b"change 3;", b"all 3;")
    listener.tell_alert(b"alert 1;")
    listener.tell_alert(b"alert 2;")
    assert listener.take() == b"all 3;alert 1;alert 2;"
    for _ in range(hub.MOST_WAITING + 1):
        listener.tell_alert(b"alert;")
    assert listener.take() == hub.RESYNC


def test_a_log_of_alerts_knows_what_came_since() -> None:
    log = AlertLog(most=2)
    alerts = [an_alert(f"outage:f{n}:1000", version=1) for n in range(4)]
    assert log.see(alerts[:1], {}) == []
    assert log.since(0) == []
    assert [each.number for each in log.see(alerts, {})] == [1, 2, 3]
    assert log.since(0) is None
    assert [each.number for each in log.since(1) or ()] == [2, 3]
    assert log.since(3) == []
    assert log.since(4) is None
    said = {alerts[0].id: [Note(alerts[0].id, 1, "a", "acknowledged")]}
    assert [each.alert for each in log.see(alerts, said)] == [alerts[0]]
    assert log.see(alerts, said) == []


def test_topics_are_as_they_are_asked_for() -> None:
    assert topics_of("fleet,areas,areas:gas@2,top:water,meter:a:b,system,fleet") == [
        Topic("fleet"),
        Topic("areas", "electricity", 4),
        Topic("areas", "gas", 2),
        Topic("top", "water"),
        Topic("meter", meter_id="a:b"),
        Topic("system"),
    ]
    meters = ",".join(f"meter:{n}" for n in range(11))
    wrong = ("areas:electricity@6", "areas:oil", "meter:", "meter:ä", meters)
    for text in ("", "fleet:x", "system:x", *wrong):
        with pytest.raises(ValueError, match=r"Ask for 10|Give topics"):
            topics_of(text)


def test_alerts_are_of_the_meters_that_a_customer_has_meanwhile(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "CHECK_EACH_S", 0.1)
    _, token = api.town.token("customer", customer="c-mine")
    key = customer_key(NAMESPACE, "c-mine")
    looks: list[Own] = []

    async def looked_at(*of: Any) -> Own:  # noqa: ANN401
        looks.append(await own_meters(*of))
        return looks[-1]

    monkeypatch.setattr(stream, "own_meters", looked_at)

    def say(an_id: str, meter_id: str) -> None:
        new = an_alert(an_id, version=1, state="opened", homes=(meter_id,))
        api.town.alert(new)

    with listening(api, "alerts", token) as events:
        next(events)
        _looked(api)
        api.town.client.sadd(key, "home-new")
        api.town.client.srem(key, MINE)
        _wait(lambda: set(looks[-1]) == {"home-new", GAS})
        say(f"outage:feeder-14:{STREAM}", MINE)
        say(f"outage:feeder-15:{STREAM + 1}", "home-new")
        subjects = (data["subject"] for name, data, _ in events if name == "alert")
        assert next(each for each in subjects if each in ("feeder-14", "feeder-15")) == "feeder-15"
