"""Up to where readings had come at an instant."""

from collections.abc import Sequence

import pytest

from adapters import arrivals
from contracts.settings import Settings
from contracts.topics import Topic


class Stamped:
    """A topic of two partitions, by the stamps of its records."""

    stamps = ((10, 20, 30), (15,))

    def __init__(self, settings: Settings) -> None:
        pass

    def from_time(self, _: Sequence[Topic], at_ms: int) -> list[list[int | None]]:
        return [
            [
                next((place for place, stamp in enumerate(each) if stamp >= at_ms), None)
                for each in self.stamps
            ]
        ]


@pytest.mark.parametrize(
    ("at_ms", "expected"), [(5, [0, 0]), (15, [1, 0]), (20, [1, 1]), (31, [3, 1])]
)
def test_where_nothing_came_later_it_is_the_end(
    monkeypatch: pytest.MonkeyPatch, at_ms: int, expected: list[int]
) -> None:
    monkeypatch.setattr(arrivals, "Offsets", Stamped)
    monkeypatch.setattr(arrivals, "ends_of", lambda *_: [len(each) for each in Stamped.stamps])

    assert arrivals.came_from(Settings(), at_ms) == expected
