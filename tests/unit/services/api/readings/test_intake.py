"""Bodies on their way into the log: each once, whoever dies, is away or asks again meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest

from contracts.reading import Reading
from contracts.settings import Settings
from services.api.problems import ProblemError
from services.api.readings import intake as of_intake
from services.api.readings.body import Line
from services.api.readings.intake import Intake
from services.api.readings.known import OtherBodyError
from tests.unit.services.api.readings.played_log import PlayedLog

SETTINGS = Settings(namespace="town")
TOKEN = "town-0123abcd"
LINES = 250


def lines(number: int = LINES) -> list[Line]:
    return [
        Line(n, Reading(f"m{n % 3}", "u33db", "electricity", n, n, 1.0, None))
        for n in range(1, number + 1)
    ]


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[PlayedLog]:
    monkeypatch.setattr(of_intake, "ANSWER_S", 60.0)
    yield PlayedLog()


def run(log: PlayedLog, do: Callable[[Intake], Awaitable[None]]) -> None:
    """With an intake that begins and ends."""

    async def begun() -> None:
        intake = log.begin(SETTINGS)
        try:
            await do(intake)
        finally:
            await asyncio.to_thread(intake.close)

    asyncio.run(begun())


def whole(log: PlayedLog, number: int = LINES) -> None:
    """That each reading of a body is there, once."""
    assert set(log.ids.values()) <= {1}
    assert log.readings == sorted((each.reading.meter_id, each.number) for each in lines(number))


def test_who_is_answered_has_all_readings_in_the_log(played: PlayedLog) -> None:
    async def do(intake: Intake) -> None:
        assert await intake.take(TOKEN, None, b"a", lines()) == LINES
        whole(played)

    run(played, do)


def test_a_body_that_is_sent_again_has_the_same_answer_and_is_not_written_again(
    played: PlayedLog,
) -> None:
    async def do(intake: Intake) -> None:
        for _ in range(3):
            assert await intake.take(TOKEN, "k", b"a", lines()) == LINES
        whole(played)
        with pytest.raises(OtherBodyError):
            await intake.take(TOKEN, "k", b"b", lines())
        together = [intake.take(TOKEN, None, b"c", lines(7)) for _ in range(5)]
        assert await asyncio.gather(*together) == [7] * 5
        assert len(played.records) == LINES + 7

    run(played, do)


def test_one_that_begins_anew_writes_what_is_missing_and_nothing_else(played: PlayedLog) -> None:
    async def dies(intake: Intake) -> None:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(of_intake, "ANSWER_S", 0.2)
            with pytest.raises(ProblemError) as problem:
                await intake.take(TOKEN, "k", b"a", lines())
        assert problem.value.status == 503
        assert problem.value.headers["Retry-After"] == "5"

    async def again(intake: Intake) -> None:
        with pytest.raises(OtherBodyError):
            await intake.take(TOKEN, "k", b"b", lines())
        assert await intake.take(TOKEN, "k", b"a", lines()) == LINES

    for stored in (0, 1, 100, 101, LINES - 1):
        played.records.clear()
        played.answers_at_most = stored
        run(played, dies)
        assert len(played.records) == stored
        played.answers_at_most = None
        if stored:
            run(played, again)
            run(played, again)
            whole(played)


def test_who_asks_again_while_kafka_is_away_waits_for_what_is_on_its_way(
    played: PlayedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def do(intake: Intake) -> None:
        played.is_away = True
        monkeypatch.setattr(of_intake, "ANSWER_S", 0.05)
        for _ in range(3):
            with pytest.raises(ProblemError):
                await intake.take(TOKEN, None, b"a", lines())
        monkeypatch.setattr(of_intake, "ANSWER_S", 60.0)
        waits = asyncio.create_task(intake.take(TOKEN, None, b"a", lines()))
        await asyncio.sleep(0.05)
        assert played.records == []
        played.is_away = False
        assert await waits == LINES
        whole(played)

    run(played, do)


def test_who_goes_away_takes_nothing_back(played: PlayedLog) -> None:
    async def do(intake: Intake) -> None:
        played.is_away = True
        gone = asyncio.create_task(intake.take(TOKEN, None, b"a", lines()))
        await asyncio.sleep(0.01)
        gone.cancel()
        played.is_away = False
        assert await intake.take(TOKEN, None, b"a", lines()) == LINES
        whole(played)

    run(played, do)


def test_no_more_waits_than_may_and_then_there_is_room_again(
    played: PlayedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_intake, "MOST_WAITING", 20)

    async def do(intake: Intake) -> None:
        played.is_away = True
        first = asyncio.create_task(intake.take(TOKEN, None, b"a", lines(15)))
        await asyncio.sleep(0)
        with pytest.raises(ProblemError) as problem:
            await intake.take(TOKEN, "k", b"b", lines(6))
        assert problem.value.status == 503
        played.is_away = False
        assert await first == 15
        # The key is not used up by what was not taken.
        assert await intake.take(TOKEN, "k", b"c", lines(6)) == 6

    run(played, do)


def test_a_log_that_refuses_has_everybody_told_and_the_intake_ended(played: PlayedLog) -> None:
    async def do(intake: Intake) -> None:
        played.is_away = True
        waits = asyncio.create_task(intake.take(TOKEN, None, b"a", lines()))
        await asyncio.sleep(0.01)
        played.refuses = True
        with pytest.raises(ProblemError) as problem:
            await waits
        assert problem.value.status == 503
        assert intake.is_broken
        with pytest.raises(ProblemError):
            await intake.take(TOKEN, None, b"b", lines())
        played.refuses = played.is_away = False

    run(played, do)
    run(played, lambda intake: intake_takes(intake))
    whole(played)


async def intake_takes(intake: Intake) -> None:
    assert await intake.take(TOKEN, None, b"a", lines()) == LINES


def test_time_goes_on_for_a_while_after_a_body_and_not_before_one(
    played: PlayedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_intake, "BEAT_S", 0.0)
    monkeypatch.setattr(of_intake, "LISTENS_S", 0.5)

    async def do(intake: Intake) -> None:
        await asyncio.sleep(0.1)
        assert played.beats == 0
        await intake.take(TOKEN, None, b"a", lines(1))
        await asyncio.sleep(1.0)
        beats = played.beats
        assert beats
        await asyncio.sleep(0.2)
        assert played.beats == beats

    run(played, do)
