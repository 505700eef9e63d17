package io.wattstream.source;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.StreamMap;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.runtime.typeutils.RowDataSerializer;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.junit.jupiter.api.Test;

import java.util.List;

/** The largest arrival before a record, by partition, also through restores and rescales. */
class PartitionArrivalTest {
    private static final int MAX_PARALLELISM = 8;

    private static final RowDataSerializer TYPES =
            new RowDataSerializer(
                    new IntType(),
                    new LocalZonedTimestampType(3),
                    new BigIntType(),
                    new BigIntType());

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
                        new StreamMap<>(new PartitionArrival(0, 1, 2, 3)),
                        MAX_PARALLELISM,
                        parallelism,
                        index);
        harness.getExecutionConfig().enableObjectReuse();
        harness.setup(TYPES);
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
        subtask.processElement(
                new StreamRecord<>(
                        TYPES.toBinaryRow(
                                GenericRowData.of(
                                        partition, TimestampData.fromEpochMillis(ms), null, -7L))));
        List<RowData> rows = subtask.extractOutputValues();
        RowData row = rows.get(rows.size() - 1);
        assertEquals(partition, row.getInt(0));
        assertEquals(ms, row.getLong(2));
        return row.isNullAt(3) ? null : row.getLong(3);
    }
}
