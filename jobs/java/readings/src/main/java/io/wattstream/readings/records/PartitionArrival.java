package io.wattstream.readings.records;

import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.table.data.RowData;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Fills in each record's row the largest arrival of its partition before it, in epoch milliseconds;
 * it stays null for the first. It must be chained to the source, whose rows can be filled in.
 *
 * <p>The state is one list of (partition, largest arrival) that each subtask gets whole at a
 * restore: after a rescale a partition may be read by another subtask. What a subtask keeps of
 * partitions that it no longer reads is never larger than the truth, so taking the largest per
 * partition is right.
 *
 * <p>The row that goes out is the one that came in, which is new for each record: a row around it
 * would cost whoever reads its columns more than all else here.
 */
public final class PartitionArrival implements MapFunction<RowData, RowData>, CheckpointedFunction {
    private static final long serialVersionUID = 1L;
    private static final long NONE = Long.MIN_VALUE;
    private static final ListStateDescriptor<Tuple2<Integer, Long>> STATE =
            new ListStateDescriptor<>(
                    "largest-arrival-by-partition", Types.TUPLE(Types.INT, Types.LONG));

    private final RecordRow columns;
    private transient ListState<Tuple2<Integer, Long>> state;
    private transient long[] largestByPartition;

    /**
     * @param columns of the rows that come in and go out
     */
    public PartitionArrival(RecordRow columns) {
        this.columns = columns;
    }

    @Override
    public RowData map(RowData row) {
        int partition = columns.partition(row);
        long largest = largest(partition);
        if (largest != NONE) {
            columns.setPartitionArrivalMs(row, largest);
        }
        raise(partition, columns.arrivalMs(row));
        return row;
    }

    private long largest(int partition) {
        return partition < largestByPartition.length ? largestByPartition[partition] : NONE;
    }

    private void raise(int partition, long arrivalMs) {
        int known = largestByPartition.length;
        if (partition >= known) {
            largestByPartition = Arrays.copyOf(largestByPartition, partition + 1);
            Arrays.fill(largestByPartition, known, partition + 1, NONE);
        }
        largestByPartition[partition] = Math.max(largestByPartition[partition], arrivalMs);
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        largestByPartition = new long[0];
        state = context.getOperatorStateStore().getUnionListState(STATE);
        for (Tuple2<Integer, Long> entry : state.get()) {
            raise(entry.f0, entry.f1);
        }
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        List<Tuple2<Integer, Long>> entries = new ArrayList<>();
        for (int partition = 0; partition < largestByPartition.length; partition++) {
            if (largestByPartition[partition] != NONE) {
                entries.add(Tuple2.of(partition, largestByPartition[partition]));
            }
        }
        state.update(entries);
    }
}
