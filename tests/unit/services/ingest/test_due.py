from typing import Any

import orjson
import pytest

from contracts.time import DAY_MS, HOUR_MS, SECOND_MS
from services.ingest.due import Announcements, EntryError, second_of_day

MIDNIGHT_MS = 1_767_571_200_000


def entry(**fields: Any) -> bytes:  # noqa: ANN401
    return orjson.dumps(
        {"geohash": "gcpuyj2k41vd", "commodity": "gas", "cadence_ms": 1_000} | fields
    )


def said(value: bytes) -> dict[str, Any]:
    message: dict[str, Any] = orjson.loads(value)
    assert message.keys() == {"meter"}
    meter: dict[str, Any] = message["meter"]
    return meter


def of(number: int) -> Announcements:
    registry = Announcements()
    for meter in range(number):
        registry.changed(f"m{meter}", entry())
    return registry


def test_a_new_entry_is_due_at_once_and_one_that_says_the_same_is_not() -> None:
    registry = Announcements()
    due = registry.changed("m1", entry(feeder="f1"))
    assert due is not None and due.meter_id == "m1"
    assert said(due.value) == {
        "meter_id": "m1",
        "geohash": "gcpuyj2k41vd",
        "commodity": "gas",
        "cadence_ms": 1_000,
        "feeder": "f1",
        "removed": False,
    }
    assert registry.changed("m1", entry(feeder="f1")) is None
    in_another_order = orjson.dumps(dict(reversed(orjson.loads(entry(feeder="f1")).items())))
    assert registry.changed("m1", in_another_order) is None
    changed = registry.changed("m1", entry(feeder="f2"))
    assert changed is not None and said(changed.value)["feeder"] == "f2"
    back = registry.changed("m1", entry(feeder="f1"))
    assert back is not None and said(back.value)["feeder"] == "f1"


def test_a_removal_says_what_the_entry_was_once() -> None:
    registry = of(3)
    due = registry.changed("m1", None)
    assert due is not None
    assert said(due.value) == {**orjson.loads(entry()), "meter_id": "m1", "removed": True}
    assert registry.changed("m1", None) is None and registry.changed("m9", None) is None
    assert len(registry) == 2
    assert {each.meter_id for each in registry.again(0, DAY_MS)} == {"m0", "m2"}
    again = registry.changed("m1", entry())
    assert again is not None and said(again.value)["removed"] is False


def test_what_was_announced_before_is_not_due_until_its_time_of_day() -> None:
    registry = Announcements()
    registry.known("m1", entry(feeder="f1"))
    registry.known("m2", entry())
    registry.known("m2", None)
    assert registry.changed("m1", entry(feeder="f1")) is None
    assert registry.changed("m2", None) is None
    assert [each.meter_id for each in registry.again(0, DAY_MS)] == ["m1"]


@pytest.mark.parametrize("step_ms", [777, SECOND_MS, HOUR_MS, 5 * HOUR_MS, DAY_MS])
def test_each_meter_is_due_once_a_day_however_often_it_is_asked(step_ms: int) -> None:
    registry = of(500)
    times = range(MIDNIGHT_MS + 123, MIDNIGHT_MS + 123 + 3 * DAY_MS, step_ms)
    due = [
        (each.meter_id, until_ms)
        for after_ms, until_ms in zip(times, [*times[1:], times[0] + 3 * DAY_MS], strict=True)
        for each in registry.again(after_ms, until_ms)
    ]
    assert len(due) == 1_500
    assert {meter: [who for who, _ in due].count(meter) for meter, _ in due} == {
        f"m{number}": 3 for number in range(500)
    }
    for meter, until_ms in due:
        late_ms = (until_ms - second_of_day(meter) * SECOND_MS) % DAY_MS
        assert late_ms < max(step_ms, SECOND_MS) or step_ms == DAY_MS


def test_the_day_is_used_evenly() -> None:
    registry = of(2_400)
    for hour in range(24):
        begin_ms = MIDNIGHT_MS + hour * HOUR_MS
        assert 60 < len([*registry.again(begin_ms, begin_ms + HOUR_MS)]) < 140


def test_after_days_of_absence_each_meter_is_due_once() -> None:
    assert len([*of(500).again(MIDNIGHT_MS, MIDNIGHT_MS + 9 * DAY_MS + 5)]) == 500


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (b"{", "the entry of meter m1 is not JSON"),
        (b"\xff", "the entry of meter m1 is not JSON"),
        (b"[]", "the entry of meter m1 is no JSON object with geohash and commodity"),
        (b'{"geohash": "gcpuy"}', "is no JSON object with geohash and commodity"),
    ],
)
def test_an_entry_that_is_none_leaves_the_one_before(value: bytes, message: str) -> None:
    registry = of(2)
    with pytest.raises(EntryError, match=message):
        registry.changed("m1", value)
    with pytest.raises(EntryError, match=message):
        registry.known("m1", value)
    assert registry.changed("m1", entry()) is None
    assert len([*registry.again(0, DAY_MS)]) == 2
