package io.wattstream.readings.ledger;

import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.RowData;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.ScheduledFuture;

/**
 * An operator that keeps tables for each group of keys, instead of state for each key.
 *
 * <p>A checkpoint takes what is in them as one value of keyed state for each group: bytes, which
 * the state backend writes beside the stream, and which fail, if they do, as all of its state does.
 * State by key would cost a look-up, a copy and a timer for each key and window, most of what a
 * slice costs otherwise.
 */
abstract class GroupedOperator extends AbstractStreamOperator<RowData> {
    private static final long serialVersionUID = 1L;
    private static final long TICK_MS = 5_000;
    private static final int FIRST_BYTES = 64 * 1024;
    private static final ValueStateDescriptor<byte[]> STATE =
            new ValueStateDescriptor<>("tables", BytePrimitiveArraySerializer.INSTANCE);

    /** What the state is of: the rules by which it was made. */
    private final String rules;

    private transient ValueState<byte[]> state;
    private transient int maxParallelism;
    private transient KeyGroupRange keyGroups;
    private transient int[] keys;
    private transient ScheduledFuture<?> timer;

    /** The largest watermark so far, also of before a restore. */
    protected transient long watermarkMs;

    /** Whether it goes on from the state of another run. */
    protected transient boolean isRestored;

    GroupedOperator(String rules) {
        this.rules = rules;
    }

    /** Makes empty tables for so many groups. */
    protected abstract void create(int groups);

    /** Writes what the tables hold of a group. */
    protected abstract void write(int group, DataOutputView out) throws IOException;

    /** Adds what {@link #write} wrote. */
    protected abstract void read(int group, DataInputView in) throws IOException;

    /** Number of the group of a key's hash, from 0. */
    protected int groupOf(int hash) {
        return KeyGroupRangeAssignment.assignToKeyGroup(hash, maxParallelism)
                - keyGroups.getStartKeyGroup();
    }

    /** Number of a group among those of all subtasks, which it keeps for ever. */
    protected int globalNumber(int group) {
        return keyGroups.getStartKeyGroup() + group;
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
        create(keyGroups.getNumberOfKeyGroups());
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
            int group = groupOf(key);
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
            if (bytes == null) {
                continue;
            }
            DataInputDeserializer in = new DataInputDeserializer(bytes);
            String found = in.readUTF();
            if (!found.equals(rules)) {
                throw new IllegalStateException(
                        "The state of '%s' is of %s, and this job has %s: start it without that state."
                                .formatted(getOperatorName(), found, rules));
            }
            earliestMs = Math.min(earliestMs, in.readLong());
            read(group, in);
            isRestored = true;
        }
        watermarkMs = earliestMs == Long.MAX_VALUE ? Long.MIN_VALUE : earliestMs;
        forgetBytes();
    }

    /** Lets go of what a checkpoint has or a restore has read: as much as the tables themselves. */
    private void forgetBytes() {
        for (int key : keys) {
            setCurrentKey(key);
            state.clear();
        }
    }

    @Override
    public void notifyCheckpointComplete(long checkpointId) throws Exception {
        super.notifyCheckpointComplete(checkpointId);
        forgetBytes();
    }

    @Override
    public void notifyCheckpointAborted(long checkpointId) throws Exception {
        super.notifyCheckpointAborted(checkpointId);
        forgetBytes();
    }

    @Override
    public void snapshotState(StateSnapshotContext context) throws Exception {
        super.snapshotState(context);
        DataOutputSerializer out = new DataOutputSerializer(FIRST_BYTES);
        for (int group = 0; group < keys.length; group++) {
            out.clear();
            out.writeUTF(rules);
            out.writeLong(watermarkMs);
            write(group, out);
            setCurrentKey(keys[group]);
            state.update(out.getCopyOfBuffer());
        }
    }

    @Override
    @SuppressWarnings("rawtypes")
    public void setKeyContextElement1(StreamRecord element) {
        // No key has state of its own.
    }

    @Override
    public void processWatermark(Watermark mark) throws Exception {
        // After a restore time begins anew, and has not come as far at first.
        watermarkMs = Math.max(watermarkMs, mark.getTimestamp());
        closeWindows();
        super.processWatermark(mark);
    }

    /** Does what is due by the watermark. */
    protected abstract void closeWindows() throws Exception;

    /** Does what is due by the clock, every few seconds. */
    protected abstract void tick() throws Exception;

    @Override
    public void open() throws Exception {
        super.open();
        nextTick();
    }

    private void nextTick() {
        var clock = getProcessingTimeService();
        timer =
                clock.registerTimer(
                        clock.getCurrentProcessingTime() + TICK_MS,
                        timeMs -> {
                            tick();
                            nextTick();
                        });
    }

    @Override
    public void close() throws Exception {
        if (timer != null) {
            timer.cancel(false);
        }
        super.close();
    }
}
