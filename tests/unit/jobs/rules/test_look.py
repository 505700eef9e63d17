from hypothesis import given
from hypothesis import strategies as st

from contracts.facts import MISSED_TWICE, Missed
from jobs.rules.look import silent_at_once

HOMES = st.lists(
    st.builds(
        Missed,
        st.uuids().map(str),
        st.integers(0, 60).map(lambda each: each * 500),
        st.sampled_from([5_000, 10_000, 60_000]),
        st.just(MISSED_TWICE),
    ),
    max_size=12,
)


@given(HOMES)
def test_one_instant_explains_as_many_as_any(missed: list[Missed]) -> None:
    """An instant lies after a home's last sign of life, and no more than a second after it was due:
    all instants are tried."""
    by_instant = {
        at_ms: [
            each
            for each in missed
            if each.life_ms < at_ms <= each.life_ms + each.cadence_ms + 1_000
        ]
        for at_ms in range(1, 100_000, 250)
    }
    most = max(map(len, by_instant.values()))
    first = next((homes for homes in by_instant.values() if len(homes) == most), [])

    assert silent_at_once(missed) == (first if most else [])
