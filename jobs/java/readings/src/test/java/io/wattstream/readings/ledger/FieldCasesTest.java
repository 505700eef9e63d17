package io.wattstream.readings.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import javax.annotation.Nullable;

/** What meters do in the field, and what is right: the cases of tests/field, and more of a kind. */
class FieldCasesTest {
    private static final long T = 1_709_250_600_000L;
    private static final long HOUR_MS = 3_600_000;
    private static final long DAY_MS = 24 * HOUR_MS;

    /** Figures of a row of history, behind its geohash. */
    private record Row(String geohash, List<String> figures) {
        static Row of(String text) {
            int at = text.indexOf(' ');
            return new Row(
                    text.substring(0, at),
                    List.of(text.substring(at + 2, text.length() - 1).split(", ")));
        }

        @SuppressWarnings("EnumOrdinal")
        String figure(Figure figure) {
            return figures.get(figure.ordinal());
        }
    }

    private static LedgerRun.Stores stores(List<Entry> log) throws Exception {
        return stores(log, 10 * 60_000);
    }

    /** What comes of a log by some time after its last record; it is what the plain rules say. */
    private static LedgerRun.Stores stores(List<Entry> log, long afterMs) throws Exception {
        List<Entry> inOrder = new ArrayList<>(log);
        inOrder.sort(Comparator.comparingLong(entry -> entry.arrivalMs));
        long endMs = inOrder.get(inOrder.size() - 1).arrivalMs + afterMs;
        LedgerRun run = new LedgerRun(1);
        LedgerRun.Stores stores = run.read(inOrder).arrive(endMs).stores();
        assertEquals(0, run.dropped());
        run.close();
        PlainLedger plain =
                new PlainLedger(inOrder, LedgerRun.RULES, (endMs - 3_000) / 5_000 * 5_000);
        assertEquals(plain.minutes, stores.minutes);
        assertEquals(plain.periods, stores.periods);
        assertEquals(plain.groupSlices, stores.groupSlices);
        assertEquals(plain.areaMinutes, stores.areaMinutes);
        assertEquals(plain.live.keySet(), stores.live.keySet());
        return stores;
    }

    private static String live(LedgerRun.Stores stores, String meter) {
        List<String> values =
                stores.live.entrySet().stream()
                        .filter(each -> each.getKey().endsWith("/" + meter))
                        .map(each -> each.getValue().json())
                        .toList();
        assertEquals(1, values.size(), meter);
        return values.get(0);
    }

    private static void assertSays(String json, String... fields) {
        for (String field : fields) {
            assertTrue(
                    json.contains("," + field + ",") || json.contains("," + field + "}"),
                    () -> field + " in " + json);
        }
    }

    private static List<Row> rows(LedgerRun.Stores stores, String meter) {
        return stores.minutes.entrySet().stream()
                .filter(each -> each.getKey().startsWith(meter + " "))
                .map(each -> Row.of(each.getValue()))
                .toList();
    }

    /** Demand and meters that report or hold, of an area's slices in which these change. */
    private static Map<Long, String> draws(LedgerRun.Stores stores, String area) {
        Map<Long, String> draws = new TreeMap<>();
        stores.groupSlices.forEach(
                (key, value) -> {
                    String[] group = key.split(" ", -1);
                    if (group[0].equals("area") && group[1].equals(area)) {
                        String[] figures = value.split(" ", -1);
                        long meters = Long.parseLong(figures[1]) + Long.parseLong(figures[2]);
                        draws.put(Long.valueOf(group[3]), figures[0] + " of " + meters);
                    }
                });
        Map<Long, String> changes = new TreeMap<>();
        String before = null;
        for (var each : draws.entrySet()) {
            if (!each.getValue().equals(before)) {
                changes.put(each.getKey(), each.getValue());
            }
            before = each.getValue();
        }
        return changes;
    }

    /** Readings of meter "m" each so often from {@link #T} on, with the numbers from 0. */
    private static List<Entry> series(long everyMs, @Nullable Long demand, long... registers) {
        List<Entry> log = new ArrayList<>();
        for (int i = 0; i < registers.length; i++) {
            log.add(Entry.reading(T + everyMs * i, i, registers[i]).demand(demand));
        }
        return log;
    }

    @Test
    void twoReadingsOfOneInstant() throws Exception {
        LedgerRun.Stores stores =
                stores(
                        List.of(
                                Entry.reading(T + 55_000, 1, 45_678_900_000L).of("c02b"),
                                Entry.reading(T + 59_000, 2, 45_678_901_500L).of("c02b"),
                                Entry.reading(T + 59_000, 600, 3, 0).of("c02b")));

        assertSays(
                live(stores, "c02b"),
                "\"register\":0.000",
                "\"resets\":1",
                "\"reset_ms\":1709250659000",
                "\"energy_today\":1.500");
        assertEquals(
                List.of("3", "3", "1", "3"), rows(stores, "c02b").get(0).figures().subList(0, 4));
    }

    @Test
    void aTieAtAMinutesStart() throws Exception {
        long minuteMs = T + 60_000;
        LedgerRun.Stores stores =
                stores(
                        List.of(
                                Entry.reading(minuteMs - 1_000, 1, 500_000),
                                Entry.reading(minuteMs, 600, 3, 2_000),
                                Entry.reading(minuteMs, 500, 2, 501_500)));

        Row after = rows(stores, "m").get(1);
        assertEquals("501500", after.figure(Figure.FIRST_REGISTER));
        assertEquals("2000", after.figure(Figure.LAST_REGISTER));
        assertEquals("2", after.figure(Figure.EXPECTED));
        assertSays(live(stores, "m"), "\"resets\":1", "\"energy_today\":1.500");
    }

    @Test
    void anExchange() throws Exception {
        LedgerRun.Stores stores =
                stores(
                        series(
                                10_000,
                                100_000L,
                                45_678_900_000L,
                                45_678_905_000L,
                                45_678_910_000L,
                                0,
                                5_000,
                                10_000,
                                15_000,
                                20_000));

        assertSays(
                live(stores, "m"),
                "\"energy_today\":30.000",
                "\"resets\":1",
                "\"reset_ms\":1709250630000",
                "\"cadence_ms\":10000",
                "\"demand\":100.000",
                "\"readings\":8");
    }

    @ParameterizedTest
    @CsvSource({"0, 400.000, 1", "100000000000, 500.000, 0", "99999900000, 400.000, 0"})
    void aRegisterThatBeginsAgain(long size, String energy, long resets) throws Exception {
        List<Entry> log =
                new ArrayList<>(
                        series(
                                10_000,
                                100_000L,
                                99_999_700_000L,
                                99_999_800_000L,
                                99_999_900_000L,
                                0,
                                100_000,
                                200_000));
        if (size > 0) {
            log.add(0, Entry.announcement(T).registerSize(size));
        }
        String json = live(stores(log), "m");

        assertEquals(resets, LedgerRun.number(json, "resets"));
        assertSays(json, "\"energy_today\":" + energy);
    }

    /** Half of an odd size is between two numbers. */
    @ParameterizedTest
    @CsvSource({
        "65536, 32769, 3, 0",
        "65536, 32768, 3, 1",
        "65535, 32768, 32767, 0",
        "65535, 32767, 3, 1",
        "65536, 40000, 32768, 1"
    })
    void aCounterRollsOverFromItsUpperHalfToItsLower(
            long size, long before, long after, long resets) throws Exception {
        String json =
                live(
                        stores(
                                List.of(
                                        Entry.announcement(T).registerSize(size),
                                        Entry.reading(T + 1_000, 1, before),
                                        Entry.reading(T + 2_000, 2, after))),
                        "m");

        assertEquals(resets, LedgerRun.number(json, "resets"));
    }

    @Test
    void aResetInsideASlice() throws Exception {
        String json = live(stores(series(1_000, null, 990_000, 991_000, 5_000, 6_000, 8_000)), "m");

        assertSays(json, "\"energy_today\":4.000", "\"resets\":1", "\"demand\":null");
    }

    @Test
    void demandToldByARegister() throws Exception {
        List<Entry> log = new ArrayList<>();
        long[] registers = {900_000, 990_000, 991_000, 5_000, 6_000, 8_000};
        for (int i = 0; i < registers.length; i++) {
            log.add(Entry.reading(T + 4_000 + 1_000L * i, i, registers[i]));
        }
        // From 900 at 4 s to 8 at 9 s: 90 + 1 + 0 + 1 + 2 Wh in 5 s.
        assertSays(live(stores(log), "m"), "\"demand\":67680.000");
        // A reset as the last one tells nothing.
        assertSays(live(stores(log.subList(0, 4)), "m"), "\"demand\":null");
    }

    @Test
    void sequenceNumbersBeginAgain() throws Exception {
        long[] seqs = {753_889, 753_890, 753_891, 0, 1, 2};
        LedgerRun.Stores stores = stores(ofNumbers(seqs));

        assertEquals(
                List.of("6", "6", "753889", "2"), rows(stores, "m").get(0).figures().subList(0, 4));
        assertFalse(live(stores, "m").contains("lost"));
    }

    private static List<Entry> ofNumbers(long... seqs) {
        List<Entry> log = new ArrayList<>();
        for (int i = 0; i < seqs.length; i++) {
            log.add(Entry.reading(T + 1_000L * i, seqs[i], 1_000L * i));
        }
        return log;
    }

    @ParameterizedTest
    @CsvSource({
        "4294967294 4294967295 0 1, 0",
        "65534 65535 0 1, 0",
        "65534 1, 2",
        "65535 63, 63",
        "65535 64, 0",
        "4294967294 2, 3",
        "65536 3, 0"
    })
    void sequenceNumbersWrap(String numbers, long lost) throws Exception {
        long[] seqs = Arrays.stream(numbers.split(" ")).mapToLong(Long::parseLong).toArray();
        LedgerRun.Stores stores = stores(ofNumbers(seqs));

        Row row = rows(stores, "m").get(0);
        assertEquals(String.valueOf(seqs.length + lost), row.figure(Figure.EXPECTED));
        assertEquals(lost, LedgerRun.number(live(stores, "m"), "lost"));
    }

    @Test
    void aLossIsNotHiddenByARepeat() throws Exception {
        List<Entry> log = new ArrayList<>(ofNumbers(1, 2, 4));
        log.add(Entry.reading(T + 1_000, 900, 2, 1_000));
        LedgerRun.Stores stores = stores(log);

        assertEquals("3", rows(stores, "m").get(0).figure(Figure.READINGS));
        assertEquals("4", rows(stores, "m").get(0).figure(Figure.EXPECTED));
        assertSays(live(stores, "m"), "\"repeats\":1", "\"lost\":1");
        assertEquals(3, LedgerRun.number(live(stores, "m"), "readings"));
    }

    @ParameterizedTest
    @CsvSource({"5000000, 4800000, 4800", "4800000, 5000000, 5000"})
    void aReadingIsRevised(long first, long second, String register) throws Exception {
        LedgerRun.Stores stores =
                stores(
                        List.of(
                                Entry.reading(T + 10_000, 500, 7, first).demand(100_000L),
                                Entry.reading(T + 10_000, 1_000, 7, second).demand(100_000L)));

        String last = String.valueOf(second);
        Row row = rows(stores, "m").get(0);
        assertEquals("1", row.figure(Figure.READINGS));
        for (Figure figure :
                List.of(
                        Figure.FIRST_REGISTER,
                        Figure.LAST_REGISTER,
                        Figure.LOW_REGISTER,
                        Figure.HIGH_REGISTER)) {
            assertEquals(last, row.figure(figure));
        }
        assertSays(
                live(stores, "m"),
                "\"register\":" + register + ".000",
                "\"energy_today\":0.000",
                "\"revisions\":1");
    }

    @Test
    void aReadingIsRevisedLate() throws Exception {
        LedgerRun.Stores stores =
                stores(
                        List.of(
                                Entry.reading(T + 10_000, 500, 7, 5_000_000).demand(100_000L),
                                Entry.reading(T + 10_000, 290_000, 7, 4_800_000).demand(100_000L)));

        assertSays(live(stores, "m"), "\"register\":4800.000", "\"late\":true", "\"revisions\":1");
        Row onTime = rows(stores, "m").get(0);
        Row correction = rows(stores, "m").get(1);
        assertEquals("1", onTime.figure(Figure.READINGS));
        assertEquals("5000000", onTime.figure(Figure.LAST_REGISTER));
        assertEquals(List.of("0", "0"), correction.figures().subList(0, 2));
        assertEquals("4800000", correction.figure(Figure.LAST_REGISTER));
        assertEquals("null", correction.figure(Figure.DEMAND_MIN));
    }

    @Test
    void energyOfIntervalsAndItsDifferences() throws Exception {
        List<Entry> log = new ArrayList<>();
        log.add(Entry.announcement(T).kind("interval").cadenceMs(1_800_000L));
        for (int i = 0; i < 3; i++) {
            log.add(
                    Entry.reading(T + 1_800_000L * i, 60_000, i, 1_000_000L * i)
                            .energy(900_000L + i)
                            .demand(1_800_002L + 2L * i)
                            .quality(i == 1 ? "estimated" : null));
        }
        log.add(
                Entry.reading(T + 1_800_000, 4 * HOUR_MS, 1, 900_500)
                        .revision(1)
                        .energy(-99_500L)
                        .quality("final"));
        log.add(
                Entry.reading(T + 1_800_000, 4 * HOUR_MS + 10_000, 1, 900_500)
                        .revision(1)
                        .energy(-99_500L));
        LedgerRun.Stores stores = stores(log);

        assertSays(
                live(stores, "m"),
                "\"energy_today\":1700.503",
                "\"revisions\":1",
                "\"demand\":1800.006");
        // Of a meter that is so slow each minute's row is that of its period.
        assertEquals(Map.of(), stores.minutes);
        List<Row> periods = stores.periods.values().stream().map(Row::of).toList();
        assertEquals(
                List.of("900000", "900001", "-99500", "900002"),
                periods.stream().map(row -> row.figure(Figure.ENERGY)).toList());
        assertEquals(
                List.of("0", "1", "0", "0"),
                periods.stream().map(row -> row.figure(Figure.ESTIMATED)).toList());
    }

    @Test
    void revisionsOfWhatNeverCameAreNoReadings() throws Exception {
        List<Entry> log = new ArrayList<>();
        log.add(Entry.reading(T, 1, 0));
        log.add(Entry.reading(T + 10_000, 4, 5).revision(1));
        log.add(Entry.reading(T + 20_000, 5, 9));
        log.add(Entry.reading(T + 70_000, 9, 9).revision(1));
        log.add(Entry.reading(T + 80_000, 11, 9).revision(1));
        LedgerRun.Stores stores = stores(log);

        assertEquals(List.of("2", "5"), rows(stores, "m").get(0).figures().subList(0, 2));
        assertEquals(List.of("0", "0"), rows(stores, "m").get(1).figures().subList(0, 2));
    }

    @Test
    @SuppressWarnings("EnumOrdinal")
    void meansOfReadingsThatSayADemand() throws Exception {
        List<Entry> log = series(1_000, null, 0, 1, 2, 3);
        log.get(1).demand(-1_001L);
        log.get(2).demand(-1_000L);
        LedgerRun.Stores stores = stores(log);

        // Towards zero.
        assertSays(live(stores, "m"), "\"demand\":-1.000");
        assertEquals(
                List.of("2", "-2001", "-1001", "-1000"),
                rows(stores, "m")
                        .get(0)
                        .figures()
                        .subList(Figure.DEMANDS.ordinal(), Figure.ENERGY.ordinal()));
    }

    @Test
    void aHalfHourlyMeterHoldsBesideFastOnes() throws Exception {
        List<Entry> log = new ArrayList<>();
        long fromMs = 1_709_251_190_000L;
        for (int meter = 0; meter < 5; meter++) {
            for (int i = 0; i <= 60; i++) {
                log.add(
                        Entry.reading(fromMs + 1_000L * i, i, i)
                                .of("fast" + meter)
                                .at("u1016bc")
                                .demand(100_000L));
            }
        }
        long halfMs = 1_709_249_400_000L;
        log.add(
                Entry.reading(halfMs, fromMs - halfMs, 1, 500_000)
                        .of("half")
                        .at("u1016bd")
                        .demand(2_000_000L));
        log.add(
                Entry.reading(halfMs + 1_800_000, 500, 2, 501_000)
                        .of("half")
                        .at("u1016bd")
                        .demand(2_000_000L));
        Map<Long, String> wanted = new TreeMap<>();
        wanted.put(fromMs + 5_000, "2500000 of 6");
        // The fast ones' values hold for 30 s, and up to a slice that ends then.
        wanted.put(fromMs + 60_000 + 30_000 + 5_000, "2000000 of 1");
        wanted.put(halfMs + 1_800_000 + 3 * HOUR_MS / 2 + 5_000, "0 of 0");

        assertEquals(wanted, draws(stores(log, 2 * HOUR_MS), "u1016"));
    }

    @Test
    void twoCommoditiesUnderOneId() throws Exception {
        LedgerRun.Stores stores =
                stores(
                        List.of(
                                Entry.reading(T + 10_000, 1, 5_000_000_000L)
                                        .of("c17")
                                        .demand(800_000L),
                                Entry.reading(T + 11_000, 2, 123_456_000)
                                        .of("c17")
                                        .commodity("gas")
                                        .demand(900_000L)));

        assertEquals(
                List.of("electricity/u1003/c17", "gas/u1003/c17"),
                List.copyOf(stores.live.keySet()));
        long endMs = T + 15_000;
        assertEquals("800000 1 0 0 0", stores.groupSlices.get("area u1003 electricity " + endMs));
        assertEquals("900000 1 0 0 0", stores.groupSlices.get("area u1003 gas " + endMs));
    }

    @Test
    void aMeterMovesWithItsLatestReadingOnly() throws Exception {
        LedgerRun.Stores stores =
                stores(
                        List.of(
                                Entry.reading(T, 1, 0).at("u1019bc"),
                                Entry.reading(T + 90_000, 3, 0).at("u1018bc"),
                                Entry.reading(T + 30_000, 120_000, 2, 0).at("u1020bc"),
                                Entry.reading(T + 95_000, 120_000, 4, 0).at("u1021bc")));

        assertEquals(List.of("electricity/u1021/m"), List.copyOf(stores.live.keySet()));
        assertEquals(
                "0 0 0 0 0", stores.groupSlices.get("area u1018 electricity " + (T + 220_000)));
        assertTrue(stores.groupSlices.keySet().stream().noneMatch(key -> key.contains("u1020")));
        // What the area has lost is said by a value that is none.
        List<LedgerRun.Said> said = stores.allSaid.get("electricity/u1018/m");
        assertNull(said.get(said.size() - 1).json());
    }

    @Test
    void repeatsCountForNothing() throws Exception {
        List<Entry> log = new ArrayList<>(series(1_000, 100_000L, 1_000, 1_001, 1_002));
        log.get(2).demand(1_000_000L);
        for (int i = 1; i <= 7; i++) {
            log.add(Entry.reading(T + 2_000, 500 + i, 2, 1_002).demand(1_000_000L));
        }
        LedgerRun.Stores stores = stores(log);

        assertSays(live(stores, "m"), "\"demand\":400.000", "\"repeats\":7");
        Map<Long, String> wanted = new TreeMap<>();
        wanted.put(T + 5_000, "400000 of 1");
        wanted.put(T + 35_000, "0 of 0");
        assertEquals(wanted, draws(stores, "u1003"));
        assertEquals("1200000", rows(stores, "m").get(0).figure(Figure.DEMAND_SUM));
    }

    @Test
    void repeatsDaysLaterMakeNoRow() throws Exception {
        LedgerRun run = new LedgerRun(1);
        run.read(series(60_000, 5L, 1_000, 1_001)).arrive(T + HOUR_MS);
        int rows = run.stores().minutes.size();
        int said = run.stores().allSaid.get("electricity/u1003/m").size();

        run.read(List.of(Entry.reading(T, 3 * DAY_MS, 0, 1_000).demand(5L)));
        run.arrive(T + 3 * DAY_MS + HOUR_MS);

        assertEquals(rows, run.stores().minutes.size());
        assertEquals(said, run.stores().allSaid.get("electricity/u1003/m").size());
        run.read(List.of(Entry.reading(T + 3 * DAY_MS + HOUR_MS, 2, 1_002)));
        run.arrive(T + 3 * DAY_MS + 2 * HOUR_MS);
        assertSays(live(run.stores(), "m"), "\"repeats\":1");
        run.close();
    }

    @Test
    void anOldReadingInEveryTelegramIsOneRow() throws Exception {
        List<Entry> log = new ArrayList<>();
        for (int i = 0; i < 48; i++) {
            log.add(
                    Entry.reading(T, 120_000 + 10_000L * i, 7, 1_269_375_000)
                            .of("c41")
                            .commodity("gas")
                            .demand(0L));
        }
        LedgerRun.Stores stores = stores(log);

        assertEquals(1, stores.minutes.size());
        assertEquals(1, stores.periods.size());
        assertSays(live(stores, "c41"), "\"last_ms\":" + T);
        assertEquals(1, LedgerRun.number(live(stores, "c41"), "readings"));
    }

    @Test
    void slowClocksAreLive() throws Exception {
        List<Entry> log = new ArrayList<>();
        for (long behindMs : new long[] {0, 2_200, 2_201, 5_000}) {
            for (int i = 0; i < 60; i++) {
                log.add(
                        Entry.reading(T + 1_000L * i - behindMs, behindMs + 200, i, i)
                                .of("slow" + behindMs)
                                .demand(100_000L));
            }
        }
        LedgerRun.Stores stores = stores(log);

        for (long behindMs : new long[] {0, 2_200, 2_201, 5_000}) {
            assertSays(
                    live(stores, "slow" + behindMs),
                    "\"last_ms\":" + (T + 59_000 - behindMs),
                    "\"demand\":100.000",
                    "\"late\":" + (behindMs > 2_200));
        }
        assertTrue(draws(stores, "u1003").containsValue("400000 of 4"));
    }

    @Test
    void whatTheRegistrySays() throws Exception {
        Entry[] log = {
            Entry.announcement(T).of("never"),
            Entry.announcement(T).feeder("f1").region("GB-LND").cadenceMs(60_000L),
            Entry.reading(T + 10_000, 1, 5_000).demand(7_000L),
            Entry.announcement(T + 30_000).feeder("f2"),
            Entry.announcement(T + 100_000).cadenceMs(600_000L),
            Entry.announcement(T + 130_000).removed(),
        };
        List<LedgerRun.Stores> after = new ArrayList<>();
        for (int i = 3; i <= log.length; i++) {
            after.add(stores(Arrays.asList(log).subList(0, i), 9_000));
        }

        assertSays(
                live(after.get(0), "m"),
                "\"feeder\":\"f1\"",
                "\"region\":\"GB-LND\"",
                "\"cadence_ms\":60000",
                "\"holds_until_ms\":" + (T + 190_000));
        assertEquals(
                "7000 1 0 0 0",
                after.get(0).groupSlices.get("feeder f1 electricity " + (T + 15_000)));
        assertSays(
                live(after.get(1), "m"),
                "\"feeder\":\"f2\"",
                "\"holds_until_ms\":" + (T + 10_000 + 3 * 1_800_000));
        assertEquals(
                "0 0 0 0 0", after.get(1).groupSlices.get("feeder f1 electricity " + (T + 35_000)));
        assertEquals(
                "7000 0 1 0 0",
                after.get(1).groupSlices.get("feeder f2 electricity " + (T + 35_000)));
        assertEquals(
                "0 0 0 0 0",
                after.get(1).groupSlices.get("region GB-LND electricity " + (T + 35_000)));
        assertFalse(live(after.get(2), "m").contains("feeder"));
        assertEquals(Map.of(), after.get(3).live);
        assertEquals(
                "0 0 0 0 0",
                after.get(3).groupSlices.get("area u1003 electricity " + (T + 135_000)));
    }

    @Test
    void aSilentMeterHoldsAgainIfItsCadenceIsLonger() throws Exception {
        LedgerRun.Stores stores =
                stores(
                        List.of(
                                Entry.announcement(T).cadenceMs(1_000L),
                                Entry.reading(T + 1_000, 1, 0).demand(7_000L),
                                Entry.announcement(T + 100_000).cadenceMs(60_000L)));
        Map<Long, String> wanted = new TreeMap<>();
        wanted.put(T + 5_000, "7000 of 1");
        wanted.put(T + 35_000, "0 of 0");
        wanted.put(T + 105_000, "7000 of 1");
        wanted.put(T + 185_000, "0 of 0");

        assertEquals(wanted, draws(stores, "u1003"));
    }

    @Test
    void aValueHoldsUpToTheSliceThatEndsThen() throws Exception {
        Map<Long, String> wanted = new TreeMap<>();
        for (long shiftMs : new long[] {0, 1, 4_999}) {
            wanted.clear();
            wanted.put(T + 5_000, "7000 of 1");
            wanted.put(T + 35_000, "0 of 0");
            List<Entry> log =
                    List.of(
                            Entry.announcement(T).cadenceMs(1_000L),
                            Entry.reading(T + shiftMs, 1, 0).demand(7_000L));
            assertEquals(wanted, draws(stores(log), "u1003"));
        }
    }

    @Test
    void aNewDayBeginsWithNoEnergy() throws Exception {
        long midnightMs = T - T % DAY_MS + DAY_MS;
        List<Entry> log = new ArrayList<>();
        log.add(Entry.reading(midnightMs - 60_000, 1, 1_000));
        log.add(Entry.reading(midnightMs, 2, 3_000));
        LedgerRun.Stores before = stores(log, 60_000);
        assertSays(live(before, "m"), "\"energy_today\":2.000");
        // The reading at midnight ends the day before; the area's slice is of the next.
        assertEquals(
                "120000 1 0 0 0",
                before.groupSlices.get("area u1003 electricity " + (midnightMs + 5_000)));

        log.add(Entry.reading(midnightMs + 60_000, 3, 10_000));
        assertSays(live(stores(log), "m"), "\"energy_today\":7.000");

        // Without that of midnight the base is the one before it, until it comes late.
        log.remove(1);
        assertSays(live(stores(log), "m"), "\"energy_today\":9.000");
        log.add(Entry.reading(midnightMs, 120_000, 2, 3_000));
        assertSays(live(stores(log), "m"), "\"energy_today\":7.000");
    }

    @Test
    void anAreasEnergyEndsWithTheDay() throws Exception {
        long midnightMs = T - T % DAY_MS + DAY_MS;
        List<Entry> log =
                List.of(
                        Entry.announcement(midnightMs - 70_000).cadenceMs(1_800_000L),
                        Entry.reading(midnightMs - 60_000, 1, 1_000).demand(9_000L),
                        Entry.reading(midnightMs - 30_000, 2, 3_000).demand(9_000L));
        LedgerRun.Stores stores = stores(log);

        assertNull(stores.groupSlices.get("area u1003 electricity " + midnightMs));
        assertEquals(
                "9000 0 1 0 0",
                stores.groupSlices.get("area u1003 electricity " + (midnightMs + 5_000)));
    }

    @Test
    void minutesOfAnArea() throws Exception {
        List<Entry> log =
                List.of(
                        Entry.announcement(T).cadenceMs(1_000L),
                        Entry.reading(T + 10_000, 1, 0).demand(12_000L),
                        Entry.reading(T + 150_000, 2, 0).demand(-1_000L));
        LedgerRun.Stores stores = stores(log);

        // In slices that end at 15, ..., 60 s the meter is there; it is silent from 45 s on.
        assertEquals("1 1 1 7200", stores.areaMinutes.get("u1003 electricity " + T));
        assertNull(stores.areaMinutes.get("u1003 electricity " + (T + 60_000)));
        // -1,000 at 155, ..., 180 s, of twelve slices.
        assertEquals("1 1 1 -500", stores.areaMinutes.get("u1003 electricity " + (T + 120_000)));
        assertEquals("0 0 1 0", stores.areaMinutes.get("u1003 electricity " + (T + 180_000)));
    }
}
