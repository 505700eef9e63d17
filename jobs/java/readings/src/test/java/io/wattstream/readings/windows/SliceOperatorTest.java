package io.wattstream.readings.windows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.util.OutputTag;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;

/** Slices and minutes of parts: what is in them, when they go out, and what a checkpoint keeps. */
class SliceOperatorTest {
    private static final long SLICE_MS = 5_000;
    private static final long MINUTE_MS = 60_000;
    private static final int MAX_PARALLELISM = 8;
    private static final OutputTag<RowData> MINUTES =
            new OutputTag<>("minutes", InternalTypeInfo.of(MeterRow.type("minute_ms")));

    @Test
    void partsOfAMeterBecomeOneSliceWhenTheWatermarkClosesIt() throws Exception {
        try (Subtask subtask = subtask(1, 0, null)) {
            subtask.processElement(
                    part("a", "gcpvj", "gas", 10_000, 2, 5, 7, 50, 90, 5, 9, 3, 1, 2));
            subtask.processElement(part("b", "gcpvj", "gas", 10_000, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
            subtask.processElement(
                    part("a", "gcpvk", "gas", 10_000, 1, 6, 6, 40, 40, 4, 4, -8, -8, -8));
            subtask.processWatermark(new Watermark(14_998));
            assertEquals(List.of(), slices(subtask));

            subtask.processWatermark(new Watermark(14_999));

            assertEquals(
                    List.of(
                            "a gcpvk gas 15000: 3 5 7 40 90 4 9 -5 -8 2",
                            "b gcpvj gas 15000: 1 1 1 1 1 1 1 1 1 1"),
                    slices(subtask).stream().sorted().toList());
            assertEquals(List.of(), minutes(subtask));
        }
    }

    @Test
    void rowsHaveTheLastMillisecondOfTheirWindowAsTheirTimeAndComeBeforeTheWatermark()
            throws Exception {
        try (Subtask subtask = subtask(1, 0, null)) {
            subtask.processElement(part("a", "gcpvj", "gas", 55_000, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
            subtask.processWatermark(new Watermark(59_999));

            Object[] sent = subtask.getOutput().toArray();
            assertEquals(59_999, ((StreamRecord<?>) sent[0]).getTimestamp());
            assertEquals(new Watermark(59_999), sent[1]);
            assertEquals(59_999, subtask.getSideOutput(MINUTES).peek().getTimestamp());
        }
    }

    @Test
    void aMinuteIsMadeOfItsSlices() throws Exception {
        try (Subtask subtask = subtask(1, 0, null)) {
            subtask.processElement(part("a", "gcpvj", "gas", 60_000, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9));
            subtask.processElement(
                    part("a", "gcpvj", "gas", 115_000, 3, 0, 9, 2, 5, 4, 7, 10, 2, 12));
            subtask.processElement(
                    part("a", "gcpvj", "gas", 120_000, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
            subtask.processWatermark(new Watermark(119_998));
            assertEquals(List.of(), minutes(subtask));

            subtask.processWatermark(new Watermark(119_999));

            assertEquals(List.of("a gcpvj gas 60000: 5 0 9 2 5 4 7 17 2 12"), minutes(subtask));
        }
    }

    @Test
    void aPartOfAClosedSliceIsDroppedAndCounted() throws Exception {
        try (Subtask subtask = subtask(1, 0, null)) {
            subtask.processWatermark(new Watermark(14_999));
            subtask.processElement(part("a", "gcpvj", "gas", 10_000, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
            subtask.processWatermark(new Watermark(MINUTE_MS));

            assertEquals(List.of(), slices(subtask));
            assertEquals(List.of(), minutes(subtask));
            assertEquals(1, subtask.dropped());
        }
    }

    @Test
    void aPartOfASliceThatWasClosedBeforeARestoreIsDroppedAndCounted() throws Exception {
        OperatorSubtaskState state;
        try (Subtask subtask = subtask(1, 0, null)) {
            subtask.processWatermark(new Watermark(14_999));
            state = subtask.snapshot(1, 1);
        }
        try (Subtask subtask = subtask(1, 0, state)) {
            subtask.processWatermark(new Watermark(4_999));
            subtask.processElement(part("a", "gcpvj", "gas", 10_000, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
            subtask.processElement(part("a", "gcpvj", "gas", 15_000, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
            subtask.processWatermark(new Watermark(19_999));

            assertEquals(List.of("a gcpvj gas 20000: 1 1 1 1 1 1 1 1 1 1"), slices(subtask));
            assertEquals(1, subtask.dropped());
        }
    }

    @Test
    void theStateOfOtherSlicesIsRefused() throws Exception {
        OperatorSubtaskState state;
        try (Subtask subtask = subtask(1, 0, null)) {
            state = subtask.snapshot(1, 1);
        }
        Subtask other = new Subtask(new SliceOperator(1_000, MINUTES), 1, 0);

        var refusal = assertThrows(IllegalStateException.class, () -> other.initializeState(state));

        assertTrue(refusal.getMessage().contains("slices of ms 5000, and this job 1000: start"));
    }

    @Test
    void ofSeveralCommoditiesTheLastInTheAlphabetIsKept() throws Exception {
        try (Subtask subtask = subtask(1, 0, null)) {
            for (String commodity : List.of("gas", "water", "electricity")) {
                subtask.processElement(
                        part("a", "gcpvj", commodity, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
            }
            subtask.processWatermark(new Watermark(4_999));

            assertEquals(List.of("a gcpvj water 5000: 3 1 1 1 1 1 1 3 1 1"), slices(subtask));
        }
    }

    @Test
    void whatACheckpointKeepsIsSharedOutAmongMoreAndFewerSubtasks() throws Exception {
        Random random = new Random(6);
        Map<String, long[]> wanted = new TreeMap<>();
        List<String> found = new ArrayList<>();
        List<String> foundMinutes = new ArrayList<>();
        OperatorSubtaskState state = null;
        int before = 1;
        long nowMs = 0;
        for (int parallelism : new int[] {1, 3, 2, 1}) {
            List<Subtask> subtasks = new ArrayList<>();
            for (int index = 0; index < parallelism; index++) {
                OperatorSubtaskState share =
                        state == null
                                ? null
                                : AbstractStreamOperatorTestHarness.repartitionOperatorState(
                                        state, MAX_PARALLELISM, before, parallelism, index);
                subtasks.add(subtask(parallelism, index, share));
            }
            for (int n = 0; n < 5_000; n++) {
                nowMs += random.nextInt(20);
                StreamRecord<RowData> part = randomPart(random, nowMs);
                add(wanted, part.getValue());
                subtasks.get(indexOf(part.getValue(), parallelism)).processElement(part);
                if (random.nextInt(500) == 0) {
                    for (Subtask subtask : subtasks) {
                        subtask.processWatermark(new Watermark(nowMs - 20_000));
                    }
                }
            }
            OperatorSubtaskState[] states = new OperatorSubtaskState[parallelism];
            for (int index = 0; index < parallelism; index++) {
                states[index] = subtasks.get(index).snapshot(1, 1);
            }
            state = AbstractStreamOperatorTestHarness.repackageState(states);
            before = parallelism;
            for (Subtask subtask : subtasks) {
                if (parallelism == 1 && nowMs > 150_000) {
                    subtask.processWatermark(Watermark.MAX_WATERMARK);
                }
                found.addAll(slices(subtask));
                foundMinutes.addAll(minutes(subtask));
                subtask.close();
            }
        }

        assertEquals(texts(wanted, SLICE_MS, SLICE_MS), found.stream().sorted().toList());
        assertEquals(texts(wanted, MINUTE_MS, 0), foundMinutes.stream().sorted().toList());
        assertTrue(found.size() > 1_000);
        assertTrue(foundMinutes.size() > 100);
    }

    private static StreamRecord<RowData> randomPart(Random random, long nowMs) {
        int number = random.nextInt(60);
        String meter = (number % 3 == 0 ? "meter-with-a-long-name-" : "m") + number;
        // The second commodity is met first in some subtasks only.
        String commodity = number % 2 == 0 ? "water" : "electricity";
        long[] figures = new long[Figure.COUNT];
        for (int i = 0; i < figures.length; i++) {
            figures[i] = random.nextLong() >> 16;
        }
        figures[0] = 1L + random.nextInt(5);
        long startMs = (nowMs - random.nextInt(10_000) + 10_000) / SLICE_MS * SLICE_MS;
        return part(meter, "gcpvj", commodity, startMs, figures);
    }

    private static int indexOf(RowData part, int parallelism) {
        return KeyGroupRangeAssignment.assignKeyToParallelOperator(
                MeterRow.meterHash(part), MAX_PARALLELISM, parallelism);
    }

    private static void add(Map<String, long[]> windows, RowData part) {
        String who = part.getString(0) + " " + part.getString(1) + " " + part.getString(2);
        for (long lengthMs : new long[] {SLICE_MS, MINUTE_MS}) {
            String key = lengthMs + "/" + who + "/" + MeterRow.timeMs(part) / lengthMs * lengthMs;
            windows.merge(key, MeterRows.figures(part), MeterRows::sum);
        }
    }

    private static List<String> texts(Map<String, long[]> windows, long lengthMs, long toTimeMs) {
        List<String> texts = new ArrayList<>();
        windows.forEach(
                (key, figures) -> {
                    String[] parts = key.split("/", -1);
                    if (parts[0].equals(String.valueOf(lengthMs))) {
                        long timeMs = Long.parseLong(parts[2]) + toTimeMs;
                        texts.add(MeterRows.text(parts[1], timeMs, figures));
                    }
                });
        return texts.stream().sorted().toList();
    }

    private static StreamRecord<RowData> part(
            String meter, String geohash, String commodity, long startMs, long... figures) {
        return new StreamRecord<>(
                MeterRows.row(meter, geohash, commodity, startMs, figures), startMs);
    }

    private static List<String> slices(Subtask subtask) {
        return MeterRows.sent(subtask.getOutput()).stream().map(MeterRows::text).toList();
    }

    private static List<String> minutes(Subtask subtask) {
        Queue<StreamRecord<RowData>> sent = subtask.getSideOutput(MINUTES);
        return sent == null
                ? List.of()
                : sent.stream().map(each -> MeterRows.text(each.getValue())).toList();
    }

    private static Subtask subtask(int parallelism, int index, OperatorSubtaskState state)
            throws Exception {
        Subtask subtask = new Subtask(new SliceOperator(SLICE_MS, MINUTES), parallelism, index);
        // As between tasks: the operator goes on with the row that it has sent.
        subtask.setup(new RowDataSerializer(MeterRow.type("slice_end_ms")));
        if (state != null) {
            subtask.initializeState(state);
        }
        subtask.open();
        return subtask;
    }

    private static final class Subtask
            extends KeyedOneInputStreamOperatorTestHarness<Integer, RowData, RowData> {
        Subtask(SliceOperator operator, int parallelism, int index) throws Exception {
            super(operator, MeterRow::meterHash, Types.INT, MAX_PARALLELISM, parallelism, index);
        }

        long dropped() {
            return ((SliceOperator) getOperator()).late().getCount();
        }
    }
}
