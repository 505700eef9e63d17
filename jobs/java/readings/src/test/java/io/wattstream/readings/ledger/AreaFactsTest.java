package io.wattstream.readings.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.annotation.Nullable;

/** Meters of which no feeder is known, and the facts of the areas that stand in for one. */
class AreaFactsTest {
    private static final long T = 1_709_251_200_000L - 3_600_000;
    private static final long MINUTE_MS = 60_000;
    private static final String HERE = "u1003bc";
    private static final String THERE = "u1018bc";

    private final List<Entry> log = new ArrayList<>();

    AreaFactsTest() {
        for (long timeMs = 0; timeMs < 10 * MINUTE_MS; timeMs += 1_000) {
            log.add(Entry.heartbeat(T + timeMs));
        }
    }

    /** Readings each five seconds up to a time, each from somewhere, or lost. */
    private void read(String meter, long toMs, LongFunction<String> where) {
        for (long timeMs = 0; timeMs < toMs; timeMs += 5_000) {
            String place = where.apply(timeMs);
            if (place != null) {
                log.add(
                        Entry.reading(T + timeMs, 300, timeMs / 5_000, timeMs / 4)
                                .of(meter)
                                .at(place)
                                .volts(190.0));
            }
        }
    }

    private void read(String meter, long toMs) {
        read(meter, toMs, timeMs -> HERE);
    }

    /** Facts by subject and seconds since the beginning; they are what the plain rules say. */
    private Map<String, String> facts(long toMs) throws Exception {
        log.removeIf(entry -> entry.arrivalMs > T + toMs);
        log.sort(Comparator.comparingLong(entry -> entry.arrivalMs));
        LedgerRun run = new LedgerRun(1);
        for (Entry entry : log) {
            run.read(0, entry);
        }
        LedgerRun.Stores stores = run.arrive(T + toMs).stores();
        run.close();
        long lastEndMs = (T + toMs - LedgerRun.ON_TIME_MS) / 5_000 * 5_000;
        PlainLedger plain = new PlainLedger(log, LedgerRun.RULES, lastEndMs);
        assertEquals(plain.facts, stores.facts);
        assertEquals(Map.of(), stores.feederMinutes);
        Map<String, String> facts = new TreeMap<>();
        stores.facts.forEach(
                (key, json) -> {
                    int end = key.indexOf(' ');
                    long second = (Long.parseLong(key.substring(end + 1)) - T) / 1_000;
                    facts.put("%s %03d".formatted(key.substring(0, end), second), json);
                });
        return facts;
    }

    private static String field(@Nullable String json, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\":([^,}]*)").matcher(json);
        assertTrue(matcher.find(), name + " in " + json);
        return matcher.group(1);
    }

    private static String counts(@Nullable String json) {
        return String.join(
                " ",
                field(json, "members"),
                field(json, "alive"),
                field(json, "missed_count"),
                field(json, "missed_twice"),
                field(json, "silent"));
    }

    @Test
    void aMeterThatFallsSilentIsMissedInItsArea() throws Exception {
        read("a", 4 * MINUTE_MS);
        // It is announced, but behind no feeder.
        log.add(Entry.announcement(T).of("b").cadenceMs(5_000L));
        read("b", MINUTE_MS);
        read("b:export", MINUTE_MS);

        Map<String, String> facts = facts(2 * MINUTE_MS + 5_000);

        String silent = facts.get("area:u1003 090");
        assertEquals(Set.of("area:u1003 090", "area:u1003 100", "area:u1003 120"), facts.keySet());
        assertEquals("2 2 1 1 1", counts(silent));
        assertEquals("\"u1003\"", field(silent, "area"));
        assertTrue(silent.contains("\"missed\":[[\"b\",%d,5000,3]]".formatted(T + 55_300)), silent);
    }

    @Test
    void oneReadingIsNotMissedInAnArea() throws Exception {
        for (String meter : List.of("a", "b", "c", "d", "e")) {
            read(meter, meter.equals("e") ? 4 * MINUTE_MS : MINUTE_MS);
            log.add(Entry.gasp(T + 57_000, 1_000).of(meter));
        }

        Map<String, String> facts = facts(MINUTE_MS + 35_000);

        assertEquals(Set.of("area:u1003 070", "area:u1003 090"), facts.keySet());
        assertEquals("5 5 4 4 0", counts(facts.get("area:u1003 070")));
        assertEquals("5 5 4 4 4", counts(facts.get("area:u1003 090")));
    }

    @Test
    void aMeterCountsWhereItWasReadLast() throws Exception {
        read("a", MINUTE_MS, timeMs -> timeMs < 30_000 ? HERE : THERE);
        read("b", 4 * MINUTE_MS);

        Map<String, String> facts = facts(MINUTE_MS + 35_000);

        assertEquals(Set.of("area:u1018 090"), facts.keySet());
        assertEquals("1 1 1 1 1", counts(facts.get("area:u1018 090")));
    }

    @Test
    void whoIsHeardAgainSomewhereElseIsMissedNoLonger() throws Exception {
        read(
                "a",
                4 * MINUTE_MS,
                timeMs -> timeMs < 60_000 ? HERE : timeMs < 120_000 ? null : THERE);
        read("b", 4 * MINUTE_MS);

        Map<String, String> facts = facts(3 * MINUTE_MS);

        String back = facts.get("area:u1003 125");
        assertEquals("1 1 0 0 0", counts(back));
        assertTrue(back.contains("\"returned\":[[\"a\",%d".formatted(T + 120_300)), back);
    }

    @Test
    void whoIsAnnouncedBehindAFeederLeavesItsArea() throws Exception {
        read("a", MINUTE_MS);
        log.add(Entry.announcement(T + 92_000).of("a").feeder("f").cadenceMs(5_000L));
        log.add(Entry.announcement(T + 102_000).of("a").cadenceMs(5_000L));
        log.add(Entry.announcement(T + 112_000).of("a").removed());

        Map<String, String> facts = facts(2 * MINUTE_MS);

        assertEquals("1 1 1 1 1", counts(facts.get("area:u1003 090")));
        assertEquals("0 0 0 0 0", counts(facts.get("area:u1003 095")));
        assertEquals("1 1 1 1 1", counts(facts.get("f 095")));
        assertEquals("0 0 0 0 0", counts(facts.get("f 105")));
        assertEquals("1 1 1 1 1", counts(facts.get("area:u1003 105")));
        assertEquals("0 0 0 0 0", counts(facts.get("area:u1003 115")));
    }

    @Test
    void whoIsAnnouncedBehindAnAreaIsInIt() throws Exception {
        log.add(Entry.announcement(T).of("a").feeder("area:u1003").cadenceMs(5_000L));
        read("a", MINUTE_MS, timeMs -> THERE);
        read("b", MINUTE_MS);
        log.add(
                Entry.announcement(T)
                        .of("s")
                        .commodity("supply")
                        .feeder("area:u1003")
                        .cadenceMs(5_000L));

        Map<String, String> facts = facts(MINUTE_MS + 35_000);

        assertEquals(Set.of("area:u1003 090"), facts.keySet());
        assertEquals("2 2 2 2 2", counts(facts.get("area:u1003 090")));
    }
}
