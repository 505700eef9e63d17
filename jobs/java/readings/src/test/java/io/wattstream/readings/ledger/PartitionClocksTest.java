package io.wattstream.readings.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wattstream.readings.windows.Pulse;

import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.List;

/** A writer says each second that it is there, but where a test says otherwise. */
class PartitionClocksTest {
    private PartitionClocks clocks = new PartitionClocks();
    private long sliceMs = 5_000;

    /** A record, perhaps a heartbeat. */
    private void write(long timeMs, Boolean... closes) {
        long lengthMs = sliceMs > Pulse.QUIET_MS ? sliceMs / 2 : sliceMs;
        List<Pulse.Beats> beats =
                List.of(closes).stream()
                        .map(each -> new Pulse.Beats(each, timeMs, timeMs))
                        .toList();
        clocks.add(timeMs - timeMs % lengthMs, new Pulse(0, timeMs, timeMs, beats));
    }

    private void beat(long fromMs, long toMs, boolean closes) {
        for (long timeMs = fromMs; timeMs < toMs; timeMs += 1_000) {
            write(timeMs, closes);
        }
    }

    /** How long a meter that was heard at 0 has not been, at the end of a slice. */
    private long ageMs(long endMs) throws IOException {
        clocks.hearBefore(endMs);
        DataOutputSerializer out = new DataOutputSerializer(16);
        clocks.write(out);
        clocks = new PartitionClocks();
        clocks.read(new DataInputDeserializer(out.getCopyOfBuffer()));
        return clocks.passedMs(0, 0, endMs);
    }

    @ParameterizedTest
    @ValueSource(longs = {1_000, 5_000, 12_000, 20_000})
    void whatAWriterThatClosesWritesDoesNotCount(long sliceMs) throws Exception {
        this.sliceMs = sliceMs;
        beat(0, 62_000, false);
        beat(62_000, 182_000, true);
        write(100_500);
        beat(182_000, 240_000, false);

        assertEquals(59_000, ageMs(60_000));
        assertEquals(62_000, ageMs(120_000));
        assertEquals(62_000, ageMs(180_000));
        assertEquals(62_000 + 57_000, ageMs(240_000));
    }

    @Test
    void metersAreLookedAtAgainWhenAWriterThatSeemedGoneWasOnlyLate() {
        write(0);
        clocks.hearBefore(5_000);
        write(8_000);
        assertFalse(clocks.hearBefore(10_000));
        clocks.hearBefore(20_000);

        // No more than ten seconds after the one before, and yet nobody awaits its meters.
        write(17_000);
        assertTrue(clocks.hearBefore(25_000));
        write(26_000);
        assertFalse(clocks.hearBefore(30_000));
    }

    @ParameterizedTest
    @ValueSource(longs = {1_000, 5_000, 12_000, 20_000})
    void theLastHeartbeatDecides(long sliceMs) throws Exception {
        this.sliceMs = sliceMs;
        write(0, false);
        write(2_000, true);
        write(8_000, false);
        write(9_000, false, true);
        write(9_500, true, false);
        for (long timeMs = 10_000; timeMs < 60_000; timeMs += 1_000) {
            write(timeMs);
        }

        assertEquals(59_000 - 6_000 - 500, ageMs(60_000));
    }

    @Test
    void whoSaysNoMoreThatItClosesIsClosedForTenSeconds() throws Exception {
        beat(0, 20_000, false);
        write(20_000, true);
        write(23_000, true);
        for (long timeMs = 24_000; timeMs < 60_000; timeMs += 2_000) {
            write(timeMs);
        }

        assertEquals(20_000, ageMs(30_000));
        assertEquals(20_000 + 58_000 - 33_000, ageMs(60_000));
    }

    @Test
    void whoIsGoneAfterItHasClosedIsGone() throws Exception {
        beat(0, 20_000, false);
        write(20_000, true);
        write(60_000, true);
        write(90_000);
        write(95_000);

        assertEquals(20_000 + 5_000, ageMs(100_000));
    }

    @Test
    void whatIsThereFirstMayBeClosed() throws Exception {
        beat(1_000, 30_000, true);
        beat(30_000, 60_000, false);

        assertEquals(1_000 + 29_000, ageMs(60_000));
    }

    @Test
    void whoIsGoneWithinASliceIsGone() throws Exception {
        sliceMs = 20_000;
        beat(1_000, 3_000, false);
        write(19_000, false);

        assertEquals(2_000, ageMs(20_000));
    }

    @Test
    void theLatest64TimesAreRemembered() throws Exception {
        long timeMs = 0;
        for (int times = 0; times < 65; times++) {
            assertEquals(1_000L * times, ageMs(timeMs + sliceMs));
            write(timeMs, true);
            timeMs += 9_000;
            write(timeMs, false);
            timeMs += 1_000;
            write(timeMs, false);
        }

        assertEquals(65_000 + 9_000, ageMs(timeMs + sliceMs));
    }
}
