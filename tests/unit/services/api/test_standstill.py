"""Demand 9: a listener that stands still, as a process that was stopped does, harms nobody else."""

import socket
from contextlib import ExitStack

import pytest
from msgspec.json import encode

from contracts.digest import fleet_key, rollup_key
from contracts.geohash import ALPHABET, box_of
from contracts.live import LiveGroup, group_key
from services.api import event_stream, hub
from services.api.feeds import MOST_CELLS
from services.digest.rollups import fleet, roll_up
from tests.unit.services.api.conftest import Api
from tests.unit.services.api.test_stream import _wait, listening
from tests.unit.services.api.town import NAMESPACE, STREAM

CELLS = [f"gc{a}{b}{c}" for a in "pr" for b in ALPHABET for c in ALPHABET][:MOST_CELLS]
MAP = "areas:electricity@5"
STALLED = 4
MOST_ROUNDS = 300


def draw(api: Api, demand: float) -> None:
    """Let each area of a map that is as large as may be draw so much, all of them at once."""
    groups = {name: LiveGroup(STREAM, demand, 1, 0, 0, 0.0) for name in CELLS}
    rolled = roll_up(groups)
    pipeline = api.town.client.pipeline(transaction=True)
    key = group_key(NAMESPACE, "area", "electricity")
    pipeline.hset(key, mapping={name: encode(each) for name, each in groups.items()})
    for precision, cells in rolled.cells.items():
        key = rollup_key(NAMESPACE, "electricity", precision)
        pipeline.hset(key, mapping={name: encode(each) for name, each in cells.items()})
    whole = fleet(rolled.whole, len(CELLS))
    pipeline.hset(fleet_key(NAMESPACE), "electricity", encode(whole))
    pipeline.execute()


def standing_still(api: Api, token: str) -> socket.socket:
    """Somebody who asks for the map and reads nothing of it."""
    host, port = api.url.removeprefix("http://").split(":")
    opened = socket.socket()
    # As little as the kernel takes: what it holds for them is nothing that the server holds.
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    opened.connect((host, int(port)))
    opened.sendall(
        f"GET /v1/stream?topics={MAP} HTTP/1.1\r\nHost: {host}:{port}\r\n"
        f"Authorization: Bearer {token}\r\n\r\n".encode()
    )
    return opened


def test_demand_9_who_stands_still_harms_nobody_else(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "LOOK_EACH_S", 0.1)
    monkeypatch.setattr(event_stream, "CHECK_EACH_S", 0.2)
    monkeypatch.setattr(event_stream, "WRITE_TIMEOUT_S", 5.0)
    streams = api.app.state.hub
    _wait(lambda: streams.open == 0)
    assert box_of(CELLS[0]) != box_of(CELLS[-1])
    draw(api, 0.5)
    cut = api.app.state.metrics.cut.labels("does not read")._value
    before = cut.get()
    _, token = api.town.token()
    sockets = [standing_still(api, token) for _ in range(STALLED)]
    _wait(lambda: streams.open == STALLED)
    stalled = [*streams._listeners]
    _, other = api.town.token()
    most_held = rounds = 0
    with ExitStack() as stack:
        topics = ["fleet", "fleet", "fleet", MAP]
        readers = [(each, stack.enter_context(listening(api, each, other))) for each in topics]
        while cut.get() < before + STALLED:
            rounds += 1
            assert rounds < MOST_ROUNDS
            draw(api, float(rounds))
            # Each change comes to all who read, in its turn.
            for topic, events in readers:
                if topic == "fleet":
                    total = rounds * len(CELLS)
                    told = (data for name, data, _ in events if name == "fleet")
                    assert next(each for each in told if each[0]["demand_w"] == total)
                else:
                    told = (data["items"] for name, data, _ in events if name == "areas")
                    changed = next(each for each in told if each[0]["demand_w"] == rounds)
                    assert len(changed) == MOST_CELLS
            most_held = max(most_held, held(api, stalled))
        (feed,) = (each for each in streams._feeds.values() if len(each.last or b"") > 100_000)
        # Of a map that went by so many times, two at most wait for each of those who do not read.
        assert rounds > 8
        assert most_held < STALLED * 3 * len(feed.last)
        _wait(lambda: streams.open == len(readers))
    for each in sockets:
        each.close()


def held(api: Api, listeners: list[hub.Listener]) -> int:
    """Bytes that the server holds for listeners, and those that its connections have not sent."""
    waiting = sum(len(frame) for each in listeners for frame in each.waiting.copy().values())
    alerts = sum(len(frame) for each in listeners for frame in each.alerts.copy())
    connections = api.server.server_state.connections.copy()
    return waiting + alerts + sum(_unsent(each) for each in connections)


def _unsent(connection: object) -> int:
    transport = getattr(connection, "transport", None)
    return 0 if transport is None else transport.get_write_buffer_size()
