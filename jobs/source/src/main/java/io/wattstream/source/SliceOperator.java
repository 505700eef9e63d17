package io.wattstream.source;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataInputViewStreamWrapper;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.core.memory.DataOutputViewStreamWrapper;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.KeyGroupStatePartitionStreamProvider;
import org.apache.flink.runtime.state.KeyedStateCheckpointOutputStream;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.util.OutputTag;

import java.io.IOException;
import java.util.Map;

/**
 * Makes slices of every meter from their parts, and minutes from slices: event-time windows, sent
 * when the watermark closes them. The time of a slice that goes out is its end, that of a minute,
 * which goes to a side output, its start.
 *
 * <p>State is raw and keyed: all tables, by the key group of the meter, written while a checkpoint's
 * barrier is handled. A state backend's state would cost a look-up, a copy and a timer for each
 * meter and window, most of what a slice costs otherwise.
 *
 * <p>A part whose slice is closed is dropped and counted, as windows of SQL do. The watermark is not
 * state: a part goes out before the watermark that closes its slice, also after a restore.
 *
 * <p>The row that goes out is the same object each time.
 */
final class SliceOperator extends AbstractStreamOperator<RowData>
        implements OneInputStreamOperator<RowData, RowData> {
    private static final long serialVersionUID = 1L;
    private static final long MINUTE_MS = 60_000;

    private final long sliceMs;
    private final OutputTag<RowData> minuteTag;
    private transient int maxParallelism;
    private transient KeyGroupRange keyGroups;
    private transient Commodities commodities;
    private transient OpenWindows slices;
    private transient OpenWindows minutes;
    private transient long watermarkMs;
    private transient Counter late;
    private transient Counter sent;
    private transient GenericRowData row;
    private transient StreamRecord<RowData> out;

    /**
     * @param sliceMs length of a slice, which divides a minute
     * @param minuteTag where minutes go
     */
    SliceOperator(long sliceMs, OutputTag<RowData> minuteTag) {
        this.sliceMs = sliceMs;
        this.minuteTag = minuteTag;
    }

    @Override
    public boolean isUsingCustomRawKeyedState() {
        return true;
    }

    @Override
    public void initializeState(StateInitializationContext context) throws Exception {
        super.initializeState(context);
        var task = getRuntimeContext().getTaskInfo();
        maxParallelism = task.getMaxNumberOfParallelSubtasks();
        keyGroups =
                KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(
                        maxParallelism,
                        task.getNumberOfParallelSubtasks(),
                        task.getIndexOfThisSubtask());
        int groups = keyGroups.getNumberOfKeyGroups();
        commodities = new Commodities();
        slices = new OpenWindows(commodities, sliceMs, groups);
        minutes = new OpenWindows(commodities, MINUTE_MS, groups);
        watermarkMs = Long.MIN_VALUE;
        for (KeyGroupStatePartitionStreamProvider group : context.getRawKeyedStateInputs()) {
            read(group);
        }
    }

    private void read(KeyGroupStatePartitionStreamProvider provider) throws IOException {
        DataInputView in = new DataInputViewStreamWrapper(provider.getStream());
        int group = provider.getKeyGroupId() - keyGroups.getStartKeyGroup();
        // Groups of several subtasks of before may number the commodities differently.
        int[] numbers = new int[in.readInt()];
        for (int number = 0; number < numbers.length; number++) {
            numbers[number] = commodities.number(StringData.fromString(in.readUTF()));
        }
        slices.read(group, in, numbers);
        minutes.read(group, in, numbers);
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        KeyedStateCheckpointOutputStream stream = context.getRawKeyedOperatorStateOutput();
        DataOutputView view = new DataOutputViewStreamWrapper(stream);
        for (int group = 0; group < keyGroups.getNumberOfKeyGroups(); group++) {
            stream.startNewKeyGroup(keyGroups.getStartKeyGroup() + group);
            view.writeInt(commodities.size());
            for (int number = 0; number < commodities.size(); number++) {
                view.writeUTF(commodities.text(number).toString());
            }
            slices.write(group, view);
            minutes.write(group, view);
        }
    }

    @Override
    public void open() throws Exception {
        super.open();
        late = getMetricGroup().counter("numLateRecordsDropped");
        sent = getMetricGroup().counter("slices");
        row = MeterRow.empty();
        out = new StreamRecord<>(row);
    }

    @Override
    @SuppressWarnings("rawtypes")
    public void setKeyContextElement1(StreamRecord element) {
        // No state of the backend's is used.
    }

    @Override
    public void processElement(StreamRecord<RowData> element) {
        RowData part = element.getValue();
        long startMs = MeterRow.timeMs(part);
        if (slices.isClosed(startMs, watermarkMs)) {
            late.inc();
            return;
        }
        int keyGroup =
                KeyGroupRangeAssignment.assignToKeyGroup(MeterRow.meterHash(part), maxParallelism);
        MeterRow.addTo(slices.table(startMs, keyGroup - keyGroups.getStartKeyGroup()), part);
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        watermarkMs = mark.getTimestamp();
        Map.Entry<Long, MeterTable[]> closed;
        while ((closed = slices.pollClosed(watermarkMs)) != null) {
            sendSlices(closed.getKey(), closed.getValue());
            slices.giveBack(closed.getValue());
        }
        while ((closed = minutes.pollClosed(watermarkMs)) != null) {
            sendMinutes(closed.getKey(), closed.getValue());
            minutes.giveBack(closed.getValue());
        }
        super.processWatermark(mark);
    }

    /** Parts that were dropped. */
    Counter late() {
        return late;
    }

    private void sendSlices(long startMs, MeterTable[] tables) {
        Long endMs = startMs + sliceMs;
        for (int group = 0; group < tables.length; group++) {
            MeterTable slice = tables[group];
            MeterTable minute = minutes.table(startMs, group);
            for (int number = 0; number < slice.size(); number++) {
                minute.addRow(slice, number);
                MeterRow.fill(row, slice, number, endMs);
                output.collect(out.replace(row, endMs - 1));
            }
            sent.inc(slice.size());
        }
    }

    private void sendMinutes(Long startMs, MeterTable[] tables) {
        for (MeterTable minute : tables) {
            for (int number = 0; number < minute.size(); number++) {
                MeterRow.fill(row, minute, number, startMs);
                output.collect(minuteTag, out.replace(row, startMs + MINUTE_MS - 1));
            }
        }
    }
}
