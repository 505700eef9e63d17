"""The API on the real stores: energy as `energy_from_history` has it, notes on their topic, and the
stack's own process."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import orjson
import pytest
import redis
from cassandra.concurrent import execute_concurrent
from typer.testing import CliRunner

from adapters.cassandra_async import AsyncCassandra
from adapters.connect import cassandra_session, redis_client
from adapters.energy import energy_from_history
from adapters.meter_history import FullRow, MeterHistory
from adapters.note_topic import kept_notes
from contracts.digest import registry_key
from contracts.energy import Counting, Fall, Point, Span
from contracts.history import bucket_of, keyspace
from contracts.settings import Settings
from contracts.time import DAY_MS, HOUR_MS, MINUTE_MS
from services.api.bars import bars
from services.api.calendar import STEPS_MS, Resolution, bounds
from services.api.history_plan import plan, rows_of
from tests.support.namespaces import fresh_namespace
from tests.unit.services.api.life import rows_of as rows_made_of
from tests.unit.services.api.town import MINE, OUTAGE, Town, entry
from wattstream.main import app

PATIENCE_S = 120.0
IN_FLIGHT = 64
T = 1_709_251_200_000
"""2024-03-01."""
CADENCE_MS = 30_000
COUNTING = Counting(cadence_ms=CADENCE_MS)


@pytest.fixture(scope="module")
def settings(stack: Settings) -> Iterator[Settings]:
    """A namespace named as the town is, with two days of a meter in Cassandra."""
    with fresh_namespace(stack, "town") as settings:
        session = cassandra_session(settings.cassandra)
        try:
            execute_concurrent(
                session,
                (
                    (f"INSERT INTO {keyspace(settings)}.{table} JSON %s", (row,))
                    for table, row in written(settings)
                ),
                concurrency=IN_FLIGHT,
            )
        finally:
            session.cluster.shutdown()
        yield settings


POINTS = [
    Point(T + n * CADENCE_MS, 1_000_000 + n * 4_250 - (3_000_000 if n > 4_000 else 0), n)
    for n in range(2 * DAY_MS // CADENCE_MS)
    if not 2_000 < n < 2_400
]
"""With a gap of three hours, and a reset."""


def written(settings: Settings) -> Iterator[tuple[str, str]]:
    """Rows as the history job would write them, as JSON."""
    for each in rows_made_of(POINTS, MINUTE_MS):
        begin_ms = each.row.minute_ms
        hour = stamp(begin_ms - begin_ms % HOUR_MS)
        yield "minutes_by_meter", row_as_json(each, {"hour": hour, "minute": stamp(begin_ms)})
    for each in rows_made_of(POINTS, settings.period_ms):
        begin_ms = each.row.minute_ms
        day = datetime.fromtimestamp(begin_ms / 1_000, UTC).date().isoformat()
        yield "periods_by_meter", row_as_json(each, {"day": day, "period": stamp(begin_ms)})


def stamp(epoch_ms: int) -> str:
    return f"{datetime.fromtimestamp(epoch_ms / 1_000, UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3] + "+0000"


def row_as_json(full: FullRow, key: dict[str, str]) -> str:
    row = full.row
    figures: dict[str, Any] = {
        "readings": row.readings,
        "expected": full.expected,
        "first_seq": row.first_seq,
        "last_seq": row.last_seq,
        "first_at": stamp(row.first_at_ms),
        "last_at": stamp(row.last_at_ms),
        "first_register": row.first_register / 1_000,
        "last_register": row.last_register / 1_000,
        "low_register": row.low_register / 1_000,
        "high_register": row.high_register / 1_000,
        "demands": 0,
        "demand_sum": 0.0,
        "estimated": 0,
    }
    columns = {
        "bucket": bucket_of(MINE),
        "meter_id": MINE,
        "commodity": "electricity",
        "geohash": "gcpuyj2k41vd",
        "corrected_at": stamp(0),
        "figures": figures,
    }
    return orjson.dumps(columns | key).decode()


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu"])
@pytest.mark.parametrize("resolution", ["PT1H", "P1D"])
def test_bars_are_what_history_says_of_their_spans(
    settings: Settings, zone: str, resolution: Resolution
) -> None:
    limits = bounds(T + 6 * HOUR_MS, T + 40 * HOUR_MS, resolution, ZoneInfo(zone))
    what = plan(limits, STEPS_MS[resolution], settings.period_ms, None)

    async def read() -> list[FullRow]:
        cassandra = AsyncCassandra(settings.cassandra)
        try:
            history = MeterHistory(cassandra, keyspace(settings))
            return await rows_of(history, MINE, "electricity", what)
        finally:
            await cassandra.close()

    rows = asyncio.run(read())
    made = bars([each.row for each in rows], limits, COUNTING)

    assert made
    session = cassandra_session(settings.cassandra)
    try:
        for bar in made:
            said = energy_from_history(
                session, keyspace(settings), MINE, "electricity", bar.energy.span, COUNTING
            )
            assert bar.energy.amount == said.amount
            assert_same_falls(bar.energy.resets, said.resets)
    finally:
        session.cluster.shutdown()


def assert_same_falls(coarse: Sequence[Fall], fine: Sequence[Fall]) -> None:
    """That they are the same ones, and what was read from longer rows lies around what was read
    from shorter ones."""
    assert [(each.before, each.after) for each in coarse] == [
        (each.before, each.after) for each in fine
    ]
    for around, within in zip(coarse, fine, strict=True):
        assert around.after_ms <= within.after_ms < within.by_ms <= around.by_ms


def test_the_stacks_own_api_answers(settings: Settings) -> None:
    with redis_client(settings.redis) as client:
        _answers(settings, client)


def _answers(settings: Settings, client: "redis.Redis") -> None:
    town = Town(client)
    client.hset(registry_key("town"), MINE, orjson.dumps(entry("electricity", "c-mine", 30_000)))
    made = CliRunner().invoke(app, ["token", "create", "ada", "--namespace", "town"])
    token = made.stdout.strip()
    assert token.startswith("wst_town-")

    def get(path: str) -> httpx.Response:
        """What is answered once no store takes too long for somebody at a screen."""
        headers = {"Authorization": f"Bearer {token}"}
        deadline_s = time.monotonic() + PATIENCE_S
        while True:
            answer = httpx.get(f"{settings.api.url}{path}", headers=headers, timeout=PATIENCE_S)
            if answer.status_code != 503 or time.monotonic() > deadline_s:
                return answer
            time.sleep(float(answer.headers["Retry-After"]))

    def stores() -> dict[str, bool]:
        return {each["name"]: each["answers"] for each in get("/v1/system").json()["stores"]}

    span = "start=2024-03-01T06:00:00Z&end=2024-03-02T06:00:00Z&resolution=PT1H"
    energy = get(f"/v1/meters/{MINE}/energy?{span}").json()
    begin, end = T + 6 * HOUR_MS, T + 30 * HOUR_MS
    session = cassandra_session(settings.cassandra)
    try:
        said = energy_from_history(
            session, keyspace(settings), MINE, "electricity", Span(begin, end), COUNTING
        )
    finally:
        session.cluster.shutdown()
    assert energy["energy_wh"] == pytest.approx(said.amount / 1_000)
    minutes = get(f"/v1/meters/{MINE}/minutes?start=2024-03-01T06:00:00Z&end=2024-03-01T07:00:00Z")
    assert len(minutes.json()["items"]) == 60
    named = ("Redis", "Cassandra", "PostgreSQL", "Kafka", "Flink")
    deadline_s = time.monotonic() + PATIENCE_S
    while (found := stores()) != dict.fromkeys(named, True):
        assert time.monotonic() < deadline_s, found
        time.sleep(1)
    town.alerts()
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "1"}
    for _ in range(2):
        answer = httpx.post(
            f"{settings.api.url}/v1/alerts/{OUTAGE}/acknowledge",
            json={"comment": "A crew is on its way."},
            headers=headers,
            timeout=PATIENCE_S,
        )
        assert (answer.status_code, answer.json()["acknowledged_by"]) == (202, "ada")
    notes = list(kept_notes(settings))
    assert len(notes) == 2 and len(set(notes)) == 1
    assert (notes[0].who, notes[0].text) == ("ada", "A crew is on its way.")
