package io.wattstream.readings.windows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.binary.BinaryRowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.VarCharType;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Parts of slices: what is in them, and when they go out. */
class PartialSliceOperatorTest {
    /** As a meter's id begins that has no room in a row. */
    private static final String LONG = "x".repeat(17);

    private static final long SLICE_MS = 5_000;
    private static final PartialSliceOperator.Columns COLUMNS =
            new PartialSliceOperator.Columns(0, 1, 2, 3, 4, 5, 6, 7);

    private static final RowDataSerializer COPIES = new RowDataSerializer(types());

    @Test
    void readingsOfAMeterInASliceBecomeOneRow() throws Exception {
        try (var subtask = subtask(100)) {
            read(subtask, "a", "gcpvj", "gas", 10_000, 7, 70, 700, -3);
            read(subtask, "a", "gcpvk", "gas", 14_999, 5, 90, 650, 4);
            read(subtask, "a", "gcpvh", "gas", 12_000, 9, 80, 900, 0);
            subtask.processWatermark(new Watermark(14_998));
            assertEquals(List.of(), rows(subtask));

            subtask.processWatermark(new Watermark(14_999));

            assertEquals(List.of("a gcpvk gas 10000: 3 5 9 70 90 650 900 1 -3 4"), rows(subtask));
        }
    }

    @Test
    void aSliceGoesOutBeforeTheWatermarkThatClosesIt() throws Exception {
        try (var subtask = subtask(100)) {
            read(subtask, "a", "gcpvj", "gas", 0, 1, 1, 1, 1);
            subtask.processWatermark(new Watermark(4_999));

            Object[] sent = subtask.getOutput().toArray();
            assertTrue(sent[0] instanceof StreamRecord);
            assertEquals(new Watermark(4_999), sent[1]);
        }
    }

    @Test
    void allGoesOutBeforeABarrierAndTheRestOfTheSliceIsAPartOfItsOwn() throws Exception {
        try (var subtask = subtask(100)) {
            read(subtask, "a", "gcpvj", "gas", 1_000, 1, 1, 10, 5);
            read(subtask, "a", "gcpvj", "gas", 6_000, 6, 6, 60, 6);
            subtask.prepareSnapshotPreBarrier(1);
            assertEquals(
                    List.of(
                            "a gcpvj gas 0: 1 1 1 1 1 10 10 5 5 5",
                            "a gcpvj gas 5000: 1 6 6 6 6 60 60 6 6 6"),
                    rows(subtask));

            read(subtask, "a", "gcpvj", "gas", 2_000, 2, 2, 20, 7);
            subtask.processWatermark(new Watermark(20_000));

            assertEquals("a gcpvj gas 0: 1 2 2 2 2 20 20 7 7 7", rows(subtask).get(2));
            assertEquals(3, rows(subtask).size());
        }
    }

    @Test
    void nothingIsHeldBeyondTheLimitOrTheEnd() throws Exception {
        try (var subtask = subtask(MeterBatch.MOST)) {
            for (int meter = 0; meter < 2 * MeterBatch.MOST; meter++) {
                assertEquals(0, rows(subtask).size());
                read(subtask, "m" + meter, "gcpvj", "gas", 7_000L * (meter % 4), 1, 1, 1, 1);
            }
            assertEquals(2 * MeterBatch.MOST, rows(subtask).size());
            read(subtask, "the last", "gcpvj", "gas", 0, 1, 1, 1, 1);
            subtask.endInput();
            subtask.getOperator().finish();
            assertEquals(2 * MeterBatch.MOST + 1, rows(subtask).size());
        }
    }

    @Test
    void textsMayChangeOnceTheReadingIsCounted() throws Exception {
        try (var subtask = subtask(100)) {
            BinaryRowData reused = new BinaryRowData(8);
            for (String meter : List.of("aaaa", "bbbb", "aaaa")) {
                RowData reading =
                        reading(
                                LONG + meter,
                                "gcpv" + meter.replace('a', 'c'),
                                "gas",
                                0,
                                1,
                                1,
                                1,
                                1);
                COPIES.toBinaryRow(reading).copy(reused);
                subtask.processElement(new StreamRecord<>(reused));
            }
            subtask.processWatermark(new Watermark(10_000));

            assertEquals(
                    List.of(
                            LONG + "aaaa gcpvcccc gas 0: 2 1 1 1 1 1 1 2 1 1",
                            LONG + "bbbb gcpvbbbb gas 0: 1 1 1 1 1 1 1 1 1 1"),
                    rows(subtask).stream().sorted().toList());
        }
    }

    @Test
    void idsThatBeginAlikeAreNotTheSameMeter() throws Exception {
        List<String> meters = new ArrayList<>();
        for (int length = 1; length <= 64; length++) {
            meters.add("m".repeat(length));
            meters.add("m".repeat(length - 1) + "x");
        }
        try (var subtask = subtask(1_000)) {
            for (int n = 0; n < 3; n++) {
                for (String meter : meters) {
                    read(subtask, meter, "gcpvj", "gas", 0, 1, 1, 1, 1);
                }
            }
            subtask.processWatermark(new Watermark(10_000));

            assertEquals(
                    meters.stream()
                            .map(meter -> meter + " gcpvj gas 0: 3 1 1 1 1 1 1 3 1 1")
                            .sorted()
                            .toList(),
                    rows(subtask).stream().sorted().toList());
        }
    }

    @Test
    void partsAddUpToWhatAPlainMapSays() throws Exception {
        Random random = new Random(6);
        Map<String, long[]> wanted = new TreeMap<>();
        try (var subtask = subtask(1_000)) {
            for (int n = 0; n < 50_000; n++) {
                int number = random.nextInt(400);
                String meter = (number % 3 == 0 ? "meter-with-a-long-name-" : "m") + number;
                long ts = n / 2L + random.nextInt(9_000);
                long[] figures = {
                    random.nextInt(1_000),
                    random.nextLong() >>> 8,
                    random.nextInt(),
                    -random.nextInt()
                };
                read(
                        subtask,
                        meter,
                        "gcpvj",
                        "gas",
                        ts,
                        figures[0],
                        figures[1],
                        figures[2],
                        figures[3]);
                add(wanted, meter + " " + ts / SLICE_MS * SLICE_MS, 1, figures);
                if (random.nextInt(2_000) == 0) {
                    subtask.processWatermark(new Watermark(n / 2 - 1));
                }
                if (random.nextInt(5_000) == 0) {
                    subtask.prepareSnapshotPreBarrier(n);
                }
            }
            subtask.processWatermark(Watermark.MAX_WATERMARK);
            Map<String, long[]> found = new TreeMap<>();
            for (RowData part : MeterRows.sent(subtask.getOutput())) {
                merge(found, part);
            }

            assertEquals(texts(wanted), texts(found));
            assertFalse(wanted.isEmpty());
        }
    }

    private static void add(Map<String, long[]> slices, String key, long readings, long[] f) {
        slices.merge(
                key,
                new long[] {readings, f[0], f[0], f[1], f[1], f[2], f[2], f[3], f[3], f[3]},
                MeterRows::sum);
    }

    private static void merge(Map<String, long[]> slices, RowData part) {
        String key = part.getString(0) + " " + MeterRow.timeMs(part);
        slices.merge(key, MeterRows.figures(part), MeterRows::sum);
    }

    private static Map<String, String> texts(Map<String, long[]> slices) {
        Map<String, String> texts = new HashMap<>();
        slices.forEach((key, figures) -> texts.put(key, Arrays.toString(figures)));
        return texts;
    }

    private static OneInputStreamOperatorTestHarness<RowData, RowData> subtask(int most)
            throws Exception {
        var harness =
                new OneInputStreamOperatorTestHarness<RowData, RowData>(
                        new PartialSliceOperator(COLUMNS, SLICE_MS, most), 1, 1, 0);
        // As between tasks: the operator goes on with the row that it has sent.
        harness.setup(new RowDataSerializer(MeterRow.type("slice_start_ms")));
        harness.open();
        return harness;
    }

    private static void read(
            OneInputStreamOperatorTestHarness<RowData, RowData> subtask,
            String meter,
            String geohash,
            String commodity,
            long ts,
            long seq,
            long stamped,
            long register,
            long demand)
            throws Exception {
        subtask.processElement(
                new StreamRecord<>(
                        reading(meter, geohash, commodity, ts, seq, stamped, register, demand)));
    }

    private static RowData reading(
            String meter,
            String geohash,
            String commodity,
            long ts,
            long seq,
            long stamped,
            long register,
            long demand) {
        return GenericRowData.of(
                StringData.fromString(meter),
                StringData.fromString(geohash),
                StringData.fromString(commodity),
                seq,
                stamped,
                register,
                demand,
                ts);
    }

    private static List<String> rows(OneInputStreamOperatorTestHarness<RowData, RowData> subtask) {
        return MeterRows.sent(subtask.getOutput()).stream().map(MeterRows::text).toList();
    }

    private static LogicalType[] types() {
        LogicalType text = new VarCharType(VarCharType.MAX_LENGTH);
        LogicalType number = new BigIntType();
        return new LogicalType[] {text, text, text, number, number, number, number, number};
    }
}
