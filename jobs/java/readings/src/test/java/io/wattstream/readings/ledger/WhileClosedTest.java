package io.wattstream.readings.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/** Which readings are counted as made after the writer of their partition had closed it. */
class WhileClosedTest {
    private static final long T = 1_709_247_600_000L;

    private static long counted(Entry... log) throws Exception {
        try (LedgerRun run = new LedgerRun(1)) {
            for (Entry entry : log) {
                run.read(0, entry);
            }
            return run.onTimeWhileClosed();
        }
    }

    private static Entry reading(long timeMs) {
        return Entry.reading(T + timeMs, 1_000, timeMs / 1_000, 0);
    }

    @Test
    void aReadingIsMadeWhileClosedFromTheFirstClosingOn() throws Exception {
        Entry first = Entry.closing(T);
        Entry again = Entry.closing(T + 8_000);

        assertEquals(0, counted(first, reading(0)));
        assertEquals(1, counted(first, reading(1)));
        // What was made before the first is on its way still when it is said again.
        assertEquals(1, counted(first, again, reading(7_500)));
    }

    @Test
    void itIsOpenAgainWhenAHeartbeatSaysSoOrNoneDoesForTenSeconds() throws Exception {
        assertEquals(0, counted(Entry.closing(T), Entry.heartbeat(T + 100), reading(200)));
        assertEquals(1, counted(Entry.closing(T), reading(9_000)));
        assertEquals(0, counted(Entry.closing(T), reading(9_001)));
    }

    @Test
    void whoClosesAfterThatDoesSoFromThenOn() throws Exception {
        Entry first = Entry.closing(T);
        Entry second = Entry.closing(T + 30_000);

        assertEquals(0, counted(first, second, reading(29_500)));
        assertEquals(1, counted(first, second, reading(30_001)));
    }
}
