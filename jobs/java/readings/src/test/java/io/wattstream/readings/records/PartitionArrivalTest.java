package io.wattstream.readings.records;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wattstream.readings.decoding.ReadingDecoder;

import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.StreamMap;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.junit.jupiter.api.Test;

import java.util.List;

/** The largest arrival before a record, by partition, also through restores and rescales. */
class PartitionArrivalTest {
    private static final int MAX_PARALLELISM = 8;

    private static final RecordRow ROW = RecordRow.of("seq");
    private static final ReadingDecoder NO_MESSAGE = new ReadingDecoder();

    static {
        NO_MESSAGE.decode(null);
    }

    @Test
    void saysTheLargestArrivalOfThePartitionBeforeTheRecord() throws Exception {
        try (var subtask = subtask(1, 0, null)) {
            assertEquals(null, arrive(subtask, 3, 100));
            assertEquals(100L, arrive(subtask, 3, 90));
            assertEquals(100L, arrive(subtask, 3, 120));
            assertEquals(120L, arrive(subtask, 3, 120));
            assertEquals(null, arrive(subtask, 0, 50));
            assertEquals(null, arrive(subtask, 7, -1));
            assertEquals(-1L, arrive(subtask, 7, 0));
        }
    }

    @Test
    void goesOnAfterARestore() throws Exception {
        OperatorSubtaskState state;
        try (var subtask = subtask(1, 0, null)) {
            arrive(subtask, 1, 100);
            arrive(subtask, 1, 80);
            state = subtask.snapshot(1, 1);
            arrive(subtask, 1, 500);
        }
        try (var subtask = subtask(1, 0, state)) {
            assertEquals(100L, arrive(subtask, 1, 110));
            assertEquals(null, arrive(subtask, 0, 110));
        }
    }

    @Test
    void aPartitionMayMoveToAnotherSubtaskAndBack() throws Exception {
        OperatorSubtaskState two;
        try (var left = subtask(2, 0, null);
                var right = subtask(2, 1, null)) {
            arrive(left, 0, 100);
            arrive(right, 1, 200);
            two =
                    AbstractStreamOperatorTestHarness.repackageState(
                            left.snapshot(1, 1), right.snapshot(1, 1));
        }
        OperatorSubtaskState swapped;
        try (var left = subtask(2, 0, two);
                var right = subtask(2, 1, two)) {
            assertEquals(200L, arrive(left, 1, 300));
            assertEquals(100L, arrive(right, 0, 150));
            swapped =
                    AbstractStreamOperatorTestHarness.repackageState(
                            left.snapshot(2, 2), right.snapshot(2, 2));
        }
        try (var one = subtask(1, 0, swapped)) {
            assertEquals(150L, arrive(one, 0, 0));
            assertEquals(300L, arrive(one, 1, 0));
        }
    }

    private static OneInputStreamOperatorTestHarness<RowData, RowData> subtask(
            int parallelism, int index, OperatorSubtaskState state) throws Exception {
        var harness =
                new OneInputStreamOperatorTestHarness<RowData, RowData>(
                        new StreamMap<>(new PartitionArrival(ROW)),
                        MAX_PARALLELISM,
                        parallelism,
                        index);
        harness.getExecutionConfig().enableObjectReuse();
        harness.setup(new RowDataSerializer(ROW.type()));
        if (state != null) {
            harness.initializeState(state);
        }
        harness.open();
        return harness;
    }

    /** Sends one record, and returns the largest arrival before it. */
    private static Long arrive(
            OneInputStreamOperatorTestHarness<RowData, RowData> subtask, int partition, long ms)
            throws Exception {
        subtask.processElement(new StreamRecord<>(ROW.row(NO_MESSAGE, partition, 0, ms, false)));
        List<RowData> rows = subtask.extractOutputValues();
        RowData row = rows.get(rows.size() - 1);
        assertEquals(partition, ROW.partition(row));
        assertEquals(ms, ROW.arrivalMs(row));
        int largest = ROW.type().getFieldIndex("partition_arrival_ms");
        return row.isNullAt(largest) ? null : row.getLong(largest);
    }
}
