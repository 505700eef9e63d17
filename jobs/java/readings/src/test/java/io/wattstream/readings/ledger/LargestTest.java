package io.wattstream.readings.ledger;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wattstream.readings.windows.Geohash;
import io.wattstream.readings.windows.RowKey;
import io.wattstream.readings.windows.RowTable;

import org.apache.flink.table.data.StringData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The ten largest meters, minute by minute. */
class LargestTest {
    private static final long DAY_MS = 86_400_000;
    private static final long MIDNIGHT_MS = 1_709_251_200_000L;

    /** Ten seconds into a minute, long before midnight. */
    private static final long T = MIDNIGHT_MS - 3_600_000 + 10_000;

    private static final long MINUTE_END_MS = T + 50_000;

    private static Map<String, String> largest(List<Entry> log, long untilMs) throws Exception {
        try (LedgerRun run = new LedgerRun(1)) {
            log.sort(Comparator.comparingLong(entry -> entry.arrivalMs));
            run.read(log).arrive(untilMs);
            return run.stores().largest;
        }
    }

    /** When the largest of a kind were said, and which: {@code time meter=value ...}. */
    private static List<String> said(Map<String, String> largest, String kind) {
        List<String> said = new ArrayList<>();
        largest.forEach(
                (key, json) -> {
                    if (key.startsWith(kind)) {
                        String meters =
                                json.replaceAll(
                                        "\\{\"meter_id\":\"([^\"]*)\",\"area\":\"[^\"]*\","
                                                + "\"value\":([^}]*)\\},?",
                                        " $1=$2");
                        said.add(
                                key.substring(kind.length() + 1)
                                        + meters.replaceAll(".*\\[(.*)\\]\\}", "$1"));
                    }
                });
        return said;
    }

    @Test
    void theTenThatDrawTheMostThenById() throws Exception {
        List<Entry> log = new ArrayList<>();
        for (int meter = 0; meter < 13; meter++) {
            // Two share each demand; ids of one length and of others, beyond what a row holds.
            String id = (meter % 2 == 0 ? "an-id-that-goes-on-and-on-" : "m") + meter;
            log.add(Entry.reading(T, 1, 5_000).of(id).demand(1_000L * (meter / 2)));
        }
        log.add(Entry.reading(T, 1, 0).of("g").commodity("gas").demand(1L).at("gcpvj0"));
        log.add(Entry.reading(T, 1, 0).of("back").demand(-9_000L));
        log.add(Entry.reading(T, 1, 0).of("unknown").demand(null));
        Map<String, String> largest = largest(log, T + 120_000);

        assertEquals(
                List.of(
                        MINUTE_END_MS
                                + " an-id-that-goes-on-and-on-12=6.000"
                                + " an-id-that-goes-on-and-on-10=5.000 m11=5.000"
                                + " an-id-that-goes-on-and-on-8=4.000 m9=4.000"
                                + " an-id-that-goes-on-and-on-6=3.000 m7=3.000"
                                + " an-id-that-goes-on-and-on-4=2.000 m5=2.000"
                                + " an-id-that-goes-on-and-on-2=1.000"),
                said(largest, "electricity power"));
        assertEquals(
                "{\"slice_end_ms\":%d,\"meters\":[{\"meter_id\":\"g\",\"area\":\"gcpvj\",\"value\":0.001}]}"
                        .formatted(MINUTE_END_MS),
                largest.get("gas power " + MINUTE_END_MS));
        assertEquals(List.of(), said(largest, "electricity energy"));
    }

    @Test
    void asOfTheEndOfTheMinuteAndOnlyIfOtherwise() throws Exception {
        List<Entry> log = new ArrayList<>();
        for (int second = 0; second < 240; second++) {
            long demand = second < 110 || second == 130 ? 7_000 : 8_000;
            log.add(Entry.reading(T + second * 1_000L, second, 0).demand(demand));
        }
        // Slices of five seconds: the one at 110 s is the last of the second minute.
        assertEquals(
                List.of(MINUTE_END_MS + " m=7.000", MINUTE_END_MS + 120_000 + " m=8.000"),
                said(largest(log, T + 400_000), "electricity power").subList(0, 2));
    }

    @Test
    void silentOnesAreNoLongerAmongThem() throws Exception {
        List<Entry> log = new ArrayList<>();
        log.add(Entry.announcement(T).cadenceMs(60_000L));
        log.add(Entry.announcement(T).of("n").cadenceMs(86_400_000L));
        log.add(Entry.reading(T, 1, 0).demand(9_000L));
        log.add(Entry.reading(T, 1, 0).of("n").demand(5_000L));
        assertEquals(
                List.of(
                        MINUTE_END_MS + " m=9.000 n=5.000",
                        // The value of m holds three cadences, into the fourth minute.
                        MINUTE_END_MS + 180_000 + " n=5.000",
                        // That of n three days; and of months of silence nothing is said.
                        MINUTE_END_MS + 3 * DAY_MS + ""),
                said(largest(log, T + 100 * DAY_MS), "electricity power"));
    }

    @Test
    void energyBeginsAgainWithTheDay() throws Exception {
        List<Entry> log = new ArrayList<>();
        for (int i = 0; i <= 4; i++) {
            log.add(Entry.reading(MIDNIGHT_MS - 120_000 + i * 60_000L, i, 1_000L * i).demand(1L));
            log.add(Entry.reading(MIDNIGHT_MS - 120_000 + i * 60_000L, i, 700L * i).of("n"));
        }
        // A reading on a minute is of the slice after it.
        assertEquals(
                List.of(
                        MIDNIGHT_MS + " m=1.000 n=0.700",
                        MIDNIGHT_MS + 60_000 + "",
                        MIDNIGHT_MS + 120_000 + " m=1.000 n=0.700",
                        MIDNIGHT_MS + 180_000 + " m=2.000 n=1.400",
                        MIDNIGHT_MS + DAY_MS + 60_000 + ""),
                said(largest(log, MIDNIGHT_MS + 3 * DAY_MS), "electricity energy"));
    }

    @Test
    void oneThatMovesIsSaidWhereItIsAndOneThatIsRemovedIsNot() throws Exception {
        List<Entry> log = new ArrayList<>();
        log.add(Entry.reading(T, 1, 0).demand(9_000L).at("u1003bc"));
        log.add(Entry.reading(T + 60_000, 2, 0).demand(9_000L).at("gcpvj0"));
        log.add(Entry.announcement(T + 120_000).removed());
        Map<String, String> largest = largest(log, T + 300_000);

        assertEquals(
                List.of("u1003", "gcpvj", ""),
                largest.values().stream()
                        .map(json -> json.replaceAll("(.*\"area\":\"(\\w+)\".*|.*\\[\\].*)", "$2"))
                        .toList());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aScanFindsWhatSortingFinds(long seed) throws Exception {
        Random random = new Random(seed);
        RowTable table = new RowTable(MeterState.OWN);
        List<Large> powers = new ArrayList<>();
        List<Large> energies = new ArrayList<>();
        for (int meter = 0; meter < 3_000; meter++) {
            String id = "x".repeat(random.nextInt(20)) + meter;
            int commodity = random.nextInt(3);
            int row = table.findOrAdd(new RowKey().set(StringData.fromString(id), commodity));
            int at = table.at(row) + RowTable.OWN;
            long power = random.nextInt(40) - 5L;
            long energy = random.nextInt(100) == 0 ? random.nextInt(9) : -1L;
            int area = random.nextInt(1 << 25);
            table.rows[at + MeterState.SHARE_AREA] =
                    (long) area << Share.AREA_SHIFT | Share.HOLDING;
            table.rows[at + MeterState.SHARE_DEMAND] = power;
            table.rows[at + MeterState.SHARE_ENERGY] = energy;
            if (commodity == 1) {
                powers.add(new Large(power, id, area));
                energies.add(new Large(energy, id, area));
            }
        }
        LargestScan scan = new LargestScan();
        // What it found before does not count.
        scan.of(table);
        scan.of(table);
        assertEquals(tenOf(powers), Large.read(scan.bytes(LargestRow.number(1, LargestRow.POWER))));
        assertEquals(
                tenOf(energies), Large.read(scan.bytes(LargestRow.number(1, LargestRow.ENERGY))));
    }

    private static List<Large> tenOf(List<Large> meters) {
        return meters.stream()
                .filter(meter -> meter.value() > 0)
                .sorted(
                        Comparator.comparing((Large meter) -> -meter.value())
                                .thenComparing(Large::meterId))
                .limit(10)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void anyNumberOfSubtasksFindsTheSame(long seed) throws Exception {
        List<Entry> log = new ArrayList<>();
        Random random = new Random(seed);
        for (int meter = 0; meter < 30; meter++) {
            // Some report each minute, some once, some after an hour: subtasks close other slices.
            int[] often = {1, 1, 4, 12};
            int readings = often[random.nextInt(often.length)];
            long apartMs = readings == 4 ? 3_600_000 : 60_000;
            for (int i = 0; i < readings; i++) {
                log.add(
                        Entry.reading(T + i * apartMs + random.nextInt(60_000), i, (long) i * meter)
                                .of("m" + meter)
                                .demand(random.nextInt(9) * 1_000L));
            }
        }
        log.sort(Comparator.comparingLong(entry -> entry.arrivalMs));
        long lastEndMs = MINUTE_END_MS + DAY_MS + 60_000;
        PlainLedger plain = new PlainLedger(log, LedgerRun.RULES, lastEndMs);
        LedgerRun.Stores stores = new LedgerRun.Stores();
        LedgerRun run = new LedgerRun(LedgerRun.RULES, 1, 1, 1, 99, null, stores);
        for (Entry entry : log) {
            run.read(0, entry);
            if (random.nextInt(8) == 0) {
                LedgerRun.Checkpoint checkpoint = run.checkpoint();
                run.close();
                int parallelism = 1 + random.nextInt(4);
                run = new LedgerRun(LedgerRun.RULES, 1, 1, parallelism, 99, checkpoint, stores);
            }
        }
        run.arrive(lastEndMs + LedgerRun.ON_TIME_MS);
        run.close();

        assertEquals(List.of(), stores.contradictions);
        assertEquals(lines(plain.largest), lines(stores.largest));
    }

    private static String lines(Map<String, String> largest) {
        Stream<String> lines =
                largest.entrySet().stream().map(each -> each.getKey() + ": " + each.getValue());
        return lines.collect(Collectors.joining("\n"));
    }

    @Test
    void areasAreSaidByName() {
        int area = Geohash.area(Geohash.pack("u1003bc".getBytes(StandardCharsets.US_ASCII)));
        byte[] value =
                (byte[]) LargestRow.row(3, 60_000, List.of(new Large(1, "m", area))).getField(3);
        assertEquals(
                "{\"slice_end_ms\":60000,\"meters\":"
                        + "[{\"meter_id\":\"m\",\"area\":\"u1003\",\"value\":0.001}]}",
                new String(value, StandardCharsets.UTF_8));
    }
}
