"""The models of before, value by value."""

import pytest

from detection.reference.hours import (
    HIGHEST_WH,
    LOWEST_WH,
    hour_score,
    is_unusual,
    water_score,
)

DAY_2018_08_05_WH = [
    *(136, 129, 149, 128, 126, 144, 298, 276, 160, 175, 152, 271),
    *(146, 289, 137, 153, 285, 221, 264, 308, 434, 687, 1890, 189),
]


@pytest.mark.parametrize(
    ("hour", "energy_wh", "expected"),
    [
        (4, 100, -0.03137254901960784),
        (4, 150, 0.16470588235294117),
        (4, 1500, 5.458823529411765),
        (4, 3000, 11.341176470588236),
        (9, 100, -0.0054753608760577405),
        (9, 150, 0.019412643106022896),
        (9, 1500, 0.6913887506222001),
        (9, 3000, 1.438028870084619),
        (20, 100, -0.0021996150673632116),
        (20, 150, 0.01154797910365686),
        (20, 1500, 0.3827330217211988),
        (20, 3000, 0.7951608468518009),
    ],
)
def test_scores_of_the_hour_are_exact(hour: int, energy_wh: float, expected: float) -> None:
    assert hour_score(hour, energy_wh) == expected


@pytest.mark.parametrize("hour", [24, 4.5, -1])
def test_no_hour_of_the_day_scores_minus_one(hour: float) -> None:
    assert hour_score(hour, 1_500) == -1
    assert not is_unusual(hour, 1_500)


def test_which_hours_are_unusual() -> None:
    at_1500 = [hour for hour in range(24) if is_unusual(hour, 1_500)]
    at_3000 = [hour for hour in range(24) if not is_unusual(hour, 3_000)]

    assert at_1500 == [0, 1, 2, 3, 4, 5, 13, 15, 23]
    assert at_3000 == [18, 19, 20, 21]


@pytest.mark.parametrize("hour", range(24))
def test_the_largest_use_of_the_hour_scores_one_and_is_not_unusual(hour: int) -> None:
    assert hour_score(hour, HIGHEST_WH[hour]) == 1.0
    assert hour_score(hour, LOWEST_WH[hour]) == 0.0
    assert not is_unusual(hour, HIGHEST_WH[hour])
    assert is_unusual(hour, HIGHEST_WH[hour] + 1)


def test_an_ordinary_day() -> None:
    scores = [hour_score(hour, wh) for hour, wh in enumerate(DAY_2018_08_05_WH)]

    assert sum(DAY_2018_08_05_WH) == 7_147
    assert not any(is_unusual(hour, wh) for hour, wh in enumerate(DAY_2018_08_05_WH))
    first, second = sorted(range(24), key=lambda hour: -scores[hour])[:2]
    assert (first, round(scores[first], 6)) == (22, 0.756791)
    assert (second, round(scores[second], 6)) == (21, 0.176399)


@pytest.mark.parametrize(
    ("hour", "litres", "expected"),
    [
        *((24, 1, 1.0), (-1, 1, 1.0), (4.5, 1, 1.0), (12, -0.001, 1.0)),
        *((0, 20.001, 0.8), (5, 21, 0.8), (5, 20, 0.1), (0, 200, 0.8)),
        *((6, 21, 0.1), (6, 50.001, 0.6), (17, 51, 0.6), (17, 50, 0.1)),
        *((18, 51, 0.1), (18, 100.001, 0.4), (19, 101, 0.4), (19, 100, 0.1)),
        *((20, 101, 0.1), (23, 1_000, 0.1), (12, 0, 0.1)),
    ],
)
def test_the_rule_for_water(hour: float, litres: float, expected: float) -> None:
    assert water_score(hour, litres) == expected
