package io.wattstream.readings.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/** What registers were at the ends of half-hours, by readings as they are, all at once. */
class FeederDaysTest {
    private static final long DAY_MS = 86_400_000;
    private static final long HALF_HOUR_MS = 1_800_000;
    private static final long WAIT_MS = 6 * 3_600_000;

    /** A midnight. */
    private static final long T = 1_709_251_200_000L;

    private static final long SLICE_MS = LedgerRun.RULES.sliceMs();

    private final List<Entry> log = new ArrayList<>();

    private Entry announce(String meter, long atMs) {
        Entry entry = Entry.announcement(T + atMs).of(meter).feeder("f");
        log.add(meter.endsWith(":supply") ? entry.commodity("supply") : entry);
        return entry;
    }

    private Entry read(String meter, long atMs, long wayMs, long registerWh) {
        Entry entry =
                Entry.reading(T + atMs, wayMs, (T + atMs) / 1_000, registerWh * 1_000).of(meter);
        log.add(meter.endsWith(":supply") ? entry.commodity("supply") : entry);
        return entry;
    }

    private static long ofHour(double hours) {
        return Math.round(hours * 3_600_000);
    }

    /** Facts of the days said until then, by when their days began. */
    private Map<Long, String> days(long untilMs) throws Exception {
        log.sort(Comparator.comparingLong(entry -> entry.arrivalMs));
        LedgerRun run = new LedgerRun(1);
        for (Entry entry : log) {
            run.arrive(entry.arrivalMs).read(0, entry);
        }
        Map<Long, String> days = new TreeMap<>();
        for (String json : run.arrive(T + untilMs).stores().days.values()) {
            days.put(LedgerRun.number(json, "day_ms") - T, json);
        }
        assertEquals(List.of(), run.stores().contradictions);
        run.close();
        return days;
    }

    /** As {@code Days} says it: each half-hour what is there, or null. */
    private static String meter(String id, Object... fromAnd) {
        Object[] marks = new Object[49];
        for (int i = 0; i < fromAnd.length; i += 2) {
            marks[(int) fromAnd[i]] = fromAnd[i + 1];
        }
        return "[\"%s\",%s]".formatted(id, Arrays.toString(marks).replace(" ", ""));
    }

    @Test
    void aDayIsSaidSixHoursLaterWithWhatCameUntilThen() throws Exception {
        announce("f:supply", 0);
        announce("a", 0);
        announce("unheard", 0);
        read("f:supply", ofHour(0), 500, 1_000).at("gcpvj0du");
        read("f:supply", ofHour(0.5), 500, 1_700).at("gcpvj0du");
        read("a", ofHour(0.5), ofHour(30) - ofHour(0.5) - 20_000, 77);
        read("a", ofHour(1), ofHour(30) - ofHour(1) + 20_000, 99);
        read("f:supply", ofHour(31), 500, 90_000).at("gcpvj0du");

        Map<Long, String> days = days(ofHour(40));

        String wanted =
                "{\"kind\":\"feeder_day\",\"subject\":\"f\",\"at_ms\":%d,\"day_ms\":%d"
                                .formatted(T + DAY_MS + WAIT_MS, T)
                        + ",\"area\":\"gcpvj\",\"supply\":"
                        + meter("f:supply", 0, 0, 1, 700)
                        + ",\"meters\":["
                        + meter("a", 1, 0)
                        + ","
                        + meter("unheard")
                        + "],\"meters_count\":2}";
        assertEquals(wanted, days.get(0L));
        assertEquals(List.of(-DAY_MS, 0L), List.copyOf(days.keySet()));
    }

    @Test
    void aRegisterIsWhatTheLastReadingUpToThenSays() throws Exception {
        announce("f:supply", 0);
        announce("a", 0);
        read("f:supply", ofHour(0.1), 500, 5);
        read("a", ofHour(0.1), 500, 10);
        read("a", ofHour(0.49), 500, 20);
        read("a", ofHour(0.51), 500, 30);
        // Half an hour without a reading, a late one in the next, and one that is not followed.
        read("a", ofHour(1.6), 500, 50);
        read("a", ofHour(2.1), 500, 80);
        read("a", ofHour(1.9), ofHour(1), 70);
        read("a", ofHour(5.2), 500, 40);

        String day = days(ofHour(31)).get(0L);

        assertTrue(day.contains(meter("a", 1, 0, 2, 10, 4, 50, 5, 60)), day);
        assertTrue(day.contains(meter("f:supply")), day);
    }

    @Test
    void midnightEndsADayAndBeginsTheNext() throws Exception {
        announce("f:supply", 0);
        announce("a", 0);
        for (double hour : new double[] {23.5, 24, 24.5, 47.5, 48}) {
            read("f:supply", ofHour(hour), 500, 100);
            read("a", ofHour(hour), 500, (long) (10 * hour));
        }

        Map<Long, String> days = days(ofHour(55));

        assertTrue(days.get(0L).contains(meter("a", 47, 0, 48, 5)), days.get(0L));
        assertTrue(days.get(DAY_MS).contains(meter("a", 0, 0, 1, 5, 47, 235, 48, 240)));
        assertEquals(List.of(0L, DAY_MS), List.copyOf(days.keySet()));
    }

    @Test
    void metersComeAndGoWithTheRegistry() throws Exception {
        announce("f:supply", 0);
        for (String meter : List.of("stays", "moves", "gone", "export:export", "interval", "gas")) {
            announce(meter, 0);
            read(meter, ofHour(1), 500, 10);
            read(meter, ofHour(3), 500, 20);
        }
        log.stream().filter(each -> each.meter.equals("gas")).forEach(e -> e.commodity("gas"));
        log.stream()
                .filter(each -> each.isAnnouncement && each.meter.equals("interval"))
                .forEach(each -> each.kind("interval"));
        read("f:supply", ofHour(1), 500, 5);
        log.add(Entry.announcement(T + ofHour(2)).of("moves").feeder("other"));
        log.add(Entry.announcement(T + ofHour(2)).of("gone").removed());

        String day = days(ofHour(31)).get(0L);

        String meters = day.substring(day.indexOf("\"meters\""));
        assertEquals(
                "\"meters\":[%s,%s],\"meters_count\":2}"
                        .formatted(
                                meter("export:export", 2, 0, 6, 10), meter("stays", 2, 0, 6, 10)),
                meters);
    }

    @Test
    void aMeterCountsFromWhenItIsThere() throws Exception {
        announce("f:supply", 0);
        announce("a", 0).feeder("other");
        announce("a", ofHour(2.2));
        for (double hour : new double[] {1, 2, 2.1, 3, 4}) {
            read("a", ofHour(hour), 500, (long) (10 * hour));
        }
        assertTrue(days(ofHour(31)).get(0L).contains(meter("a", 6, 0, 8, 10)));

        // In the half-hour in which it had been heard before.
        read("a", ofHour(2.3), 500, 24);
        String day = days(ofHour(31)).get(0L);
        assertTrue(day.contains(meter("a", 5, 0, 6, 6, 8, 16)), day);
    }

    @Test
    void itsFirstReadingThereIsOneOfTheDay() throws Exception {
        announce("f:supply", ofHour(2.2));
        announce("a", 0).feeder("other");
        read("a", ofHour(2.1), 500, 20);
        announce("a", ofHour(2.2));
        read("a", ofHour(2.3), 500, 24);
        announce("clock:supply", 0).feeder("clock");
        read("clock:supply", ofHour(40), 500, 0);

        assertTrue(days(ofHour(41)).get(0L).contains(meter("a")));
    }

    @Test
    void ofWhatWasSaidBeforeASupplyCameTheLastIsKnown() throws Exception {
        announce("a", 0);
        announce("f:supply", ofHour(2.2));
        for (double hour : new double[] {1, 2.05, 2.1, 5}) {
            read("a", ofHour(hour), 500, (long) (100 * hour));
        }
        assertTrue(days(ofHour(31)).get(0L).contains(meter("a", 5, 0, 10, 290)));
    }

    @Test
    void aSupplyMeterMayBeExchangedInASlice() throws Exception {
        announce("a", 0);
        announce("1:supply", 0);
        for (int hour = 1; hour < 9; hour++) {
            String goes = hour % 2 + ":supply";
            String comes = (hour + 1) % 2 + ":supply";
            read("a", ofHour(hour), 500, hour);
            read(goes, ofHour(hour), 500, 10L * hour);
            log.add(
                    Entry.announcement(T + ofHour(hour + 0.5))
                            .of(goes)
                            .commodity("supply")
                            .removed());
            announce(comes, ofHour(hour + 0.5));
        }

        String day = days(ofHour(31)).get(0L);

        assertTrue(
                day.contains(meter("a", 2, 0, 4, 1, 6, 2, 8, 3, 10, 4, 12, 5, 14, 6, 16, 7)), day);
    }

    /** Half-hourly readings up to an hour, of 10 Wh each of the home and 20 of the supply meter. */
    private void readUntil(double toHour, String supply) {
        announce("a", 0);
        announce(supply, 0);
        for (int half = 0; half <= 2 * toHour; half++) {
            read("a", half * HALF_HOUR_MS, 500, 10L * half);
            read(supply, half * HALF_HOUR_MS, 500, 20L * half);
        }
    }

    private void remove(String supply, double hour) {
        log.add(Entry.announcement(T + ofHour(hour)).of(supply).commodity("supply").removed());
    }

    /** What it counted from one half-hour to another. */
    private static String counted(String id, int from, int to, int wh) {
        Object[] marks = new Object[2 * (to - from + 1)];
        for (int half = from; half <= to; half++) {
            marks[2 * (half - from)] = half;
            marks[2 * (half - from) + 1] = wh * (half - from);
        }
        return meter(id, marks);
    }

    @Test
    void theDaysOfASupplyMeterThatIsGoneAreSaidInTheirTime() throws Exception {
        readUntil(29, "1:supply");
        remove("1:supply", 29.1);
        read("a", ofHour(29.4), 500, 600);
        read("a", ofHour(24.5), ofHour(5), 0);
        announce("b", ofHour(29.2));
        log.add(Entry.announcement(T + ofHour(29.2)).of("a").removed());

        Map<Long, String> days = days(ofHour(62));

        assertEquals(List.of(-DAY_MS, 0L, DAY_MS), List.copyOf(days.keySet()));
        String day = days.get(0L);
        assertTrue(day.contains("\"supply\":" + counted("1:supply", 0, 48, 20) + ","), day);
        String rest = ",\"meters\":[%s],\"meters_count\":1}";
        assertTrue(day.endsWith(rest.formatted(counted("a", 0, 48, 10))), day);
        // The day in which it went, up to then.
        day = days.get(DAY_MS);
        assertTrue(day.contains("\"supply\":" + counted("1:supply", 0, 10, 20) + ","), day);
        assertTrue(day.endsWith(rest.formatted(counted("a", 0, 10, 10))), day);
        assertTrue(day.contains("\"area\":\"u1003\""), day);
    }

    /** At once, or later. */
    @ParameterizedTest
    @ValueSource(doubles = {29.1, 29.2})
    void aDayThatIsOverIsOfTheSupplyMeterThatWasThere(double comes) throws Exception {
        readUntil(29, "1:supply");
        remove("1:supply", 29.1);
        announce("2:supply", ofHour(comes));
        for (int half = 59; half <= 110; half++) {
            read("a", half * HALF_HOUR_MS, 500, 10L * half);
            read("2:supply", half * HALF_HOUR_MS, 500, 7L * half);
        }
        // What comes of the day that is over changes nothing.
        read("a", ofHour(5) + 60_000, ofHour(24.6), 0);
        read("2:supply", ofHour(5) + 60_000, ofHour(24.6), 0);

        Map<Long, String> days = days(ofHour(58));

        assertEquals(List.of(-DAY_MS, 0L, DAY_MS), List.copyOf(days.keySet()));
        String day = days.get(0L);
        assertTrue(day.contains("\"supply\":" + counted("1:supply", 0, 48, 20) + ","), day);
        assertTrue(day.contains("[" + counted("a", 0, 48, 10) + "]"), day);
        day = days.get(DAY_MS);
        assertTrue(day.contains("\"supply\":" + counted("2:supply", 11, 48, 7) + ","), day);
        // The last that it said before a supply meter came is known as well.
        int from = comes == 29.1 ? 0 : 10;
        assertTrue(day.contains("[" + counted("a", from, 48, 10) + "]"), day);
    }

    @Test
    void aDayThatGoesOnIsOfTheSupplyMeterThatComes() throws Exception {
        readUntil(5, "1:supply");
        remove("1:supply", 5.1);
        announce("2:supply", ofHour(7.1));
        remove("2:supply", 9.1);
        for (int half = 15; half <= 18; half++) {
            read("a", half * HALF_HOUR_MS, 500, 10L * half);
            read("2:supply", half * HALF_HOUR_MS, 500, 7L * half);
        }

        String day = days(ofHour(62)).get(0L);

        assertTrue(day.contains("\"supply\":" + counted("2:supply", 15, 18, 7) + ","), day);
        // And the last that it said before.
        assertTrue(day.contains("[" + meter("a", 10, 0, 15, 50, 16, 60, 17, 70, 18, 80)), day);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatIsSaidOfASupplyMeterThatIsGoneIsAFunctionOfTheLog(long seed) throws Exception {
        readUntil(29, "1:supply");
        remove("1:supply", 29.1);
        announce("2:supply", ofHour(29.2));
        read("2:supply", ofHour(30), 500, 0);
        remove("2:supply", 31);
        read("a", ofHour(60), 500, 0);
        log.forEach(entry -> entry.at("gcpvj0du"));
        log.sort(Comparator.comparingLong(entry -> entry.arrivalMs));
        List<List<Entry>> partitions = List.of(log);
        long endMs = T + ofHour(61);

        Map<String, String> wanted =
                DeterminismTest.read(partitions, LedgerRun.RULES, endMs, new Random(seed), false)
                        .days;

        assertEquals(3, wanted.size());
        assertEquals(
                wanted,
                DeterminismTest.read(partitions, LedgerRun.RULES, endMs, new Random(seed), true)
                        .days);
    }

    @Test
    void aDayIsWhereTheSupplyMeterIs() throws Exception {
        announce("f:supply", 0);
        announce("clock:supply", 0).feeder("clock");
        read("f:supply", ofHour(23.9), 500, 1).at("gcpvj0du");
        read("f:supply", ofHour(29.6), 500, 2).at("gcpvj0du");
        read("f:supply", ofHour(29.7), 500, 3).at("u1018bc");
        read("clock:supply", ofHour(30.5), 500, 0);

        assertTrue(days(ofHour(31)).values().stream().anyMatch(day -> day.contains("\"u1018\"")));
    }

    @Test
    void withoutASupplyNothingIsSaid() throws Exception {
        announce("a", 0);
        read("a", ofHour(1), 500, 10);
        read("a", ofHour(26), 500, 20);

        assertEquals(Map.of(), days(ofHour(60)));
    }

    /** Logs of meters that lose readings and are late, in any order, with stops and restarts. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void daysAreAFunctionOfTheLog(long seed) throws Exception {
        Random random = new Random(seed);
        int partitions = 1 + random.nextInt(3);
        List<List<Entry>> log = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) {
            log.add(new ArrayList<>());
        }
        for (int number = 0; number < 9; number++) {
            log.get(random.nextInt(partitions)).addAll(meter(random, number));
        }
        List<Entry> all = new ArrayList<>();
        for (int partition = 0; partition < partitions; partition++) {
            log.get(partition).sort(Comparator.comparingLong(entry -> entry.arrivalMs));
            for (Entry entry : log.get(partition)) {
                all.add(entry.in(partition));
            }
        }
        long endMs = T + 4 * DAY_MS;
        Map<String, String> wanted = plain(all);

        assertTrue(wanted.size() >= 4, wanted.keySet().toString());
        assertEquals(
                wanted,
                DeterminismTest.read(log, LedgerRun.RULES, endMs, new Random(seed), false).days);
        assertEquals(
                wanted,
                DeterminismTest.read(log, LedgerRun.RULES, endMs, new Random(seed), true).days);
    }

    @Test
    void nothingIsSaidOfReadingsBehindAFeederWithoutASupply() throws Exception {
        announce("a", 0);
        for (int hour = 1; hour < 40; hour++) {
            read("a", ofHour(hour), 500, hour);
        }
        // What the registry says again is no news.
        announce("a", ofHour(20));
        Entry gone = announce("other:supply", ofHour(21)).removed();
        announce("other:supply", ofHour(22)).feeder(null);
        LedgerRun run = new LedgerRun(1);
        log.sort(Comparator.comparingLong(entry -> entry.arrivalMs));
        run.read(log).arrive(T + ofHour(50));

        assertTrue(gone.removed);
        // Only who is there.
        assertEquals(1, run.stores().dayParts);
        assertEquals(Map.of(), run.stores().days);
        run.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void aSupplyMeterThatIsAnnouncedLaterIsKnownToAllWhoKeepHomes(long seed) throws Exception {
        List<List<Entry>> partitions = List.of(new ArrayList<>(), log);
        announce("f:supply", ofHour(10) + 7 * 60_000);
        List<String> homes = List.of("a", "b", "c", "d", "e", "g");
        for (String home : homes) {
            partitions.get(0).add(Entry.announcement(T).of(home).feeder("f"));
        }
        for (int n = 1; n <= 12 * 32; n++) {
            long atMs = n * 300_000L;
            read("f:supply", atMs, 500, 100L * n);
            for (String home : homes) {
                Entry reading = Entry.reading(T + atMs, 500, n, 10_000L * n).of(home);
                partitions.get(0).add(reading.at("gcpvj0du"));
            }
        }
        log.forEach(entry -> entry.at("gcpvj0du"));
        log.sort(Comparator.comparingLong(entry -> entry.arrivalMs));

        Object[] ofHome = new Object[2 * 28];
        Object[] ofSupply = new Object[2 * 28];
        for (int i = 0; i < 28; i++) {
            // From the half-hour on in which it was announced.
            ofHome[2 * i] = 21 + i;
            ofSupply[2 * i] = 21 + i;
            ofHome[2 * i + 1] = 60 * i;
            ofSupply[2 * i + 1] = 600 * i;
        }
        String wanted =
                "{\"kind\":\"feeder_day\",\"subject\":\"f\",\"at_ms\":%d,\"day_ms\":%d"
                                .formatted(T + DAY_MS + WAIT_MS, T)
                        + ",\"area\":\"gcpvj\",\"supply\":%s,\"meters\":["
                                .formatted(meter("f:supply", ofSupply))
                        + String.join(",", homes.stream().map(home -> meter(home, ofHome)).toList())
                        + "],\"meters_count\":6}";
        for (boolean isEventful : new boolean[] {false, true}) {
            LedgerRun.Stores stores =
                    DeterminismTest.read(
                            partitions,
                            LedgerRun.RULES,
                            T + ofHour(33),
                            new Random(seed),
                            isEventful);
            assertEquals(Map.of("f " + (T + DAY_MS + WAIT_MS), wanted), stores.days);
        }
    }

    /** Bytes of the meters in a checkpoint, with as many feeders, of names that are so long. */
    private long bytes(int feeders, int length) throws Exception {
        LedgerRun run =
                new LedgerRun(LedgerRun.RULES, 1, 1, 2, 1_000, null, new LedgerRun.Stores());
        for (int number = 0; number < feeders; number++) {
            String name = "f".repeat(length - 4) + (1_000 + number);
            run.read(0, announce(number + ":supply", 0).feeder(name));
        }
        long bytes = run.arrive(T + 60_000).checkpoint().meters().getStateSize();
        run.close();
        return bytes;
    }

    @Test
    void aFeederWithASupplyMeterIsWrittenWithItAndOnceForAllWhoKeepHomes() throws Exception {
        assertEquals(2 * 40 * 300, bytes(300, 60) - bytes(300, 20));
    }

    /** The supply meter's announcement waits at the checkpoint, or has been heard. */
    @ParameterizedTest
    @ValueSource(longs = {0, 60_000})
    void afterARestartAllWhoKeepHomesKnowWhichFeedersHaveASupplyMeter(long afterMs)
            throws Exception {
        for (String home : List.of("a", "b", "c", "d", "e", "g")) {
            announce(home, 0);
        }
        announce("f:supply", 10_000);
        LedgerRun.Stores stores = new LedgerRun.Stores();
        LedgerRun run = new LedgerRun(LedgerRun.RULES, 1, 1, 1, 1_000, null, stores);
        run.read(log).arrive(T + 10_000 + afterMs);
        LedgerRun.Checkpoint checkpoint = run.checkpoint();
        run.close();

        run = new LedgerRun(LedgerRun.RULES, 1, 1, 4, 1_000, checkpoint, stores);
        log.clear();
        for (long half = 1; half <= 48; half++) {
            for (String meter : List.of("a", "b", "c", "d", "e", "f:supply", "g")) {
                read(meter, half * HALF_HOUR_MS, 500, half);
            }
        }
        run.read(log).arrive(T + ofHour(31));
        run.close();

        Object[] marks = new Object[2 * 48];
        for (int i = 0; i < 48; i++) {
            marks[2 * i] = i + 1;
            marks[2 * i + 1] = i;
        }
        String day = stores.days.get("f " + (T + DAY_MS + WAIT_MS));
        for (String meter : List.of("a", "b", "c", "d", "e", "f:supply", "g")) {
            assertTrue(day.contains(meter(meter, marks)), meter + " in " + day);
        }
    }

    @Test
    void aFeederWhoseSupplyMeterIsGoneIsForgottenAtARestart() throws Exception {
        announce("a", 0);
        announce("f:supply", 0);
        remove("f:supply", 0.01);
        LedgerRun.Stores stores = new LedgerRun.Stores();
        LedgerRun run = new LedgerRun(LedgerRun.RULES, 1, 1, 1, 1_000, null, stores);
        run.read(log).arrive(T + ofHour(0.1));
        LedgerRun.Checkpoint checkpoint = run.checkpoint();
        run.close();
        int parts = stores.dayParts;

        run = new LedgerRun(LedgerRun.RULES, 1, 1, 2, 1_000, checkpoint, stores);
        log.clear();
        for (int hour = 1; hour < 9; hour++) {
            read("a", ofHour(hour), 500, hour);
        }
        run.read(log).arrive(T + ofHour(10));
        run.close();

        assertEquals(parts, stores.dayParts);
    }

    private static List<Entry> meter(Random random, int number) {
        boolean isSupply = number < 2;
        String id = isSupply ? "f%d:supply".formatted(number) : "m" + number;
        String commodity = isSupply ? "supply" : "electricity";
        List<Entry> meter = new ArrayList<>();
        meter.add(
                Entry.announcement(T + random.nextInt(5_000))
                        .of(id)
                        .commodity(commodity)
                        .feeder("f" + number % 2));
        long cadenceMs = new long[] {300_000, 900_000, 1_800_000}[random.nextInt(3)];
        long phaseMs = random.nextInt(3) == 0 ? 0 : random.nextInt(300_000);
        boolean isSlow = random.nextInt(3) == 0;
        long register = random.nextInt(1_000_000);
        for (long tsMs = T + 10_000 + phaseMs - (phaseMs == 0 ? 10_000 : 0), seq = 0;
                tsMs < T + 2 * DAY_MS + DAY_MS / 2;
                tsMs += cadenceMs, seq++) {
            register += random.nextInt(400_000);
            if (random.nextInt(200) == 0) {
                register = 0;
            }
            if (tsMs < T + 20_000 || random.nextInt(12) == 0) {
                continue;
            }
            long wayMs = random.nextInt(2_000);
            if (isSlow || random.nextInt(20) == 0) {
                wayMs = random.nextInt((int) (DAY_MS / 2));
            }
            Entry reading =
                    Entry.reading(tsMs, wayMs, seq, register)
                            .of(id)
                            .commodity(commodity)
                            .at("gcpvj0duq534");
            meter.add(reading);
            if (random.nextInt(20) == 0) {
                meter.add(
                        Entry.reading(tsMs, wayMs + random.nextInt(9_000_000), seq, register)
                                .of(id)
                                .commodity(commodity)
                                .at("gcpvj0duq534"));
            }
        }
        // Now and then one is gone for good.
        int end = random.nextInt(3) == 0 ? meter.size() / 2 : meter.size();
        return new ArrayList<>(meter.subList(0, Math.max(1, end)));
    }

    /** Day by day, meter by meter, half-hour by half-hour, from all readings of the log. */
    private static Map<String, String> plain(List<Entry> log) {
        Map<String, String> days = new TreeMap<>();
        for (int feeder = 0; feeder < 2; feeder++) {
            String name = "f" + feeder;
            TreeSet<String> members = new TreeSet<>();
            for (Entry entry : log) {
                if (entry.isAnnouncement && name.equals(entry.feeder)) {
                    members.add(entry.meter);
                }
            }
            for (long dayMs = T - DAY_MS; dayMs < T + 3 * DAY_MS; dayMs += DAY_MS) {
                long atMs = dayMs + DAY_MS + WAIT_MS;
                List<Entry> heard = new ArrayList<>();
                for (Entry entry : log) {
                    if (!entry.isAnnouncement
                            && members.contains(entry.meter)
                            && heardMs(entry) <= atMs) {
                        heard.add(entry);
                    }
                }
                long beginMs = dayMs;
                if (heard.stream().anyMatch(e -> e.tsMs > beginMs && e.tsMs <= beginMs + DAY_MS)) {
                    days.put("%s %d".formatted(name, atMs), plain(name, members, heard, dayMs));
                }
            }
        }
        return days;
    }

    /** End of the slice in which it counts. */
    private static long heardMs(Entry entry) {
        long timeMs = entry.isLate() ? entry.arrivalMs : entry.tsMs;
        return timeMs - Math.floorMod(timeMs, SLICE_MS) + SLICE_MS;
    }

    private static String plain(
            String name, Collection<String> members, List<Entry> heard, long dayMs) {
        String supply = name + ":supply";
        boolean isPlaced = heard.stream().anyMatch(each -> each.meter.equals(supply));
        List<String> meters = new ArrayList<>();
        for (String member : members) {
            if (!member.equals(supply)) {
                meters.add(plain(member, heard, dayMs));
            }
        }
        return "{\"kind\":\"feeder_day\",\"subject\":\"%s\",\"at_ms\":%d,\"day_ms\":%d,\"area\":\"%s\""
                        .formatted(name, dayMs + DAY_MS + WAIT_MS, dayMs, isPlaced ? "gcpvj" : "")
                + ",\"supply\":%s,\"meters\":[%s],\"meters_count\":%d}"
                        .formatted(
                                plain(supply, heard, dayMs),
                                String.join(",", meters),
                                meters.size());
    }

    private static String plain(String meter, List<Entry> heard, long dayMs) {
        List<String> marks = new ArrayList<>();
        Long first = null;
        for (int place = 0; place <= 48; place++) {
            long endMs = dayMs + place * HALF_HOUR_MS;
            Entry last = null;
            boolean goesOn = false;
            for (Entry entry : heard) {
                if (entry.meter.equals(meter)) {
                    goesOn |= entry.tsMs >= endMs;
                    boolean isWithin = entry.tsMs > endMs - HALF_HOUR_MS && entry.tsMs <= endMs;
                    if (isWithin && (last == null || entry.tsMs > last.tsMs)) {
                        last = entry;
                    }
                }
            }
            if (last == null || !goesOn) {
                marks.add("null");
            } else {
                long wh = last.register / 1_000;
                first = first == null ? (Long) wh : first;
                marks.add(String.valueOf(wh - first));
            }
        }
        return "[\"%s\",[%s]]".formatted(meter, String.join(",", marks));
    }
}
