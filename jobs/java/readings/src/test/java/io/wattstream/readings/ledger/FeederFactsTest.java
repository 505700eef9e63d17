package io.wattstream.readings.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.annotation.Nullable;

/** What meters behind feeders do in the field, and which facts are right. */
class FeederFactsTest {
    private static final long T = 1_709_251_200_000L - 3_600_000;
    private static final long MINUTE_MS = 60_000;

    /** Thousandths of W: a quarter of a Wh in a second. */
    private static final long DEMAND = 900_000;

    private final List<Entry> log = new ArrayList<>();

    /** Lets the writer of a partition live for so long. */
    private void write(int partition, long fromMs, long toMs) {
        for (long timeMs = fromMs; timeMs < toMs; timeMs += 1_000) {
            log.add(Entry.heartbeat(T + timeMs).in(partition));
        }
    }

    private Entry announce(String meter) {
        Entry entry = Entry.announcement(T).of(meter).feeder("f").cadenceMs(5_000L);
        log.add(entry);
        return entry;
    }

    /** Readings each five seconds of a meter whose register goes on at times of its own. */
    private void read(String meter, long wayMs, long clockMs, long toMs, LongPredicate isHeard) {
        for (long timeMs = 0; timeMs < toMs; timeMs += 5_000) {
            if (isHeard.test(timeMs)) {
                log.add(
                        Entry.reading(
                                        T + timeMs + clockMs,
                                        wayMs - clockMs,
                                        timeMs / 5_000,
                                        timeMs / 5_000 * 1_250)
                                .of(meter)
                                .demand(DEMAND));
            }
        }
    }

    private void read(String meter, long toMs, LongPredicate isHeard) {
        read(meter, 300, 0, toMs, isHeard);
    }

    /** Four meters of the feeder. */
    private void readFour(long toMs, LongPredicate isHeard) {
        for (String meter : List.of("a", "b", "c", "d")) {
            announce(meter);
            read(meter, toMs, isHeard);
        }
    }

    /** Four meters that go on counting while nothing is heard of them, from a minute on. */
    private void twoMinutesWithoutALink() {
        write(0, 0, 10 * MINUTE_MS);
        readFour(5 * MINUTE_MS, timeMs -> timeMs <= 60_000 || timeMs >= 180_000);
    }

    /** A writer that is heard for two minutes, as three of four meters are; one of them goes on. */
    private void threeOfFourAfterTwoMinutes() {
        write(0, 0, 2 * MINUTE_MS);
        readFour(2 * MINUTE_MS, timeMs -> true);
        read("a", 10 * MINUTE_MS, timeMs -> timeMs >= 2 * MINUTE_MS);
    }

    /** What goes into the feeder, as its supply meter says. */
    private static Entry supplied(long timeMs, long wayMs, long demand) {
        return Entry.reading(T + timeMs, wayMs, timeMs / 2_500, 0)
                .of("s")
                .commodity("supply")
                .demand(demand);
    }

    /** Facts by the seconds since the beginning; they are what the plain rules say. */
    private Map<Long, String> facts(int partitions, long toMs) throws Exception {
        log.removeIf(entry -> entry.arrivalMs > T + toMs);
        log.sort(Comparator.comparingLong(entry -> entry.arrivalMs));
        LedgerRun run = new LedgerRun(partitions);
        for (Entry entry : log) {
            // The pacemaker's heartbeats move time, and are no sign of a writer.
            run.arrive(entry.arrivalMs).read(entry.partition, entry);
        }
        LedgerRun.Stores stores = run.arrive(T + toMs).stores();
        assertEquals(0, run.dropped());
        assertEquals(List.of(), stores.contradictions);
        run.close();
        long lastEndMs = (T + toMs - LedgerRun.ON_TIME_MS) / 5_000 * 5_000;
        assertEquals(new PlainLedger(log, LedgerRun.RULES, lastEndMs).facts, stores.facts);
        Map<Long, String> facts = new TreeMap<>();
        stores.facts.forEach(
                (key, json) -> {
                    long atMs = Long.parseLong(key.substring(key.indexOf(' ') + 1));
                    facts.put((atMs - T) / 1_000, json);
                });
        return facts;
    }

    private static String field(@Nullable String json, String name) {
        Matcher matcher =
                Pattern.compile("\"" + name + "\":(\\[.*?\\](?=[,}]\"?)|[^,}]*)").matcher(json);
        assertTrue(matcher.find(), name + " in " + json);
        return matcher.group(1);
    }

    private static String counts(String json) {
        return String.join(
                " ",
                field(json, "alive"),
                field(json, "missed_count"),
                field(json, "missed_twice"),
                field(json, "silent"));
    }

    @Test
    void aFeederThatIsDarkAndComesBack() throws Exception {
        write(0, 0, 10 * MINUTE_MS);
        for (String meter : List.of("a", "b", "c", "d")) {
            announce(meter);
            // Without power registers stand still; the clock that counts readings does, too.
            for (long timeMs = 0; timeMs < 5 * MINUTE_MS; timeMs += 5_000) {
                boolean isDark = timeMs > 60_000 && timeMs < 180_000;
                long counted = timeMs < 180_000 ? timeMs : timeMs - 115_000;
                if (!isDark) {
                    log.add(
                            Entry.reading(T + timeMs, 300, timeMs / 5_000, counted / 5_000 * 1_250)
                                    .of(meter)
                                    .demand(DEMAND));
                }
            }
        }

        Map<Long, String> facts = facts(1, 4 * MINUTE_MS);

        assertEquals(List.of(70L, 75L, 95L, 105L, 120L, 180L, 185L), List.copyOf(facts.keySet()));
        assertEquals("4 4 0 0", counts(facts.get(70L)));
        assertEquals("4 4 4 0", counts(facts.get(75L)));
        assertEquals("4 4 4 4", counts(facts.get(95L)));
        assertEquals("4 4 4 4", counts(facts.get(120L)));
        assertEquals("4 0 0 0", counts(facts.get(185L)));
        assertEquals("4", field(facts.get(70L), "members"));
        assertEquals("\"u1003\"", field(facts.get(70L), "area"));
        assertEquals(String.valueOf(T + 60_300), field(facts.get(180L), "last_life_ms"));
        assertTrue(
                facts.get(185L)
                        .contains(
                                "\"returned\":[[\"a\",%d,%d,0.000,28.750,5000]"
                                        .formatted(T + 180_300, T + 60_300)),
                facts.get(185L));
    }

    @Test
    void aLinkThatIsLostLetsRegistersGoOn() throws Exception {
        twoMinutesWithoutALink();

        String over = facts(1, 4 * MINUTE_MS).get(185L);

        String last = "[\"d\",%d,%d,28.750,28.750,5000]".formatted(T + 180_300, T + 60_300);
        assertTrue(over.contains(last), over);
    }

    @Test
    void aLastGaspIsOfTheSilenceThatItIsIn() throws Exception {
        twoMinutesWithoutALink();
        log.add(Entry.gasp(T + 62_000, 1_000).of("a"));
        log.add(Entry.gasp(T + 62_000, 15_000).of("b"));
        // Before its last reading, and on the way until it is heard again.
        log.add(Entry.gasp(T + 58_000, 4_000).of("c"));
        log.add(Entry.gasp(T + 62_000, 121_000).of("d"));
        log.add(Entry.gasp(T + 62_000, 1_000).of("nobody"));

        Map<Long, String> facts = facts(1, 4 * MINUTE_MS);

        // Put on the platform's clock, it is no sign of life: it changes no other time.
        assertEquals(
                List.of(70L, 75L, 80L, 95L, 105L, 120L, 180L, 185L), List.copyOf(facts.keySet()));
        assertTrue(
                facts.get(70L)
                        .contains(
                                "[[\"a\",%1$d,5000,1,%2$d],[\"b\",%1$d,5000,1],[\"c\",%1$d,5000,1],[\"d\",%1$d,5000,1]]"
                                        .formatted(T + 60_300, T + 62_300)),
                facts.get(70L));
        assertTrue(
                facts.get(80L)
                        .contains("[\"b\",%d,5000,2,%d],[\"c\",".formatted(T + 60_300, T + 62_300)),
                facts.get(80L));
        assertEquals("4 0 0 0", counts(facts.get(185L)));
        assertEquals("[]", field(facts.get(185L), "missed"));
    }

    @Test
    void aLastGaspOfAClockThatIsTooFarAheadSaysNothing() throws Exception {
        twoMinutesWithoutALink();
        log.add(Entry.gasp(T + 73_000, -10_000).of("a"));
        log.add(Entry.gasp(T + 73_001, -10_001).of("b"));
        log.add(Entry.gasp(T + 63_000 + 100_000_000_000L, -100_000_000_000L).of("c"));
        // Before the outage, too.
        log.add(Entry.gasp(T + 30_000 + 100_000_000_000L, -100_000_000_000L).of("d"));

        Map<Long, String> facts = facts(1, 4 * MINUTE_MS);

        assertTrue(
                facts.get(70L)
                        .contains(
                                "[[\"a\",%1$d,5000,1,%2$d],[\"b\",%1$d,5000,1],[\"c\",%1$d,5000,1],[\"d\",%1$d,5000,1]]"
                                        .formatted(T + 60_300, T + 73_300)),
                facts.get(70L));
    }

    @Test
    void whatGoesIntoAFeederBeforeItIsDarkAndSince() throws Exception {
        twoMinutesWithoutALink();
        announce("s").commodity("supply");
        for (long timeMs = 0; timeMs < 5 * MINUTE_MS; timeMs += 2_500) {
            long demand = timeMs == 82_500 ? -4_000 : timeMs == 60_000 ? 22_000_000 : 10_000_000;
            log.add(supplied(timeMs, 300, demand));
        }

        Map<Long, String> facts = facts(1, 4 * MINUTE_MS);

        // That at 60.3 s, as the last homes, moves the mean by a twelfth of 12 kW.
        String supply =
                ",\"supply_before_w\":11000.000,\"supply_least_w\":%s,\"supply_from_ms\":%d,";
        assertTrue(facts.get(70L).contains(supply.formatted("10000.000", T + 62_800)));
        assertTrue(facts.get(95L).contains(supply.formatted("4.000", T + 87_800)));
        // It is no news by itself.
        assertEquals(List.of(70L, 75L, 95L, 105L, 120L, 180L, 185L), List.copyOf(facts.keySet()));
        // As of the sign of life at 180.3 s, what has been is before.
        assertTrue(
                facts.get(185L)
                        .contains(
                                "\"supply_least_w\":10000.000,\"supply_from_ms\":"
                                        + (T + 177_800)));
    }

    @Test
    void aRevisionSaysNothingOfWhatGoesIntoAFeeder() throws Exception {
        twoMinutesWithoutALink();
        announce("s").commodity("supply");
        for (long timeMs = 0; timeMs < 5 * MINUTE_MS; timeMs += 2_500) {
            log.add(supplied(timeMs, 300, 10_000_000));
        }
        Map<Long, String> facts = facts(1, 4 * MINUTE_MS);
        for (long timeMs : List.of(30_000L, 70_000L)) {
            // Of a difference of 2 Wh in a minute, late and on time, and one that is not marked.
            log.add(supplied(timeMs, 20_000, 120_000).energy(2_000L).revision(1));
            log.add(supplied(timeMs + 2_500, 600, 120_000).energy(2_000L).revision(1));
            log.add(supplied(timeMs + 5_000, 600, 3_000));
        }

        assertEquals(facts, facts(1, 4 * MINUTE_MS));
        assertTrue(facts.get(95L).contains(",\"supply_least_w\":10000.000,"));
    }

    @Test
    void aSingleMeterThatFlaps() throws Exception {
        write(0, 0, 10 * MINUTE_MS);
        for (String meter : List.of("a", "b", "c")) {
            announce(meter);
            read(meter, 5 * MINUTE_MS, timeMs -> true);
        }
        announce("flaps");
        read("flaps", 5 * MINUTE_MS, timeMs -> timeMs % 50_000 == 0);

        Map<Long, String> facts = facts(1, 3 * MINUTE_MS);

        // Silent 30 s after a reading, for long 10 s later, heard again after 50 s.
        assertEquals(
                List.of(35L, 45L, 55L, 85L, 95L, 105L, 135L, 145L, 155L),
                List.copyOf(facts.keySet()));
        assertEquals("[[\"flaps\",%d,5000,3]]".formatted(T + 300), field(facts.get(35L), "missed"));
        assertEquals("[[\"flaps\",%d,5000,4]]".formatted(T + 300), field(facts.get(45L), "missed"));
        assertEquals("4 1 1 1", counts(facts.get(35L)));
        assertEquals("4 0 0 0", counts(facts.get(55L)));
    }

    @Test
    void noReadingIsMissedOfAMeterWithoutACadence() throws Exception {
        write(0, 0, 70 * MINUTE_MS);
        log.add(Entry.announcement(T).of("once").feeder("f"));
        log.add(Entry.reading(T + 1_000, 1, 0).of("once"));

        assertEquals(Map.of(), facts(1, 69 * MINUTE_MS));
    }

    @Test
    void readingsThatAreLateAndClocksThatAreWrongAreSignsOfLife() throws Exception {
        write(0, 0, 10 * MINUTE_MS);
        for (String meter : List.of("behind", "late", "right")) {
            announce(meter);
        }
        for (String meter : List.of("ahead", "ahead-2", "ahead-3", "ahead-4")) {
            announce(meter);
            read(meter, 300, 9_500, 5 * MINUTE_MS, timeMs -> true);
        }
        read("behind", 300, -20_000, 5 * MINUTE_MS, timeMs -> true);
        read("late", 8_000, 0, 5 * MINUTE_MS, timeMs -> true);
        read("right", 300, 0, 5 * MINUTE_MS, timeMs -> true);

        assertEquals(Map.of(), facts(1, 4 * MINUTE_MS));
    }

    @Test
    void aClockThatIsTooFarAheadIsASignOfLife() throws Exception {
        write(0, 0, 10 * MINUTE_MS);
        for (String meter : List.of("little", "much", "years")) {
            announce(meter);
        }
        read("little", 300, 10_200, 2 * MINUTE_MS, timeMs -> true);
        read("much", 300, 15_000, 2 * MINUTE_MS, timeMs -> true);
        read("years", 300, 100_000_000_000L, 2 * MINUTE_MS, timeMs -> true);

        Map<Long, String> facts = facts(1, 4 * MINUTE_MS);

        assertEquals(List.of(140L, 160L, 170L, 180L), List.copyOf(facts.keySet()));
        assertEquals("3 3 3 0", counts(facts.get(140L)));
        assertEquals("3 3 3 3", counts(facts.get(160L)));
        for (String meter : List.of("little", "much", "years")) {
            String missed = "[\"%s\",%d,5000,4]".formatted(meter, T + 115_300);
            assertTrue(facts.get(170L).contains(missed), facts.get(170L));
        }
    }

    @Test
    void whatWasOnItsWayForLongIsNoLaterSignOfAClockThatIsAhead() throws Exception {
        write(0, 0, 10 * MINUTE_MS);
        announce("a");
        read("a", 300, 15_000, MINUTE_MS, timeMs -> timeMs != 30_000);
        // A straggler, and one that comes again: late, on time and too early by the clock.
        for (long wayMs : List.of(90_000L, 16_000L, 4_000L)) {
            log.add(Entry.reading(T + 45_000, wayMs - 15_000 + 30_000, 6, 7_500).of("a"));
        }

        String fact = facts(1, 3 * MINUTE_MS).get(110L);

        assertEquals("[[\"a\",%d,5000,4]]".formatted(T + 55_300), field(fact, "missed"));
    }

    /** Homes that read each minute, at once; half of them are slow each second time. */
    private void readOnASlowNetwork(int homes, long toMs) {
        for (int home = 0; home < homes; home++) {
            String meter = "m" + (char) ('a' + home);
            log.add(Entry.announcement(T).of(meter).feeder("f").cadenceMs(MINUTE_MS));
            for (int seq = 0; seq * MINUTE_MS <= toMs; seq++) {
                long wayMs = home % 2 == 1 && seq % 2 == 1 ? 40_000 : 1_000;
                log.add(Entry.reading(T + seq * MINUTE_MS, wayMs, seq, 0).of(meter));
            }
        }
    }

    @Test
    void whatIsMinutesOnItsWayIsNoReasonWhileOthersAreHeard() throws Exception {
        write(0, 0, 10 * MINUTE_MS);
        readOnASlowNetwork(12, 8 * MINUTE_MS);

        assertEquals(Map.of(), facts(1, 7 * MINUTE_MS));
    }

    @Test
    void aDarkFeederOnASlowNetworkIsAReason() throws Exception {
        write(0, 0, 10 * MINUTE_MS);
        readOnASlowNetwork(12, 4 * MINUTE_MS);

        Map<Long, String> facts = facts(1, 7 * MINUTE_MS);

        // Heard last at 241 s, due at 301 s, missed a fifth of the cadence later; the end of the
        // minute says the same again.
        assertEquals(List.of(315L, 360L, 365L), List.copyOf(facts.keySet()).subList(0, 3));
        assertEquals("12 12 0 0", counts(facts.get(315L)));
        assertEquals("12 12 12 0", counts(facts.get(365L)));
    }

    @Test
    void whoIsBackByASignOfLifeIsByTheCadenceThatWasAnnouncedWithIt() throws Exception {
        write(0, 0, 10 * MINUTE_MS);
        announce("a");
        read("a", 300, 60_000, MINUTE_MS, timeMs -> true);
        log.add(Entry.announcement(T + 106_000).of("a").feeder("f").cadenceMs(60_000L));
        // Numbered as one of before.
        log.add(Entry.reading(T + 145_000, -38_000, 3, 0).of("a"));

        String fact = facts(1, 2 * MINUTE_MS).get(110L);

        assertEquals("1 0 0 0", counts(fact));
        String returned = "[[\"a\",%d,%d,null,null,60000]]".formatted(T + 107_000, T + 55_300);
        assertTrue(fact.contains("\"returned\":" + returned), fact);
    }

    @Test
    void aClockThatIsWrongOnceIsWrongNoLonger() throws Exception {
        write(0, 0, 10 * MINUTE_MS);
        for (long oddMs : List.of(12_000L, 60_000L, 3_600_000L, 100_000_000_000L)) {
            String meter = "odd-" + oddMs;
            announce(meter);
            read(meter, 300, 0, 2 * MINUTE_MS, timeMs -> timeMs != 40_000);
            read(meter, 300, oddMs, 2 * MINUTE_MS, timeMs -> timeMs == 40_000);
            announce("ahead-" + meter);
            read("ahead-" + meter, 300, 15_000, 2 * MINUTE_MS, timeMs -> timeMs != 40_000);
            read("ahead-" + meter, 300, oddMs, 2 * MINUTE_MS, timeMs -> timeMs == 40_000);
        }

        Map<Long, String> facts = facts(1, 4 * MINUTE_MS);

        assertEquals(125L, facts.keySet().iterator().next());
        String last = facts.get(180L);
        assertEquals("8 8 8 8", counts(last));
        Matcher life = Pattern.compile("\"," + (T + 115_300) + ",5000,4]").matcher(last);
        assertEquals(8, life.results().count(), last);
    }

    /** A reading that came so late, by its own clock. */
    private void read(String meter, long sentMs, long clockMs, long wayMs, long seq) {
        log.add(
                Entry.reading(T + sentMs + clockMs, wayMs - clockMs, seq, seq * 1_250)
                        .of(meter)
                        .demand(DEMAND));
    }

    @Test
    void aMessageThatIsBrokenSilencesNobody() throws Exception {
        write(0, 0, 90 * MINUTE_MS);
        for (String meter : List.of("right", "ahead")) {
            announce(meter);
            read(meter, 62_700, 100_000_000_000L, 0, 1L << 40);
        }
        read("right", 300, 0, 80 * MINUTE_MS, timeMs -> true);
        read("ahead", 300, 15_000, 80 * MINUTE_MS, timeMs -> true);

        assertEquals(Map.of(), facts(1, 79 * MINUTE_MS));
    }

    @ParameterizedTest
    @CsvSource({
        // The clock is right, behind or still ahead when the meter begins again, ...
        "3600000, 1100, 0, 0",
        "3600000, 1100, -20000, 0",
        "3600000, 1100, 3600000, 0",
        "3600000, 1100, 12000, 0",
        "15000, 1100, 0, 0",
        "15000, 1100, 300000, 0",
        // ... or its counter wraps.
        "3600000, 65500, 0, 0",
        "3600000, 65500, 0, 40000",
    })
    void aMeterThatBeginsAgainIsNotSilent(long firstMs, long firstSeq, long thenMs, long thenSeq)
            throws Exception {
        write(0, 0, 30 * MINUTE_MS);
        announce("a");
        for (int reading = 0; reading < 20; reading++) {
            read("a", 5_000L * reading, firstMs, 300, firstSeq + reading);
        }
        for (int reading = 0; reading < 200; reading++) {
            read("a", 105_000 + 5_000L * reading, thenMs, 300, thenSeq + reading);
        }

        Map<Long, String> facts = facts(1, 20 * MINUTE_MS);

        // Ten seconds later while its clock is too far ahead.
        assertEquals(thenMs > 10_000 ? 1_145L : 1_135L, facts.keySet().iterator().next());
        String life = String.valueOf(T + 1_100_300);
        facts.values().forEach(fact -> assertEquals(life, field(fact, "last_life_ms")));
    }

    @ParameterizedTest
    @ValueSource(longs = {12_000, 60_000, 3_600_000, 7_200_000, 100_000_000_000L})
    void whatComesAgainBringsNoClockThatIsAheadBackToLife(long clockMs) throws Exception {
        write(0, 0, 300 * MINUTE_MS);
        announce("a");
        read("a", 300, clockMs, MINUTE_MS, timeMs -> timeMs != 20_000);
        // What was said last, what was overtaken and what was never heard, again and again.
        for (long wayMs = 9_000; wayMs < 180 * MINUTE_MS; wayMs += 9 * MINUTE_MS + 1_000) {
            for (long reading : List.of(11L, 7L, 8L, 4L)) {
                read("a", 5_000 * reading, clockMs, wayMs + reading, reading);
            }
        }

        Map<Long, String> facts = facts(1, 200 * MINUTE_MS);

        facts.values().forEach(fact -> assertEquals(String.valueOf(T + 55_300), life(fact), fact));
        assertEquals(
                "0 0 0 0", counts(facts.get(facts.keySet().stream().max(Long::compare).get())));
        assertTrue(facts.keySet().stream().allMatch(atMs -> atMs <= 3_720), facts.toString());
    }

    private static String life(String fact) {
        return field(fact, "last_life_ms");
    }

    @Test
    void whatAClockThatWasAheadSaidComesAgainForNothing() throws Exception {
        write(0, 0, 90 * MINUTE_MS);
        announce("a");
        for (int reading = 0; reading < 5; reading++) {
            read("a", 5_000L * reading, 0, 300, 40 + reading);
            read("a", 25_000 + 5_000L * reading, 3_600_000, 300, 45 + reading);
        }
        read("a", 50_000, 0, 300, 50);
        // Too far ahead, and usable, and a usable reading again.
        for (long wayMs : List.of(20 * MINUTE_MS, 60 * MINUTE_MS + 1_000, 65 * MINUTE_MS)) {
            read("a", 45_000, 3_600_000, wayMs, 49);
            read("a", 30_000, 3_600_000, wayMs + 10, 46);
            read("a", 50_000, 0, wayMs + 20, 50);
        }

        Map<Long, String> facts = facts(1, 75 * MINUTE_MS);

        facts.values().forEach(fact -> assertEquals(String.valueOf(T + 50_300), life(fact), fact));
        assertTrue(facts.keySet().stream().allMatch(atMs -> atMs <= 3_720), facts.toString());
    }

    @Test
    void aClockThatLosesTimeIsHeardAfterItWasBroken() throws Exception {
        write(0, 0, 121 * MINUTE_MS);
        announce("a");
        // Half a second more in each 5 s than a clock may lose, when it is too far ahead.
        for (int reading = 0; reading < 1_440; reading++) {
            long sentMs = 5_000L * reading;
            read("a", sentMs, 3_600_000 - sentMs / 10, 300, 10 + reading);
        }
        read("a", 20_000, 31_536_000_000L, 500, 5_000_000);

        assertEquals(Map.of(), facts(1, 119 * MINUTE_MS));
    }

    @Test
    void whatIsRejectedMakesNoMeterKnown() throws Exception {
        write(0, 0, 10 * MINUTE_MS);
        read("a", 300, 15_000, MINUTE_MS, timeMs -> true);
        log.add(Entry.announcement(T + 80_000).of("a").feeder("f").cadenceMs(5_000L));

        assertEquals(Map.of(), facts(1, 5 * MINUTE_MS));

        // A meter that is known without a feeder is.
        log.add(Entry.reading(T, 0, 0).of("a"));
        Map<Long, String> facts = facts(1, 5 * MINUTE_MS);
        assertEquals(100L, facts.keySet().iterator().next());
        assertEquals(String.valueOf(T + 55_300), life(facts.get(100L)));
    }

    @Test
    void whoLosesPowerIsMissedAtOnce() throws Exception {
        write(0, 0, 10 * MINUTE_MS);
        for (String meter : List.of("a", "b", "c", "d", "e", "f")) {
            announce(meter).cadenceMs(60_000L);
            read(meter, 61_000, timeMs -> true);
        }
        for (String meter : List.of("a", "b", "c", "d")) {
            log.add(Entry.gasp(T + 62_000, 1_000).of(meter));
        }
        // Before it would be missed, by a clock that is ahead, and after that.
        log.add(Entry.gasp(T + 131_000, -7_000).of("e"));
        log.add(Entry.gasp(T + 133_000, -9_000).of("f"));

        Map<Long, String> facts = facts(1, 3 * MINUTE_MS);

        assertEquals(List.of(65L, 120L, 125L, 135L), List.copyOf(facts.keySet()));
        assertEquals("6 4 0 0", counts(facts.get(65L)));
        assertEquals("6 5 0 0", counts(facts.get(125L)));
        assertEquals("6 6 0 0", counts(facts.get(135L)));
        String gasped = "[[\"a\",%d,60000,1,%d],".formatted(T + 60_300, T + 62_300);
        assertTrue(facts.get(65L).contains(gasped), facts.get(65L));
    }

    @Test
    void whoIsHeardAfterItLostPowerIsMissedNoLonger() throws Exception {
        write(0, 0, 10 * MINUTE_MS);
        for (String meter : List.of("a", "b", "c", "d")) {
            announce(meter).cadenceMs(60_000L);
            read(meter, 4 * MINUTE_MS, timeMs -> timeMs % MINUTE_MS == 0);
            log.add(Entry.gasp(T + 62_000, 1_000).of(meter));
        }

        Map<Long, String> facts = facts(1, 3 * MINUTE_MS);

        assertEquals(List.of(65L, 120L, 125L), List.copyOf(facts.keySet()));
        assertEquals("4 0 0 0", counts(facts.get(125L)));
    }

    @Test
    void aRegisterSaysNothingOfASilenceWhereAClockIsAhead() throws Exception {
        write(0, 0, 10 * MINUTE_MS);
        announce("a");
        announce("b");
        read("a", 300, 15_000, 5 * MINUTE_MS, timeMs -> timeMs < 60_000 || timeMs > 120_000);
        // Its clock is right again when it comes back.
        read("b", 300, 0, 10_000, timeMs -> true);
        read("b", 300, 15_000, 60_000, timeMs -> timeMs > 10_000);
        read("b", 300, 0, 5 * MINUTE_MS, timeMs -> timeMs > 120_000);

        String fact = facts(1, 3 * MINUTE_MS).get(130L);

        String returned =
                "\"returned\":[[\"a\",%d,%d,null,null,5000],[\"b\",%d,%d,null,null,5000]]"
                        .formatted(T + 125_300, T + 55_300, T + 125_300, T + 55_300);
        assertTrue(fact.contains(returned), fact);
    }

    @Test
    void aClockThatIsSetBackIsNoSilence() throws Exception {
        write(0, 0, 10 * MINUTE_MS);
        announce("a");
        read("a", 300, 0, MINUTE_MS, timeMs -> true);
        read("a", 300, -40_000, 5 * MINUTE_MS, timeMs -> timeMs >= MINUTE_MS);

        assertEquals(Map.of(), facts(1, 4 * MINUTE_MS));
    }

    @Test
    void whatIsRepeatedIsNoSignOfLife() throws Exception {
        write(0, 0, 10 * MINUTE_MS);
        announce("a");
        read("a", 60_000, timeMs -> true);
        for (long afterMs = 10_000; afterMs < 4 * MINUTE_MS; afterMs += 5_000) {
            log.add(
                    Entry.reading(T + 55_000, 300 + afterMs, 11, 11 * 1_250)
                            .of("a")
                            .demand(DEMAND));
        }

        Map<Long, String> facts = facts(1, 2 * MINUTE_MS + 5_000);

        assertEquals(List.of(90L, 100L, 120L), List.copyOf(facts.keySet()));
        assertEquals(String.valueOf(T + 55_300), field(facts.get(90L), "last_life_ms"));
    }

    @Test
    void metersOfAWriterThatIsGoneDoNotAge() throws Exception {
        write(1, 0, 10 * MINUTE_MS);
        // Partition 0 has no other records: its writer is gone with them, and comes back.
        readFour(10 * MINUTE_MS, timeMs -> timeMs < 60_000 || timeMs > 5 * MINUTE_MS);
        write(0, 0, 55_000);
        // It says that it lives before its meters do.
        write(0, 5 * MINUTE_MS, 10 * MINUTE_MS);

        assertEquals(Map.of(), facts(2, 11 * MINUTE_MS));
    }

    @Test
    void whatStaysAsItIsIsSaidEachMinuteThenEachHourAndThenEachDay() throws Exception {
        write(0, 0, 2 * MINUTE_MS);
        announce("a");
        announce("b");
        read("a", MINUTE_MS, timeMs -> true);
        read("b", 2 * MINUTE_MS, timeMs -> true);

        Map<Long, String> facts = facts(1, 75 * 60 * MINUTE_MS);

        List<Long> at = new ArrayList<>(List.of(90L, 100L));
        for (long second = 120; second <= 100 + 2 * 3_600; second += 60) {
            at.add(second);
        }
        for (long second = 3 * 3_600; second <= 100 + 24 * 3_600; second += 3_600) {
            at.add(second);
        }
        // An hour before midnight it began.
        at.addAll(List.of(25 * 3_600L, 49 * 3_600L, 73 * 3_600L));
        assertEquals(at, List.copyOf(facts.keySet()));
        assertEquals("2 1 1 1", counts(facts.get(73 * 3_600L)));
    }

    @Test
    void whoClosesIsNoOutage() throws Exception {
        write(0, 0, 2 * MINUTE_MS);
        readFour(2 * MINUTE_MS, timeMs -> true);
        for (long timeMs = 2 * MINUTE_MS; timeMs < 10 * MINUTE_MS; timeMs += 1_000) {
            log.add(Entry.closing(T + timeMs).in(0));
            // What was still on its way.
            log.add(
                    Entry.reading(T + 50_000, timeMs - 50_000 + 10, 10, 12_500)
                            .of("a")
                            .demand(DEMAND));
        }

        assertEquals(Map.of(), facts(1, 9 * MINUTE_MS));
    }

    @Test
    void whoBeginsAgainAtOnceIsThere() throws Exception {
        threeOfFourAfterTwoMinutes();
        // In one slice it closes and begins again, and is busy from then on.
        log.add(Entry.closing(T + 2 * MINUTE_MS + 1_000).in(0));
        log.add(Entry.heartbeat(T + 2 * MINUTE_MS + 3_000).in(0));

        Map<Long, String> facts = facts(1, 6 * MINUTE_MS);

        assertEquals("4 3 3 0", counts(facts.get(135L)));
        assertEquals("4 3 3 3", counts(facts.get(155L)));
    }

    @Test
    void whoTakesOverSaysNothingOfClosing() throws Exception {
        threeOfFourAfterTwoMinutes();
        log.add(Entry.closing(T + 2 * MINUTE_MS).in(0));

        Map<Long, String> facts = facts(1, 6 * MINUTE_MS);

        // Ten seconds do not count.
        assertEquals("4 3 3 0", counts(facts.get(145L)));
        assertEquals("4 3 3 3", counts(facts.get(165L)));
    }

    @Test
    void whoIsOutWhenAWriterClosesIsOutWhenItBeginsAgain() throws Exception {
        write(0, 0, 2 * MINUTE_MS);
        readFour(10 * MINUTE_MS, timeMs -> timeMs < 110_000);
        for (long timeMs = 2 * MINUTE_MS; timeMs < 5 * MINUTE_MS; timeMs += 1_000) {
            log.add(Entry.closing(T + timeMs).in(0));
        }
        write(0, 5 * MINUTE_MS, 10 * MINUTE_MS);

        Map<Long, String> facts = facts(1, 6 * MINUTE_MS);

        assertEquals("4 4 4 0", counts(facts.get(240L)));
        assertEquals("4 4 4 4", counts(facts.get(320L)));
    }

    @Test
    void metersOfAWriterThatIsThereDo() throws Exception {
        for (int partition = 0; partition < 2; partition++) {
            write(partition, 0, 10 * MINUTE_MS);
        }
        readFour(10 * MINUTE_MS, timeMs -> timeMs < 60_000 || timeMs > 5 * MINUTE_MS);

        assertEquals("4 4 4 4", counts(facts(2, 11 * MINUTE_MS).get(90L)));
    }

    @Test
    void exportRegistersGasAndRemovedMetersAreNoMembers() throws Exception {
        write(0, 0, 10 * MINUTE_MS);
        announce("a");
        announce("a:export");
        announce("g").commodity("gas");
        announce("gone");
        read("a", MINUTE_MS, timeMs -> true);
        read("a:export", MINUTE_MS, timeMs -> true);
        read("gone", MINUTE_MS, timeMs -> true);
        log.add(Entry.announcement(T + 30_000).of("gone").removed());

        String fact = facts(1, 2 * MINUTE_MS).get(90L);

        assertEquals("1", field(fact, "members"));
        assertEquals("1 1 1 1", counts(fact));
    }

    @Test
    void whoComesBackAfterItWasGoneIsSaid() throws Exception {
        write(0, 0, 90 * MINUTE_MS);
        announce("a");
        read("a", 75 * MINUTE_MS, timeMs -> timeMs < MINUTE_MS || timeMs > 70 * MINUTE_MS);

        Map<Long, String> facts = facts(1, 72 * MINUTE_MS);

        List<Long> at = List.copyOf(facts.keySet());
        // It does not live an hour after its last reading, which is said, and then nothing is.
        assertEquals("1 1 1 1", counts(facts.get(3_600L)));
        assertEquals("0 0 0 0", counts(facts.get(3_660L)));
        assertEquals(4_210L, at.get(at.size() - 1));
        assertTrue(facts.get(4_210L).contains("\"returned\":[[\"a\",%d".formatted(T + 4_205_300)));
    }
}
