import numpy as np

from simulators.network.conditions import LinkLoss, Network, fates

MINUTE_MS = 60_000


def test_what_a_link_delivers_into_another_loss_waits_for_that_to_end() -> None:
    """From minute 10 to 30 and from 25 to 40, whichever is written first."""
    early = LinkLoss(areas_share=1, after_minutes=10, minutes=20, drain_seconds=60)
    late = LinkLoss(areas_share=1, after_minutes=25, minutes=15)
    ts_ms = np.arange(60) * MINUTE_MS
    expected = np.where((ts_ms >= 10 * MINUTE_MS) & (ts_ms < 40 * MINUTE_MS), 40 * MINUTE_MS, ts_ms)
    for losses in ((early, late), (late, early)):
        network = Network(delay_min_ms=0, delay_max_ms=0, link_losses=losses)
        one = np.zeros(60, dtype=np.uint64)
        arrival_ms = fates(network, one, one, ts_ms, np.arange(60)).arrival_ms
        assert np.array_equal(arrival_ms, expected)
