package io.wattstream.readings.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;

/** What is drawn behind feeders and at which voltages, and which minutes are said of it. */
class FeederMinutesTest {
    private static final long T = 1_709_251_200_000L - 3_600_000;
    private static final long MINUTE_MS = 60_000;

    private final List<Entry> log = new ArrayList<>();

    private void announce(String meter, String commodity, Long cadenceMs, Long capacityW) {
        log.add(
                Entry.announcement(T)
                        .of(meter)
                        .commodity(commodity)
                        .feeder("f")
                        .cadenceMs(cadenceMs)
                        .capacityW(capacityW));
    }

    private void supply(long capacityW) {
        announce("f:supply", "supply", 60_000L, capacityW);
    }

    /** Readings of a home each five seconds, at the end of each interval, from the first on. */
    private void home(
            String meter, long toMs, LongFunction<Long> demand, LongFunction<Double> volts) {
        announce(meter, "electricity", 5_000L, null);
        for (long timeMs = 4_900; timeMs < toMs; timeMs += 5_000) {
            log.add(
                    Entry.reading(T + timeMs, 300, timeMs / 5_000, timeMs)
                            .of(meter)
                            .demand(demand.apply(timeMs))
                            .volts(volts.apply(timeMs)));
        }
    }

    /** Minutes by their number from 1; they are what the plain rules say. */
    private Map<Long, String> minutes(long toMs) throws Exception {
        log.removeIf(entry -> entry.arrivalMs > T + toMs);
        log.sort(Comparator.comparingLong(entry -> entry.arrivalMs));
        LedgerRun run = new LedgerRun(1);
        for (Entry entry : log) {
            run.arrive(entry.arrivalMs).read(0, entry);
        }
        LedgerRun.Stores stores = run.arrive(T + toMs).stores();
        assertEquals(0, run.dropped());
        assertEquals(List.of(), stores.contradictions);
        run.close();
        long lastEndMs = (T + toMs - LedgerRun.ON_TIME_MS) / 5_000 * 5_000;
        PlainLedger plain = new PlainLedger(log, LedgerRun.RULES, lastEndMs);
        assertEquals(plain.feederMinutes, stores.feederMinutes);
        Map<Long, String> minutes = new TreeMap<>();
        stores.feederMinutes.forEach(
                (key, json) -> {
                    long atMs = Long.parseLong(key.substring(key.indexOf(' ') + 1));
                    minutes.put((atMs - T) / MINUTE_MS, json);
                });
        return minutes;
    }

    private static String fields(String json, String... names) {
        List<String> values = new ArrayList<>();
        for (String name : names) {
            Matcher matcher = Pattern.compile("\"" + name + "\":([^,}]*)").matcher(json);
            assertTrue(matcher.find(), name + " in " + json);
            values.add(matcher.group(1));
        }
        return String.join(" ", values);
    }

    private static Double usual(long timeMs) {
        return 230.0;
    }

    @Test
    void nothingIsSaidOfAFeederThatCarriesWhatItMay() throws Exception {
        supply(4_000);
        for (String home : List.of("a", "b", "c")) {
            home(home, 10 * MINUTE_MS, timeMs -> 999_999L, FeederMinutesTest::usual);
        }

        assertEquals(Map.of(), minutes(9 * MINUTE_MS));
    }

    @Test
    void withoutACapacityNothingIsTooMuch() throws Exception {
        home("a", 10 * MINUTE_MS, timeMs -> 900_000_000_000L, FeederMinutesTest::usual);
        announce("g", "gas", 5_000L, 1L);
        announce("b", "electricity", 5_000L, 1L);

        assertEquals(Map.of(), minutes(9 * MINUTE_MS));
    }

    @Test
    void minutesOfThreeQuartersAreSaidAndFiveMore() throws Exception {
        supply(4_000);
        for (String home : List.of("a", "b", "c")) {
            home(
                    home,
                    20 * MINUTE_MS,
                    timeMs -> timeMs > 2 * MINUTE_MS && timeMs < 4 * MINUTE_MS ? 1_000_000L : 400L,
                    FeederMinutesTest::usual);
        }

        Map<Long, String> minutes = minutes(19 * MINUTE_MS);

        assertEquals(List.of(3L, 4L, 5L, 6L, 7L, 8L, 9L), List.copyOf(minutes.keySet()));
        assertEquals(
                "{\"kind\":\"feeder_minute\",\"subject\":\"f\",\"at_ms\":%d,\"area\":\"u1003\",\"members\":3,\"homes\":3.000,\"demand_w\":3000.000,\"by_supply\":false,\"capacity_w\":4000,\"voltages\":3.000,\"low\":0.000,\"lowered\":0.000,\"high\":0.000,\"raised\":0.000}"
                        .formatted(T + 3 * MINUTE_MS),
                minutes.get(3L));
        assertEquals("1.200", fields(minutes.get(5L), "demand_w"));
    }

    @Test
    void aMinuteIsTheMeanOfItsSlices() throws Exception {
        supply(1_000);
        home(
                "a",
                10 * MINUTE_MS,
                timeMs -> timeMs < 3 * MINUTE_MS ? timeMs % MINUTE_MS : 4_000_000L,
                FeederMinutesTest::usual);

        // In slices 1 to 36 it drew up to 60 W; of minute 4 all is 4 kW.
        assertEquals(
                List.of("4000.000", "4000.000"),
                minutes(6 * MINUTE_MS).values().stream()
                        .map(json -> fields(json, "demand_w"))
                        .toList());
    }

    @Test
    void panelsLoadAFeederTheOtherWay() throws Exception {
        supply(1_000);
        home("a", 10 * MINUTE_MS, timeMs -> -750_000L, FeederMinutesTest::usual);

        assertEquals("-750.000", fields(minutes(6 * MINUTE_MS).get(2L), "demand_w"));
    }

    @Test
    void aSupplyMeterIsBelievedWhileItIsHeard() throws Exception {
        supply(1_000);
        for (long timeMs = 59_000; timeMs < 4 * MINUTE_MS; timeMs += MINUTE_MS) {
            log.add(
                    Entry.reading(T + timeMs, 300, timeMs / MINUTE_MS, timeMs)
                            .of("f:supply")
                            .commodity("supply")
                            .demand(800_000L));
        }
        home("a", 20 * MINUTE_MS, timeMs -> 900_000L, FeederMinutesTest::usual);

        Map<Long, String> minutes = minutes(12 * MINUTE_MS);

        assertEquals("800.000 true", fields(minutes.get(3L), "demand_w", "by_supply"));
        // The last one, of 3:59, holds for three minutes.
        assertEquals("800.000 true", fields(minutes.get(6L), "demand_w", "by_supply"));
        assertEquals("900.000 false", fields(minutes.get(8L), "demand_w", "by_supply"));
    }

    /** Of a home, or of a supply meter. */
    @ParameterizedTest
    @ValueSource(strings = {"electricity", "supply"})
    void whatIsDrawnIsWhatALaterWordSaysButNoDifference(String commodity) throws Exception {
        supply(1_000);
        String meter = commodity.equals("supply") ? "f:supply" : "a";
        if (!commodity.equals("supply")) {
            announce(meter, commodity, 60_000L, null);
        }
        for (int minute = 0; minute < 9; minute++) {
            log.add(said(meter, commodity, minute, 300, 800_000));
        }
        // Differences to what was said, late and on time, of the latest reading and of one before.
        log.add(said(meter, commodity, 1, 20_000, 100_000).revision(1));
        log.add(said(meter, commodity, 2, 600, 100_000).revision(1));
        log.add(said(meter, commodity, 1, 90_000, 100_000).revision(2));
        assertEquals(List.of("800.000", "800.000", "800.000", "800.000", "800.000"), drawn(2, 6));

        // Other words, late and on time, and one of a reading before.
        log.add(said(meter, commodity, 3, 26_000, 900_000));
        log.add(said(meter, commodity, 4, 600, 1_000_000));
        log.add(said(meter, commodity, 4, 90_000, 100_000));
        // From the slice that ends at half past on.
        assertEquals(List.of("800.000", "800.000", "858.333", "1000.000", "800.000"), drawn(2, 6));
    }

    private List<String> drawn(long from, long to) throws Exception {
        Map<Long, String> minutes = minutes(8 * MINUTE_MS);
        return LongStream.rangeClosed(from, to)
                .mapToObj(minute -> fields(minutes.get(minute), "demand_w"))
                .toList();
    }

    /** The reading that is a second after the beginning of a minute. */
    private static Entry said(String meter, String commodity, int minute, long wayMs, long demand) {
        return Entry.reading(T + minute * MINUTE_MS + 1_000, wayMs, minute, 1_000L * minute)
                .of(meter)
                .commodity(commodity)
                .demand(demand);
    }

    @Test
    void voltagesOutsideAreSaidUntilNoneIsNearlyOutside() throws Exception {
        double[] byMinute = {230, 206.99, 207, 209.29, 209.3, 230, 230, 230, 230, 230, 230};
        for (String home : List.of("a", "b")) {
            home(
                    home,
                    20 * MINUTE_MS,
                    timeMs -> null,
                    timeMs -> byMinute[(int) Math.min(10, timeMs / MINUTE_MS)]);
        }
        home("c", 20 * MINUTE_MS, timeMs -> null, timeMs -> null);

        Map<Long, String> minutes = minutes(19 * MINUTE_MS);

        assertEquals(List.of(2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L), List.copyOf(minutes.keySet()));
        assertEquals(
                "3 3.000 2.000 2.000 2.000",
                fields(minutes.get(2L), "members", "homes", "voltages", "low", "lowered"));
        assertEquals("0.000 2.000", fields(minutes.get(3L), "low", "lowered"));
        assertEquals("0.000 2.000", fields(minutes.get(4L), "low", "lowered"));
        assertEquals("0.000 0.000", fields(minutes.get(5L), "low", "lowered"));
    }

    @Test
    void aSagOfPartOfAMinuteCountsForThatPart() throws Exception {
        home(
                "a",
                20 * MINUTE_MS,
                timeMs -> 1_000L,
                timeMs -> timeMs > 90_000 && timeMs < 105_000 ? 254.0 : 230.0);

        assertEquals("0.250 0.250", fields(minutes(19 * MINUTE_MS).get(2L), "high", "raised"));
    }

    @Test
    void whatWasMeasuredLongAgoSaysNothing() throws Exception {
        announce("slow", "electricity", 1_800_000L, null);
        log.add(Entry.reading(T + 1_000, 1, 1).of("slow").demand(1L).volts(100.0));
        announce("minutely", "electricity", 60_000L, null);
        log.add(Entry.reading(T + 1_000, 1, 1).of("minutely").demand(1L).volts(100.0));

        Map<Long, String> minutes = minutes(40 * MINUTE_MS);

        // What is read each minute holds for three.
        assertEquals("2.000 1.000", fields(minutes.get(3L), "homes", "low"));
        assertEquals("1.000 0.000", fields(minutes.get(4L), "homes", "low"));
        assertEquals(8L, List.copyOf(minutes.keySet()).get(minutes.size() - 1));
    }

    @Test
    void whoeverLeavesTakesItsLoadAlong() throws Exception {
        supply(1_000);
        for (String home : List.of("a", "b")) {
            home(home, 20 * MINUTE_MS, timeMs -> 500_000L, FeederMinutesTest::usual);
        }
        log.add(Entry.announcement(T + 2 * MINUTE_MS).of("a").feeder("g").cadenceMs(5_000L));
        log.removeIf(each -> each.meter.equals("b") && each.arrivalMs > T + 4 * MINUTE_MS);
        log.add(Entry.announcement(T + 4 * MINUTE_MS).of("b").removed());

        Map<Long, String> minutes = minutes(9 * MINUTE_MS);

        assertEquals("2 1000.000", fields(minutes.get(2L), "members", "demand_w"));
        assertEquals("1 500.000", fields(minutes.get(3L), "members", "demand_w"));
        assertEquals("0 0.000", fields(minutes.get(6L), "members", "demand_w"));
    }

    @Test
    void aCapacityIsThatOfTheSupplyMetersOfTheFeeder() throws Exception {
        supply(1_000);
        home("a", 20 * MINUTE_MS, timeMs -> 800_000L, FeederMinutesTest::usual);
        announce("second:supply", "supply", 60_000L, 50L);
        log.add(Entry.announcement(T + 4 * MINUTE_MS).of("f:supply").commodity("supply").removed());

        Map<Long, String> minutes = minutes(9 * MINUTE_MS);

        assertEquals("1050", fields(minutes.get(2L), "capacity_w"));
        assertEquals("50", fields(minutes.get(6L), "capacity_w"));
    }
}
