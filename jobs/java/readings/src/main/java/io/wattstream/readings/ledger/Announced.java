package io.wattstream.readings.ledger;

import io.wattstream.readings.windows.Announcement;
import io.wattstream.readings.windows.RowKey;

import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.table.data.StringData;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** What the registry says of meters, until the slice of its arrival closes. */
final class Announced {
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares them.
    private record One(int group, String meterId, int commodity, byte[] bytes) {}

    private final TreeMap<Long, List<One>> bySliceEnd = new TreeMap<>();
    private final RowKey key = new RowKey();

    void add(long sliceEndMs, int group, RowKey meter, byte[] bytes) {
        One one = new One(group, meter.id().toString(), meter.number(), bytes);
        bySliceEnd.computeIfAbsent(sliceEndMs, end -> new ArrayList<>()).add(one);
    }

    /** Whether a meter is to be removed: what it would say before that is not to be said. */
    boolean hasRemoval() throws IOException {
        for (List<One> slice : bySliceEnd.values()) {
            for (One one : slice) {
                if (Announcement.of(one.bytes).removed()) {
                    return true;
                }
            }
        }
        return false;
    }

    long firstEndMs() {
        return bySliceEnd.isEmpty() ? Long.MAX_VALUE : bySliceEnd.firstKey();
    }

    /** Tells meters of all that arrived in slices up to one. */
    void tell(Meters meters, long endMs) throws IOException {
        while (firstEndMs() <= endMs) {
            for (One one : bySliceEnd.pollFirstEntry().getValue()) {
                key.set(StringData.fromString(one.meterId), one.commodity);
                meters.announce(one.group, key, Announcement.of(one.bytes), endMs);
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
            bySliceEnd
                    .computeIfAbsent(endMs, end -> new ArrayList<>())
                    .add(new One(group, meterId, commodity, bytes));
        }
    }
}
