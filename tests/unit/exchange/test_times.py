from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from exchange.times import LocalTimes, TimeError, epoch_ms, instants_ms

LONDON = ZoneInfo("Europe/London")
HALF_HOUR = timedelta(minutes=30)


def test_a_usual_time_is_one_instant() -> None:
    noon = datetime(2025, 7, 1, 12)
    assert instants_ms(noon, LONDON) == (epoch_ms(datetime(2025, 7, 1, 11, tzinfo=UTC)),)


def test_a_time_that_no_clock_showed() -> None:
    assert instants_ms(datetime(2025, 3, 30, 1, 30), LONDON) == ()
    with pytest.raises(TimeError, match="never showed 2025-03-30 01:30:00") as raised:
        LocalTimes(LONDON).at_ms(datetime(2025, 3, 30, 1, 30))
    assert raised.value.reason == "no_such_time"


@pytest.mark.parametrize("backwards", [False, True])
def test_the_order_of_a_file_says_which_of_both(backwards: bool) -> None:
    begin = datetime(2025, 10, 25, 23, tzinfo=UTC)
    instants = [begin + n * HALF_HOUR for n in range(8)]
    if backwards:
        instants.reverse()
    times = LocalTimes(LONDON, backwards=backwards)
    written = [instant.astimezone(LONDON).replace(tzinfo=None, fold=0) for instant in instants]
    assert len(set(written)) == 6
    assert [times.at_ms(each) for each in written] == [epoch_ms(each) for each in instants]


def test_a_time_that_nothing_decides() -> None:
    twice = datetime(2025, 10, 26, 1, 30)
    with pytest.raises(TimeError, match="no time before it") as raised:
        LocalTimes(LONDON).at_ms(twice)
    assert raised.value.reason == "ambiguous_time"


def test_a_time_that_is_there_three_times() -> None:
    times = LocalTimes(LONDON)
    times.at_ms(datetime(2025, 10, 26, 0, 30))
    found = [times.at_ms(datetime(2025, 10, 26, 1, 30)) for _ in range(2)]
    assert found[1] - found[0] == 3_600_000
    with pytest.raises(TimeError, match="more often"):
        times.at_ms(datetime(2025, 10, 26, 1, 30))
