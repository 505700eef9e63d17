package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.RowKey;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.table.data.StringData;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** What is said of meters besides readings, until the slice of its arrival closes. */
final class Messages {
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
    private record One(int group, String meterId, int commodity, byte[] bytes) {}

    /** Hears one of them. */
    interface Hearer {
        void hear(int group, RowKey meter, byte[] bytes) throws IOException;
    }

    /** What is asked of one. */
    interface Question {
        boolean isSo(byte[] bytes) throws IOException;
    }

    private final TreeMap<Long, List<One>> bySliceEnd = new TreeMap<>();
    private final RowKey key = new RowKey();
    private final Question question;

    /** Of how many that wait it is so. */
    private int those;

    /**
     * @param question that is asked of each
     */
    Messages(Question question) {
        this.question = question;
    }

    void add(long sliceEndMs, int group, RowKey meter, byte[] bytes) throws IOException {
        add(sliceEndMs, new One(group, meter.id().toString(), meter.number(), bytes));
    }

    private void add(long sliceEndMs, One one) throws IOException {
        bySliceEnd.computeIfAbsent(sliceEndMs, end -> new ArrayList<>()).add(one);
        those += question.isSo(one.bytes) ? 1 : 0;
    }

    /** Whether it is so of any that waits. */
    boolean isAny() {
        return those > 0;
    }

    long firstEndMs() {
        return bySliceEnd.isEmpty() ? Long.MAX_VALUE : bySliceEnd.firstKey();
    }

    /** Tells all that arrived in slices up to one, in their order. */
    void tell(long endMs, Hearer hearer) throws IOException {
        while (firstEndMs() <= endMs) {
            for (One one : bySliceEnd.pollFirstEntry().getValue()) {
                those -= question.isSo(one.bytes) ? 1 : 0;
                key.set(StringData.fromString(one.meterId), one.commodity);
                hearer.hear(one.group, key, one.bytes);
            }
        }
    }

    /** Shows all that wait, which are told in their time none the less. */
    void show(Hearer hearer) throws IOException {
        for (List<One> slice : bySliceEnd.values()) {
            for (One one : slice) {
                key.set(StringData.fromString(one.meterId), one.commodity);
                hearer.hear(one.group, key, one.bytes);
            }
        }
    }

    void write(int group, DataOutputView out) throws IOException {
        for (var slice : bySliceEnd.entrySet()) {
            for (One one : slice.getValue()) {
                if (one.group == group) {
                    out.writeBoolean(true);
                    out.writeLong(slice.getKey());
                    out.writeUTF(one.meterId);
                    out.writeInt(one.commodity);
                    out.writeInt(one.bytes.length);
                    out.write(one.bytes);
                }
            }
        }
        out.writeBoolean(false);
    }

    void read(int group, DataInputView in) throws IOException {
        while (in.readBoolean()) {
            long endMs = in.readLong();
            String meterId = in.readUTF();
            int commodity = in.readInt();
            byte[] bytes = new byte[in.readInt()];
            in.readFully(bytes);
            add(endMs, new One(group, meterId, commodity, bytes));
        }
    }
}
