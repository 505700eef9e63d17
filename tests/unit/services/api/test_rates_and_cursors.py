"""Nobody asks too often, and nobody goes on in a list that is another's."""

import asyncio

import pytest
from redis import RedisError

from services.api.cursors import HOLDS_MS, CursorError, Cursors
from services.api.parts import Remembered
from services.api.rates import MOST_BUCKETS, Rates


def test_a_burst_and_then_evenly() -> None:
    rates = Rates()
    assert [rates.wait_s("a", 5, 20, 100.0) for _ in range(20)] == [0.0] * 20
    assert rates.wait_s("a", 5, 20, 100.0) == pytest.approx(0.2)
    assert rates.wait_s("b", 5, 20, 100.0) == 0
    # Who is refused has not used anything up.
    assert rates.wait_s("a", 5, 20, 100.2) == 0
    assert rates.wait_s("a", 5, 20, 100.3) == pytest.approx(0.1)
    assert [rates.wait_s("a", 5, 20, 1_000.0) for _ in range(21)] == [0.0] * 20 + [0.2]


def test_those_who_ask_no_more_are_forgotten() -> None:
    rates = Rates()
    for n in range(MOST_BUCKETS):
        rates.wait_s(f"old {n}", 5, 20, 0.0)
    assert rates.wait_s("new", 5, 20, 10.0) == 0
    assert len(rates._buckets) == 1


def test_a_cursor_is_of_its_list_alone_and_for_ten_minutes() -> None:
    cursors = Cursors()
    cursor = cursors.make("meters of a", "MAC000002", 0)
    assert cursors.read("meters of a", cursor, HOLDS_MS - 1) == "MAC000002"
    changed = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    for other, now_ms, text in (
        ("meters of b", 0, cursor),
        ("meters of a", HOLDS_MS, cursor),
        ("meters of a", 0, changed),
        ("meters of a", 0, "x"),
        ("meters of a", 0, "é"),
        ("meters of a", 0, ""),
    ):
        with pytest.raises(CursorError):
            cursors.read(other, text, now_ms)
    with pytest.raises(CursorError):
        Cursors().read("meters of a", cursor, 0)


def test_a_cursor_is_no_longer_than_an_address_has_room_for() -> None:
    cursors, of = Cursors(), "é" * 5_000
    cursor = cursors.make(of, "x" * 164, 4_102_444_800_000)
    assert len(cursor) < 400
    assert cursors.read(of, cursor, 0) == "x" * 164
    with pytest.raises(CursorError):
        cursors.read(of + "é", cursor, 0)


def test_what_is_not_there_is_not_remembered() -> None:
    remembered, said = Remembered(), {"a": "x"}

    async def ask(name: str) -> str | None:
        if name == "away":
            raise RedisError
        return said.get(name)

    async def asked(name: str, key: str) -> str | None:
        return await remembered.ask((key,), lambda: ask(name))

    assert asyncio.run(asked("a", "a")) == "x"
    assert [asyncio.run(asked(f"b{n}", f"b{n}")) for n in range(9)] == [None] * 9
    assert list(remembered._known) == [("a",)]
    assert asyncio.run(asked("away", "a")) == "x"
    # It was revoked.
    assert asyncio.run(asked("b", "a")) is None
    with pytest.raises(RedisError):
        asyncio.run(asked("away", "a"))
