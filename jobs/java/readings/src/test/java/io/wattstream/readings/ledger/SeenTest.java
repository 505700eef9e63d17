package io.wattstream.readings.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** Which readings were seen, and how many between them were not. */
class SeenTest {
    private record At(long tsMs, long seq) {}

    private static final Comparator<At> ORDER =
            Comparator.comparingLong(At::tsMs).thenComparingLong(At::seq);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void runsSayTheSameAsASetOfAllReadings(int seed) {
        Random random = new Random(seed);
        List<At> said = readings(random);
        // Some come much later, and many a little.
        List<Long> arrivals = new ArrayList<>();
        for (int i = 0; i < said.size(); i++) {
            arrivals.add(i * 100L + random.nextInt(random.nextInt(20) == 0 ? 3_000 : 300));
        }
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < said.size(); i++) {
            order.add(i);
        }
        order.sort(Comparator.comparing(arrivals::get));
        Seen seen = new Seen();
        TreeSet<At> all = new TreeSet<>(ORDER);

        for (int next : order) {
            At at = said.get(next);
            assertFalse(seen.contains(at.tsMs, at.seq), at + " in " + all);
            seen.add(at.tsMs, at.seq);
            all.add(at);
            assertEquals(lost(all), seen.lost, () -> at + " of " + all);
        }

        for (At at : said) {
            assertTrue(seen.contains(at.tsMs, at.seq), at::toString);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void whatComesLateIsNotLostThoughTheRunsAroundItAreForgotten(int seed) {
        Random random = new Random(seed);
        Seen seen = new Seen();
        TreeSet<At> all = new TreeSet<>(ORDER);
        List<At> late = new ArrayList<>();
        for (int seq = 0; seq < 1_000; seq++) {
            At at = new At(seq * 1_000L, seq);
            if (seq > 0 && random.nextInt(3) == 0) {
                late.add(at);
            } else {
                seen.add(at.tsMs, at.seq);
                all.add(at);
            }
        }
        Collections.shuffle(late, random);

        for (At at : late) {
            seen.add(at.tsMs, at.seq);
            all.add(at);
            assertEquals(lost(all), seen.lost, () -> at + " of " + all);
        }
    }

    /** Readings of a meter that loses some, wraps and begins again, by their times. */
    private static List<At> readings(Random random) {
        long seq = random.nextBoolean() ? 65_400 : 4_294_967_200L;
        long wrap = seq < 65_536 ? 65_536 : 1L << 32;
        long tsMs = 1_000_000;
        List<At> readings = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            if (random.nextInt(25) > 0) {
                readings.add(new At(tsMs, seq));
            }
            long next = (seq + 1) % wrap;
            if (random.nextInt(100) == 0 && seq > 100) {
                next = random.nextInt(3);
            }
            tsMs += next > seq && random.nextInt(30) == 0 ? 0 : 1_000;
            seq = next;
        }
        return readings;
    }

    private static long lost(Set<At> readings) {
        long lost = 0;
        At before = null;
        for (At at : readings) {
            lost += before == null ? 0 : PlainLedger.step(before.seq, at.seq) - 1;
            before = at;
        }
        return lost;
    }

    @Test
    void aClockThatGoesBackForgetsNothing() {
        Seen seen = new Seen();
        for (int seq = 0; seq <= 20; seq++) {
            seen.add(1_000L * (seq <= 10 ? seq : seq - 5), seq);
            for (int before = 0; before <= seq; before++) {
                long tsMs = 1_000L * (before <= 10 ? before : before - 5);
                assertTrue(seen.contains(tsMs, before), before + " after " + seq);
            }
        }
        assertFalse(seen.contains(16_000, 21));
    }

    @Test
    void theOldestRunsAreForgotten() {
        Seen seen = new Seen();
        for (int i = 0; i < 200; i++) {
            seen.add(1_000L * i, 2L * i);
        }

        assertTrue(seen.contains(199_000, 398));
        assertTrue(seen.contains(135_000, 270));
        assertFalse(seen.contains(134_000, 268));
        assertEquals(199, seen.lost);
        // Whether it has been said before cannot be told any more: it counts as new.
        seen.add(1_500, 3);
        assertEquals(198, seen.lost);
        assertFalse(seen.contains(1_500, 3));
    }

    @Test
    void aMarkedRevisionIsKnownUntilSixteenMoreHaveCome() {
        Odd odd = new Odd();

        assertTrue(odd.addRevision(1));
        assertFalse(odd.addRevision(1));
        for (int other = 2; other <= 16; other++) {
            assertTrue(odd.addRevision(other));
        }
        assertFalse(odd.addRevision(1));
        assertTrue(odd.addRevision(17));
        assertTrue(odd.addRevision(1));
    }

    @Test
    void aCheckpointKeepsRunsAndRevisions() throws IOException {
        Odd odd = new Odd();
        for (int run = 0; run < 70; run++) {
            odd.insert(odd.runs(), run * 10L, run * 10L + 5, run * 1_000L, run * 1_000L + 500);
        }
        odd.trim();
        odd.addRevision(Long.MIN_VALUE);
        odd.addRevision(Long.MAX_VALUE);
        DataOutputSerializer out = new DataOutputSerializer(16);
        odd.write(out);

        Odd read = Odd.read(new DataInputDeserializer(out.getCopyOfBuffer()));

        assertEquals(64, read.runs());
        assertTrue(read.forgot());
        for (int run = 0; run < 64; run++) {
            assertEquals(odd.firstSeq(run), read.firstSeq(run));
            assertEquals(odd.lastSeq(run), read.lastSeq(run));
            assertEquals(odd.firstMs(run), read.firstMs(run));
            assertEquals(odd.lastMs(run), read.lastMs(run));
        }
        assertFalse(read.addRevision(Long.MIN_VALUE));
        assertFalse(read.addRevision(Long.MAX_VALUE));
    }
}
