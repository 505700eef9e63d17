"""A body that is sent again is known again, by its key or by what it says, also out of the log."""

import pytest

from services.api.readings import known
from services.api.readings.known import KNOWN_MS, WRITER, Body, Known, OtherBodyError

TOKEN = "town-0123abcd"
OTHER = "town-4567cdef"


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def begin(body: Body, *lines: int) -> None:
    for n in lines:
        body.begun |= 1 << n


def test_the_same_body_is_the_same_and_another_one_another() -> None:
    bodies = Known(Clock())
    first = bodies.body(TOKEN, None, b"a")
    begin(first, 1)
    assert bodies.body(TOKEN, None, b"a") is first
    assert bodies.body(TOKEN, None, b"b") is not first
    assert bodies.body(OTHER, None, b"a") is not first
    keyed = bodies.body(TOKEN, "k", b"a")
    assert keyed is not first
    begin(keyed, 1)
    assert bodies.body(TOKEN, "k", b"a") is keyed
    assert bodies.body(OTHER, "k", b"b") is not keyed
    with pytest.raises(OtherBodyError):
        bodies.body(TOKEN, "k", b"b")


def test_a_key_of_which_nothing_was_taken_is_free() -> None:
    bodies = Known(Clock())
    bodies.body(TOKEN, "k", b"a")
    begin(bodies.body(TOKEN, "k", b"b"), 1)
    with pytest.raises(OtherBodyError):
        bodies.body(TOKEN, "k", b"a")


@pytest.mark.parametrize("key", [None, "k", "k/1.2", "é"])
def test_an_id_in_the_log_says_which_line_of_which_body_it_is(key: str | None) -> None:
    before, after = Known(Clock()), Known(Clock())
    body = before.body(TOKEN, key, b"a")
    for n in (1, 3, 5_000):
        record_id = body.record_id(n)
        assert record_id.startswith(f"{WRITER}{TOKEN}/")
        after.recall(record_id)
    found = after.body(TOKEN, key, b"a")
    assert found.begun == found.stored == 1 << 1 | 1 << 3 | 1 << 5_000
    assert len(after) == 1
    if key is not None:
        with pytest.raises(OtherBodyError):
            after.body(TOKEN, key, b"b")


def test_who_waits_is_told_once_all_that_was_begun_is_stored() -> None:
    bodies, told = Known(Clock()), list[str]()
    body = bodies.body(TOKEN, None, b"a")
    begin(body, 1, 2)
    body.waiting += [lambda: told.append("a"), lambda: told.append("b")]
    bodies.stored(body, 2)
    assert told == []
    bodies.stored(body, 1)
    bodies.stored(body, 1)
    assert told == ["a", "b"]


def test_who_waits_for_what_will_not_be_stored_is_told_too() -> None:
    bodies, told = Known(Clock()), list[str]()
    body = bodies.body(TOKEN, None, b"a")
    begin(body, 1)
    body.waiting.append(lambda: told.append("a"))
    bodies.give_up()
    bodies.give_up()
    assert told == ["a"]


def test_what_is_stored_is_forgotten_after_an_hour_and_what_waits_is_not() -> None:
    clock = Clock()
    bodies = Known(clock)
    stored = bodies.body(TOKEN, None, b"a")
    begin(stored, 1)
    bodies.stored(stored, 1)
    clock.now_s += KNOWN_MS / 1_000 - 1
    assert bodies.body(TOKEN, None, b"a") is stored
    clock.now_s += 2
    waits = bodies.body(TOKEN, None, b"b")
    assert len(bodies) == 1
    assert bodies.body(TOKEN, None, b"a") is not stored
    begin(waits, 1)
    clock.now_s += 2 * KNOWN_MS / 1_000
    assert bodies.body(TOKEN, None, b"b") is waits


def test_there_are_no_more_than_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "MOST_KNOWN", 3)
    bodies = Known(Clock())
    for n in range(10):
        body = bodies.body(TOKEN, None, b"%d" % n)
        begin(body, 1)
        bodies.stored(body, 1)
    assert len(bodies) == 3
    assert bodies.body(TOKEN, None, b"9") is body
