package io.wattstream.readings.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** What comes out is what the rules say of the log, however it is read. */
class DeterminismTest {
    private static final long AFTER_MS = 3 * 3_600_000;

    private static final long PAST_MIDNIGHT_MS = 1_709_251_200_000L;

    /** Nobody waits for what is past; of what is not, values are said early. */
    private static final long FUTURE_MIDNIGHT_MS = 4_099_766_400_000L;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void whatComesOutIsAFunctionOfTheLog(long seed) throws Exception {
        PlainLedger plain = check(seed, PAST_MIDNIGHT_MS, LedgerRun.RULES);

        assertTrue(plain.facts.size() > 20, plain.facts.size() + " facts");
        assertTrue(plain.hours.size() > 2, plain.hours.size() + " hours");
        assertTrue(plain.facts.values().stream().anyMatch(fact -> !fact.endsWith("[]}")));
        assertTrue(plain.feederMinutes.size() > 5, plain.feederMinutes.size() + " minutes");
    }

    @ParameterizedTest
    @ValueSource(longs = {101, 102, 103})
    void whatIsSaidEarlyIsFollowedByWhatIs(long seed) throws Exception {
        check(seed, FUTURE_MIDNIGHT_MS, LedgerRun.RULES);
    }

    @ParameterizedTest
    @ValueSource(longs = {201, 202})
    void slicesMayBeShorterThanTheWayAndWindowsMayEndWithinThem(long seed) throws Exception {
        check(seed, FUTURE_MIDNIGHT_MS, new Rules(1_000, LedgerRun.ON_TIME_MS, 300_000, 12_500));
        check(seed, PAST_MIDNIGHT_MS, new Rules(6_000, LedgerRun.ON_TIME_MS, 900_000, 90_000));
    }

    /** What a meter says in such a slice is more than is remembered of it, but for its facts. */
    @ParameterizedTest
    @ValueSource(longs = {301, 302, 303, 304})
    void slicesMayBeLongerThanAWriterIsGone(long seed) throws Exception {
        Rules rules = new Rules(20_000, LedgerRun.ON_TIME_MS, 900_000, 60_000);
        List<List<Entry>> log = new RandomLog(seed, PAST_MIDNIGHT_MS).partitions(2, 12);
        List<Entry> all = log.stream().flatMap(List::stream).toList();
        long endMs = PAST_MIDNIGHT_MS + AFTER_MS;
        long lastEndMs = (endMs - LedgerRun.ON_TIME_MS) / rules.sliceMs() * rules.sliceMs();
        PlainLedger plain = new PlainLedger(all, rules, lastEndMs);

        assertTrue(plain.facts.size() > 20, plain.facts.size() + " facts");
        assertSame(plain.facts, read(log, rules, endMs, new Random(seed), false).facts);
        assertSame(plain.facts, read(log, rules, endMs, new Random(seed), true).facts);
    }

    private static PlainLedger check(long seed, long midnightMs, Rules rules) throws Exception {
        Random random = new Random(seed);
        int partitions = 1 + random.nextInt(3);
        List<List<Entry>> log = new RandomLog(seed, midnightMs).partitions(partitions, 12);
        long lastMs = 0;
        List<Entry> all = new ArrayList<>();
        for (List<Entry> partition : log) {
            all.addAll(partition);
            for (Entry entry : partition) {
                lastMs = Math.max(lastMs, entry.arrivalMs);
            }
        }
        long endMs = lastMs + AFTER_MS;
        long lastEndMs = (endMs - LedgerRun.ON_TIME_MS) / rules.sliceMs() * rules.sliceMs();
        PlainLedger plain = new PlainLedger(all, rules, lastEndMs);

        LedgerRun.Stores inOrder = read(log, rules, endMs, new Random(seed), false);
        check(plain, inOrder);
        checkEarly(inOrder, midnightMs == FUTURE_MIDNIGHT_MS);
        LedgerRun.Stores otherwise = read(log, rules, endMs, new Random(seed), true);
        check(plain, otherwise);
        return plain;
    }

    /**
     * Reads a log, each partition in its order.
     *
     * @param isEventful whether partitions are read far ahead of another, and the job stops, fails
     *     and goes on with other parallelism
     */
    static LedgerRun.Stores read(
            List<List<Entry>> log, Rules rules, long endMs, Random random, boolean isEventful)
            throws Exception {
        LedgerRun.Stores stores = new LedgerRun.Stores();
        int[] at = new int[log.size()];
        int[] checkpointAt = at.clone();
        LedgerRun.Checkpoint checkpoint = null;
        int most = isEventful ? 7 : 1_000_000;
        LedgerRun run = new LedgerRun(rules, log.size(), 2, 1, most, null, stores);
        int eager = 0;
        while (true) {
            int partition = isEventful ? ahead(log, at, random, eager) : next(log, at);
            if (partition < 0) {
                break;
            }
            run.read(partition, log.get(partition).get(at[partition]++));
            if (!isEventful) {
                continue;
            }
            if (random.nextInt(100) == 0) {
                eager = random.nextInt(log.size());
            }
            if (random.nextInt(300) == 0) {
                checkpoint = run.checkpoint();
                checkpointAt = at.clone();
            }
            if (checkpoint != null && random.nextInt(900) == 0) {
                assertEquals(0, run.dropped());
                run.close();
                at = checkpointAt.clone();
                int parallelism = 1 + random.nextInt(3);
                run =
                        new LedgerRun(
                                rules,
                                log.size(),
                                1 + random.nextInt(2),
                                parallelism,
                                most,
                                checkpoint,
                                stores);
            }
        }
        run.arrive(endMs);
        assertEquals(0, run.dropped());
        run.close();
        return stores;
    }

    /** The partition whose next record arrived first. */
    private static int next(List<List<Entry>> log, int[] at) {
        int next = -1;
        for (int p = 0; p < at.length; p++) {
            if (at[p] < log.get(p).size()
                    && (next < 0
                            || log.get(p).get(at[p]).arrivalMs
                                    < log.get(next).get(at[next]).arrivalMs)) {
                next = p;
            }
        }
        return next;
    }

    private static int ahead(List<List<Entry>> log, int[] at, Random random, int eager) {
        int first = random.nextInt(4) > 0 ? eager : random.nextInt(at.length);
        for (int i = 0; i < at.length; i++) {
            int p = (first + i) % at.length;
            if (at[p] < log.get(p).size()) {
                return p;
            }
        }
        return -1;
    }

    private static void check(PlainLedger plain, LedgerRun.Stores stores) {
        assertEquals(List.of(), stores.contradictions);
        assertSame(plain.minutes, stores.minutes);
        assertSame(plain.periods, stores.periods);
        Map<String, String> live = new TreeMap<>();
        stores.live.forEach((key, said) -> live.put(key, withoutWhen(said.json())));
        Map<String, String> wanted = new TreeMap<>();
        plain.live.forEach((key, said) -> wanted.put(key, said.json()));
        assertSame(wanted, live);
        plain.live.forEach(
                (key, said) -> {
                    LedgerRun.Said found = stores.live.get(key);
                    long repeats = LedgerRun.number(found.json(), "repeats");
                    assertTrue(found.sliceEndMs() >= said.sliceEndMs(), key);
                    if (found.sliceEndMs() == said.sliceEndMs()) {
                        assertEquals(said.repeats(), repeats, key);
                    } else {
                        assertTrue(repeats >= said.repeats() && repeats <= said.allRepeats(), key);
                    }
                });
        assertSame(plain.groupSlices, stores.groupSlices);
        assertSame(plain.areaMinutes, stores.areaMinutes);
        assertSame(plain.largest, stores.largest);
        assertSame(plain.facts, stores.facts);
        assertSame(plain.feederMinutes, stores.feederMinutes);
        assertSame(plain.hours, stores.hours);
    }

    /** What was said last of a slice counts, and much was said early that was not all. */
    private static void checkEarly(LedgerRun.Stores inOrder, boolean isEarly) {
        long early = 0;
        for (var said : inOrder.allSaid.entrySet()) {
            Map<Long, LedgerRun.Said> last = new TreeMap<>();
            for (LedgerRun.Said each : said.getValue()) {
                LedgerRun.Said before = last.put(each.sliceEndMs(), each);
                boolean isOtherwise = before != null && !each.equals(before);
                early += isOtherwise && each.json() != null && before.json() != null ? 1 : 0;
            }
            LedgerRun.Said found = inOrder.live.get(said.getKey());
            if (found != null) {
                assertEquals(last.get(found.sliceEndMs()), found, said.getKey());
            }
        }
        assertEquals(isEarly, early > 20, early + " were said early");
        assertTrue(isEarly || early == 0, early + " were said early");
    }

    /** All of a live value but when it was said and the repeats. */
    private static String withoutWhen(String json) {
        return json.substring(json.indexOf(",\"readings\"") + 1)
                .replaceFirst(",\"repeats\":\\d+", "");
    }

    /** Fails at the first line that differs. */
    private static void assertSame(Map<String, String> wanted, Map<String, String> found) {
        List<String> differences = new ArrayList<>();
        wanted.forEach(
                (key, value) -> {
                    if (!value.equals(found.get(key))) {
                        differences.add(
                                "wanted %s: %s%n found %s".formatted(key, value, found.get(key)));
                    }
                });
        found.forEach(
                (key, value) -> {
                    if (!wanted.containsKey(key)) {
                        differences.add("too much: %s: %s".formatted(key, value));
                    }
                });
        assertEquals(
                List.of(),
                differences.stream().limit(5).toList(),
                () -> differences.size() + " differ");
    }
}
