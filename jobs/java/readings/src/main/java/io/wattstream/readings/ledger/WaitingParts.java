package io.wattstream.readings.ledger;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.table.data.RowData;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What changes of feeders in slices that have not closed: a {@link PartRow} of each subtask that
 * keeps meters of a feeder.
 */
final class WaitingParts {
    /**
     * Of one feeder, through one subtask.
     *
     * @param group of keys that the feeder is in
     */
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
    record Part(int group, String name, byte[] bytes) {}

    /** By the ends of slices. */
    private final TreeMap<Long, List<Part>> slices = new TreeMap<>();

    void add(int group, RowData row) {
        add(PartRow.endMs(row), new Part(group, PartRow.name(row), PartRow.bytes(row)));
    }

    private void add(long endMs, Part part) {
        slices.computeIfAbsent(endMs, end -> new ArrayList<>()).add(part);
    }

    /** End of the first slice that anything waits for; the largest number if nothing does. */
    long firstEndMs() {
        return slices.isEmpty() ? Long.MAX_VALUE : slices.firstKey();
    }

    /** Those of a slice, in the order in which they came; they wait no longer. */
    List<Part> take(long endMs) {
        List<Part> parts = slices.remove(endMs);
        return parts == null ? List.of() : parts;
    }

    void write(int group, DataOutputView out) throws IOException {
        for (Map.Entry<Long, List<Part>> slice : slices.entrySet()) {
            for (Part part : slice.getValue()) {
                if (part.group == group) {
                    out.writeBoolean(true);
                    out.writeLong(slice.getKey());
                    out.writeUTF(part.name);
                    out.writeInt(part.bytes.length);
                    out.write(part.bytes);
                }
            }
        }
        out.writeBoolean(false);
    }

    /** Adds what {@link #write} wrote. */
    void read(int group, DataInputView in) throws IOException {
        while (in.readBoolean()) {
            long endMs = in.readLong();
            String name = in.readUTF();
            byte[] bytes = new byte[in.readInt()];
            in.readFully(bytes);
            add(endMs, new Part(group, name, bytes));
        }
    }
}
