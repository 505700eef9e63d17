package io.wattstream.readings.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Meters all of whose clocks are wrong, behind the network of the simulator's scenario {@code
 * outages}: who is silent is found, and nobody else. Some clocks are hours ahead until the meter
 * begins again, messages are broken, and what comes again may do so after hours.
 */
class WrongClocksTest {
    private static final long T = 1_709_251_200_000L - 3_600_000;
    private static final long MINUTE_MS = 60_000;
    private static final long LENGTH_MS = 150 * MINUTE_MS;
    private static final int METERS = 64;

    /** Half of the meters are silent from here ... */
    private static final long SILENT_MS = 25 * MINUTE_MS;

    /** ... to here. */
    private static final long BACK_MS = 130 * MINUTE_MS;

    private static final long[] MUCH_MS = {25_000, 300_000, 3_600_000, 10_000_000_000L};

    private static final Pattern MISSED =
            Pattern.compile("\\[\"m(\\d+)\",(\\d+),(\\d+),([1-4])\\]");

    private final List<Entry> log = new ArrayList<>();

    /** When each meter sent its last reading before it fell silent. */
    private final Map<Integer, Long> lastSentMs = new TreeMap<>();

    /**
     * By how much it may seem to live for longer: that one's way, if its clock is too far ahead.
     */
    private final Map<Integer, Long> errorMs = new TreeMap<>();

    private void write(Random random) {
        for (long timeMs = 0; timeMs < LENGTH_MS; timeMs += 1_000) {
            log.add(Entry.heartbeat(T + timeMs));
        }
        for (int meter = 0; meter < METERS; meter++) {
            long cadenceMs = meter % 4 == 3 ? MINUTE_MS : 5_000;
            String id = "m" + meter;
            log.add(Entry.announcement(T).of(id).feeder("f").cadenceMs(cadenceMs));
            long littleMs = Math.round(20_000 * (2 * random.nextDouble() - 1));
            long beginsAgainMs = random.nextLong(SILENT_MS - 2 * MINUTE_MS);
            long aheadMs = meter % 3 == 0 ? MUCH_MS[random.nextInt(MUCH_MS.length)] : littleMs;
            long seq = random.nextBoolean() ? 1_000 : 65_500;
            for (long timeMs = random.nextLong(cadenceMs);
                    timeMs < LENGTH_MS;
                    timeMs += cadenceMs) {
                seq++;
                if (aheadMs != littleMs && timeMs >= beginsAgainMs) {
                    aheadMs = littleMs;
                    seq = random.nextInt(3);
                }
                boolean isSilent = meter % 2 == 1 && timeMs >= SILENT_MS && timeMs < BACK_MS;
                if (isSilent || random.nextInt(1_000) == 0) {
                    continue;
                }
                if (random.nextInt(200) == 0) {
                    long brokenMs = 12_000 + random.nextLong(100_000_000_000L);
                    log.add(reading(id, timeMs, brokenMs, 200, random.nextLong(1L << 40)));
                }
                // What was said before a clock was set may count once more.
                long wayMs = aheadMs == littleMs ? wayMs(random) : 300 + random.nextInt(900);
                if (timeMs < SILENT_MS) {
                    lastSentMs.put(meter, timeMs);
                    errorMs.put(meter, aheadMs > 10_000 ? Math.max(2_200, wayMs) : 2_200);
                }
                log.add(reading(id, timeMs, aheadMs, wayMs, seq));
                if (random.nextInt(100) == 0) {
                    log.add(reading(id, timeMs, aheadMs, wayMs + random.nextInt(30_000), seq));
                }
                if (aheadMs == littleMs && random.nextInt(50) == 0) {
                    long againMs = MINUTE_MS + random.nextLong(100 * MINUTE_MS);
                    log.add(reading(id, timeMs, aheadMs, wayMs + againMs, seq));
                }
            }
        }
        log.removeIf(entry -> entry.arrivalMs >= T + LENGTH_MS);
        log.sort(Comparator.comparingLong(entry -> entry.arrivalMs));
    }

    /** 700 ms as a rule; one of 500 takes up to half an hour. */
    private static long wayMs(Random random) {
        if (random.nextInt(500) == 0) {
            return Math.round(MINUTE_MS * Math.pow(30, random.nextDouble()));
        }
        double usualMs = 700 * Math.exp(0.75 * random.nextGaussian());
        return Math.round(Math.max(200, Math.min(usualMs, 2_100)));
    }

    private static Entry reading(String id, long sentMs, long aheadMs, long wayMs, long seq) {
        return Entry.reading(T + sentMs + aheadMs, wayMs - aheadMs, seq, seq * 1_000).of(id);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whoIsSilentIsFoundAndNobodyElse(long seed) throws Exception {
        write(new Random(seed));
        LedgerRun run = new LedgerRun(1);
        Map<String, String> facts = run.read(log).arrive(T + LENGTH_MS).stores().facts;
        run.close();

        Map<Integer, Long> silent = new TreeMap<>();
        facts.forEach(
                (key, fact) -> {
                    for (Matcher each = MISSED.matcher(fact); each.find(); ) {
                        if (each.group(4).equals("4")) {
                            silent.put(
                                    Integer.parseInt(each.group(1)),
                                    Long.parseLong(each.group(2)) - T);
                        } else if (each.group(4).equals("3")) {
                            silent.putIfAbsent(Integer.parseInt(each.group(1)), 0L);
                        }
                    }
                });
        TreeSet<Integer> truth = new TreeSet<>();
        for (int meter = 1; meter < METERS; meter += 2) {
            truth.add(meter);
        }
        assertEquals(truth, silent.keySet());
        silent.forEach(
                (meter, lifeMs) -> {
                    long laterMs = lifeMs - lastSentMs.get(meter);
                    assertTrue(
                            laterMs >= 0 && laterMs <= errorMs.get(meter),
                            meter + ": " + laterMs + " ms");
                });
    }
}
