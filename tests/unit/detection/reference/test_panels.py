"""The rule of panels, row by row."""

import pytest

from detection.reference.panels import Reading, overloaded

READINGS = [
    Reading(1, "dc:eqix:us:chi1:12", 1.05, 1034),
    Reading(2, "dc:eqix:us:chi1:10", 0.85, 867),
    Reading(1, "dc:kddi:eu:ber1:15", 0.54, 345),
    Reading(2, "dc:kddi:eu:ber1:20", 0.67, 288),
    Reading(1, "dc:kddi:cn:hnk2:11", 1.11, 1119),
    Reading(1, "dc:eqix:us:chi1:12", 1.01, 1134),
    Reading(2, "dc:eqix:us:chi1:10", 0.75, 898),
    Reading(1, "dc:kddi:cn:hnk2:11", 1.10, 1201),
]


@pytest.mark.parametrize(
    ("row", "expected"),
    [(1, True), (2, True), (3, False), (4, False), (5, True), (6, True), (7, False), (8, True)],
)
def test_each_row(row: int, expected: bool) -> None:
    reading = READINGS[row - 1]

    assert overloaded([reading]) == ([reading] if expected else [])


def test_those_that_are_overloaded_in_their_order() -> None:
    assert [READINGS.index(each) + 1 for each in overloaded(READINGS)] == [1, 2, 5, 6, 8]


def test_a_panel_is_a_number_in_a_site() -> None:
    assert [each.key for each in READINGS[:5]] == [
        "dc:eqix:us:chi1/1",
        "dc:eqix:us:chi1/2",
        "dc:kddi:eu:ber1/1",
        "dc:kddi:eu:ber1/2",
        "dc:kddi:cn:hnk2/1",
    ]
