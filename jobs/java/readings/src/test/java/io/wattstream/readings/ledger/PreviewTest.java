package io.wattstream.readings.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;

/** What is said of a slice before it closes, to somebody who waits for it. */
class PreviewTest {
    private static final String KEY = "electricity/u1003/m";
    private static final long SLICE_MS = 5_000;
    private static final long HOUR_MS = 3_600_000;

    private LedgerRun run;
    private long endMs;

    @BeforeEach
    void aMeterIsKnown() throws Exception {
        begin(System.currentTimeMillis());
    }

    private void begin(long nowMs) throws Exception {
        run = new LedgerRun(1);
        endMs = nowMs / SLICE_MS * SLICE_MS;
        run.read(0, Entry.reading(endMs - 15_000, 1, 0).demand(100L)).arrive(endMs - SLICE_MS);
    }

    @AfterEach
    void close() throws Exception {
        run.close();
    }

    private List<LedgerRun.Said> said() {
        return run.stores().allSaid.getOrDefault(KEY, List.of()).stream()
                .filter(each -> each.sliceEndMs() == endMs)
                .toList();
    }

    @Test
    void aValueIsSaidOnceIfNothingMoreComes() throws Exception {
        run.read(0, Entry.reading(endMs - 1_000, 2, 5).demand(300L)).arrive(endMs - 1);
        assertEquals(List.of(), said());

        run.arrive(endMs + 1);
        assertEquals(1, said().size());
        assertEquals(2, LedgerRun.number(said().get(0).json(), "readings"));

        run.arrive(endMs + HOUR_MS);
        assertEquals(1, said().size());
    }

    @Test
    void aValueIsFollowedByWhatComesOnTimeAfterIt() throws Exception {
        run.read(0, Entry.reading(endMs - 1_000, 2, 5).demand(300L)).arrive(endMs + 1);
        run.read(0, Entry.reading(endMs - 1_000, 2_400, 2, 5).demand(700L));
        run.read(0, Entry.reading(endMs - 500, 2_300, 3, 6).demand(500L));
        run.arrive(endMs + HOUR_MS);

        assertEquals(2, said().size());
        String json = said().get(1).json();
        assertEquals(3, LedgerRun.number(json, "readings"));
        assertEquals(1, LedgerRun.number(json, "revisions"));
        assertTrue(json.contains("\"demand\":0.600"), json);
    }

    @Test
    void whatIsAnnouncedInTheSliceDoesNotStandAboveItsReadings() throws Exception {
        // The value said early says the same as the one in the end, and what is said of the
        // announcement alone comes between.
        run.read(0, Entry.reading(endMs - 7_000, 2_100, 2, 0).demand(100L));
        run.read(0, Entry.announcement(endMs - 4_000).cadenceMs(500L));
        run.read(0, Entry.reading(endMs - 1_500, 3, 0).demand(100L));
        run.read(0, Entry.reading(endMs - 1_000, 4, 0).demand(100L));
        run.read(0, Entry.reading(endMs - 500, 5, 0).demand(100L));
        run.arrive(endMs + HOUR_MS);

        List<LedgerRun.Said> said = said();
        assertEquals(
                List.of(5L, 5L),
                said.stream().map(each -> LedgerRun.number(each.json(), "readings")).toList());
    }

    @Test
    void aValueCountsTheOpenSlicesBeforeIt() throws Exception {
        run.close();
        Rules rules = new Rules(1_000, LedgerRun.ON_TIME_MS, 1_800_000, 60_000);
        run = new LedgerRun(rules, 1, 1, 1, 1_000, null, new LedgerRun.Stores());
        run.read(0, Entry.reading(endMs - 15_000, 1, 0).demand(100L)).arrive(endMs - SLICE_MS);
        run.read(0, Entry.reading(endMs - 2_500, 2, 5).demand(300L));
        run.read(0, Entry.reading(endMs - 1_500, 3, 6).demand(300L));
        run.read(0, Entry.reading(endMs - 500, 4, 7).demand(500L)).arrive(endMs + 1);

        String json = said().get(0).json();
        assertEquals(4, LedgerRun.number(json, "readings"));
        assertTrue(json.contains("\"demand\":0.500"), json);
        assertTrue(!json.contains("lost"), json);
    }

    @Test
    void nobodyWaitsForWhatIsPast() throws Exception {
        run.close();
        begin(System.currentTimeMillis() - HOUR_MS);
        run.read(0, Entry.reading(endMs - 1_000, 2, 5).demand(300L)).arrive(endMs + 2_000);
        assertEquals(List.of(), said());

        run.arrive(endMs + 4_000);
        assertEquals(1, said().size());
    }

    @Test
    void aValueThatWasSaidEarlyIsSaidAgainAfterAFailure() throws Exception {
        run.read(0, Entry.reading(endMs - 1_000, 2, 5).demand(300L)).arrive(endMs + 1);
        LedgerRun.Checkpoint checkpoint = run.checkpoint();
        run.close();
        run = new LedgerRun(LedgerRun.RULES, 1, 1, 2, 9, checkpoint, new LedgerRun.Stores());
        run.arrive(endMs + HOUR_MS);

        assertEquals(2, LedgerRun.number(run.stores().live.get(KEY).json(), "readings"));
    }
}
