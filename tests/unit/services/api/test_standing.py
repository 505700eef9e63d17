"""Alerts as they stand: of many that stay as they are, only those that change are read again."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import redis
from msgspec import structs

from adapters import live_questions as ask
from adapters.live_questions import Question
from adapters.live_store import AsyncLiveStore, asked
from adapters.redis_alerts import write_alerts
from adapters.redis_notes import add_note, write_notes
from contracts.alerts import CLOSED_KEPT_MS, Alert, alert_changes_key, alerts_key
from contracts.notes import Note
from contracts.settings import RedisSettings
from services.api import standing
from services.api.standing import Standing, StandingAlerts
from tests.support.alerts import OPENED_MS, an_alert

N = "standing"
MANY = [an_alert(subject=f"f{n:03}") for n in range(500)]


@pytest.fixture
def client(redis_url: str) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        client.flushall()
        yield client


class Asked(AsyncLiveStore):
    """Knows what it was asked."""

    def __init__(self, url: str) -> None:
        super().__init__(RedisSettings(url=url))
        self.commands: list[tuple[str | int, ...]] = []

    async def ask(self, question: Question[Any]) -> Any:  # noqa: ANN401
        self.commands += question.commands
        return await super().ask(question)

    def read(self) -> set[str]:
        """Commands that read alerts since the last time, and which."""
        commands, self.commands = self.commands, []
        return {
            str(part)
            for name, key, *rest in commands
            if key == alerts_key(N)
            for part in (rest if name == "HMGET" else [name])
        }


def looked(
    client: "redis.Redis", url: str, steps: Sequence[Any]
) -> list[tuple[Standing, set[str]]]:
    """What each look found, and read, after each step."""

    async def run() -> list[tuple[Standing, set[str]]]:
        found = []
        async with Asked(url) as live:
            alerts = StandingAlerts(live, N)
            for step in steps:
                if (doing := step(client)) is not None:
                    await doing(live.client)
                found.append((await alerts.look(), live.read()))
                # It is what somebody finds who reads all of it.
                said = {each.id: each for each in asked(client, ask.alerts(N))}
                assert {each.id: each for each in found[-1][0].alerts} == said
                assert found[-1][0].notes == asked(client, ask.notes(N, list(said)))
        return found

    return asyncio.run(run())


def version(alert: Alert, number: int, **more: Any) -> Alert:  # noqa: ANN401
    return structs.replace(alert, version=number, state="updated", **more)


def test_only_what_changed_is_read(client: "redis.Redis", redis_url: str) -> None:
    one, other, new = MANY[7], MANY[8], an_alert(subject="new")
    note = Note(one.id, 1, "ada", "acknowledged")
    over = structs.replace(
        version(other, 3), state="closed", at_ms=OPENED_MS + 5, closed_at_ms=OPENED_MS + 5
    )
    later = an_alert(subject="later", opened_at_ms=OPENED_MS + 5 + CLOSED_KEPT_MS)

    found = looked(
        client,
        redis_url,
        [
            lambda client: write_alerts(client, N, MANY),
            lambda _: None,
            lambda client: write_alerts(client, N, [version(one, 2), version(other, 2)]),
            # Nothing comes of a version that is known, or lower.
            lambda client: write_alerts(client, N, [one, version(other, 2)]),
            lambda client: write_alerts(client, N, [new]),
            lambda client: write_notes(client, N, [note]),
            lambda _: lambda client: add_note(client, N, Note(new.id, 2, "bob", "note", "x")),
            lambda client: write_alerts(client, N, [over]),
            # A day later it has left.
            lambda client: write_alerts(client, N, [later]),
        ],
    )

    assert [each for _, each in found] == [
        {"HSCAN"},
        set(),
        {one.id, other.id},
        set(),
        {new.id},
        {one.id},
        {new.id},
        {other.id},
        {other.id, later.id},
    ]
    assert len(found[-1][0].alerts) == len(MANY) + 1


def test_who_does_not_know_all_changes_any_more_reads_all(
    client: "redis.Redis", redis_url: str
) -> None:
    def again(client: "redis.Redis") -> None:
        client.flushall()
        write_alerts(client, N, MANY[:3])

    found = looked(
        client,
        redis_url,
        [
            lambda _: None,
            lambda client: write_alerts(client, N, MANY[:10]),
            lambda client: client.xtrim(alert_changes_key(N), maxlen=0) and None,
            again,
            lambda client: client.flushall() and None,
        ],
    )

    assert [len(each.alerts) for each, _ in found] == [0, 10, 10, 3, 0]
    assert [each for _, each in found] == [{"HSCAN"}] * 5


def test_all_are_read_now_and_then_whatever_is_told(
    client: "redis.Redis", redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "WHOLE_EACH_S", 0.0)
    write_alerts(client, N, MANY[:2])

    found = looked(
        client,
        redis_url,
        [lambda _: None, lambda client: client.hdel(alerts_key(N), MANY[0].id) and None],
    )

    assert [len(each.alerts) for each, _ in found] == [2, 1]
