package io.wattstream.readings.windows;

import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
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
import java.util.Arrays;
import java.util.Map;

/**
 * Makes slices of every meter from their parts, and minutes from slices: event-time windows, sent
 * when the watermark closes them. The time of a slice that goes out is its end, that of a minute,
 * which goes to a side output, its start.
 *
 * <p>Readings are counted in tables, one for each window and key group. A checkpoint takes what is
 * in them as one value of keyed state for each key group: bytes, which the state backend writes
 * beside the stream, and which fail, if they do, as all of its state does. State by meter would
 * cost a look-up, a copy and a timer for each meter and window, most of what a slice costs
 * otherwise.
 *
 * <p>A part whose slice is closed is dropped and counted, as windows of SQL do.
 *
 * <p>The row that goes out is the same object each time.
 */
public final class SliceOperator extends AbstractStreamOperator<RowData>
        implements OneInputStreamOperator<RowData, RowData> {
    private static final long serialVersionUID = 1L;
    private static final long MINUTE_MS = 60_000;

    /** Of the bytes of the state, besides what they say of slices and figures. */
    private static final int VERSION = 2;

    private static final int FIRST_BYTES = 64 * 1024;

    private static final ValueStateDescriptor<byte[]> STATE =
            new ValueStateDescriptor<>("tables", BytePrimitiveArraySerializer.INSTANCE);

    private final long sliceMs;
    private final OutputTag<RowData> minuteTag;
    private transient ValueState<byte[]> state;
    private transient int maxParallelism;
    private transient KeyGroupRange keyGroups;
    private transient int[] keys;
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
    public SliceOperator(long sliceMs, OutputTag<RowData> minuteTag) {
        this.sliceMs = sliceMs;
        this.minuteTag = minuteTag;
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
        commodities = new Commodities();
        slices = new OpenWindows(commodities, sliceMs, keyGroups.getNumberOfKeyGroups());
        minutes = new OpenWindows(commodities, MINUTE_MS, keyGroups.getNumberOfKeyGroups());
        watermarkMs = Long.MIN_VALUE;
        state = context.getKeyedStateStore().getState(STATE);
        keys = keysOfGroups();
        if (context.isRestored()) {
            restore();
        }
    }

    /** For each group the first number that is a key of it: its state is found by that. */
    private int[] keysOfGroups() {
        int[] found = new int[keyGroups.getNumberOfKeyGroups()];
        Arrays.fill(found, -1);
        int left = found.length;
        for (int key = 0; left > 0; key++) {
            int group =
                    KeyGroupRangeAssignment.assignToKeyGroup(key, maxParallelism)
                            - keyGroups.getStartKeyGroup();
            if (group >= 0 && group < found.length && found[group] < 0) {
                found[group] = key;
                left--;
            }
        }
        return found;
    }

    private void restore() throws IOException {
        long earliestMs = Long.MAX_VALUE;
        for (int group = 0; group < keys.length; group++) {
            setCurrentKey(keys[group]);
            byte[] bytes = state.value();
            if (bytes != null) {
                earliestMs = Math.min(earliestMs, read(group, new DataInputDeserializer(bytes)));
            }
        }
        watermarkMs = earliestMs == Long.MAX_VALUE ? Long.MIN_VALUE : earliestMs;
    }

    /** Adds what a group held, and returns the watermark of then. */
    private long read(int group, DataInputView in) throws IOException {
        check("version", in.readInt(), VERSION);
        check("slices of ms", in.readLong(), sliceMs);
        check("figures", in.readUTF(), Figure.columns());
        long stateWatermarkMs = in.readLong();
        // Groups of several subtasks of before may number the commodities differently.
        int[] numbers = new int[in.readInt()];
        for (int number = 0; number < numbers.length; number++) {
            numbers[number] = commodities.number(StringData.fromString(in.readUTF()));
        }
        slices.read(group, in, numbers);
        minutes.read(group, in, numbers);
        return stateWatermarkMs;
    }

    private static void check(String what, Object found, Object wanted) {
        if (!found.equals(wanted)) {
            throw new IllegalStateException(
                    "The state of slices has %s %s, and this job %s: start it without that state."
                            .formatted(what, found, wanted));
        }
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        DataOutputSerializer out = new DataOutputSerializer(FIRST_BYTES);
        for (int group = 0; group < keys.length; group++) {
            out.clear();
            write(group, out);
            setCurrentKey(keys[group]);
            state.update(out.getCopyOfBuffer());
        }
    }

    private void write(int group, DataOutputView out) throws IOException {
        out.writeInt(VERSION);
        out.writeLong(sliceMs);
        out.writeUTF(Figure.columns());
        out.writeLong(watermarkMs);
        out.writeInt(commodities.size());
        for (int number = 0; number < commodities.size(); number++) {
            out.writeUTF(commodities.text(number).toString());
        }
        slices.write(group, out);
        minutes.write(group, out);
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
        // No meter has state of its own.
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
        // After a restore time begins anew, and has not come as far at first.
        watermarkMs = Math.max(watermarkMs, mark.getTimestamp());
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
