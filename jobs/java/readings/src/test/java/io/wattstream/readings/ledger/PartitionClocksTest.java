package io.wattstream.readings.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wattstream.readings.windows.Pulse;

import org.junit.jupiter.api.Test;

/** Slices of 20 s, each of two windows. */
class PartitionClocksTest {
    private final PartitionClocks clocks = new PartitionClocks();

    private void write(long firstMs, long lastMs, long closedMs, boolean isOpen) {
        clocks.add(firstMs / 10_000 * 10_000, new Pulse(0, firstMs, lastMs, closedMs, isOpen));
    }

    @Test
    void whoClosesInASliceBeginsAgainInALaterOne() {
        write(1_000, 9_000, 5_000, true);
        write(12_000, 19_000, Pulse.OPEN, true);

        assertTrue(clocks.hearBefore(20_000));
        assertEquals(5_000, clocks.passedMs(0, 0, 20_000));

        write(21_000, 29_000, Pulse.OPEN, false);
        write(31_000, 39_000, 31_000, false);

        assertFalse(clocks.hearBefore(40_000));
        assertEquals(5_000, clocks.passedMs(0, 0, 40_000));
    }

    @Test
    void whoBeginsAgainAnywhereInASliceIsThereInAllOfIt() {
        write(1_000, 9_000, 5_000, false);
        clocks.hearBefore(20_000);
        write(21_000, 29_000, Pulse.OPEN, false);
        write(31_000, 39_000, Pulse.OPEN, true);

        assertTrue(clocks.hearBefore(40_000));
        assertEquals(5_000 + 39_000 - 21_000, clocks.passedMs(0, 0, 40_000));
    }

    @Test
    void whoIsGoneWithinASliceIsGone() {
        write(1_000, 2_000, Pulse.OPEN, true);
        write(19_000, 19_000, Pulse.OPEN, true);

        clocks.hearBefore(20_000);
        assertEquals(2_000, clocks.passedMs(0, 0, 20_000));
    }
}
